/* The smallest program: bench measures what it costs to start it and to see it end. */
int main(void)
{
    return 0;
}

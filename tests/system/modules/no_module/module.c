/* Does not say that it is a module. */
int no_module(void);

int no_module(void)
{
    return 0;
}

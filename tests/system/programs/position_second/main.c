/* Another position-independent program, which `position` runs beside itself. */
#include <megha.h>
#include <stdio.h>

PROGRAM_RIGHTS(RIGHT_RING0);

static char room[3 * PAGE_SIZE]; /* so that the library lies farther away */

int main(int count, char **arguments)
{
    (void)arguments;
    if (count > 1)
        return thread_sleep(WAIT_FOREVER);
    printf("%s, %u bytes of room\n", process_self()->name, (unsigned int)sizeof(room));
    return room[PAGE_SIZE];
}

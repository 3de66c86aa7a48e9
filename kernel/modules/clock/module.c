/* The linked module `clock`: the driver's functions for other modules and for programs. */
#include "clock.h"
#include "cmos.h"

#include <kernel/export.h>
#include <kernel/user_copy.h>

int32_t clock_time(user_ptr time);
int32_t clock_seconds(void);
int32_t clock_nothing(void);

MODULE("Reads the machine's clock.");

int module_init(const char *name)
{
    struct clock_time time;

    (void)name;
    return cmos_read(&time);
}

int clock_read(struct clock_time *time)
{
    return cmos_read(time);
}
MODULE_EXPORT(clock_read);

/* Stores the time in a program's struct clock_time. */
int32_t clock_time(user_ptr time)
{
    struct clock_time now;
    int error = cmos_read(&now);

    return error < 0 ? error : user_copy_out(time, &now, sizeof(now));
}
MODULE_CALL(clock_time);

/* Returns the seconds since midnight. */
int32_t clock_seconds(void)
{
    struct clock_time now;
    int error = cmos_read(&now);

    return error < 0 ? error : (now.hour * 60 + now.minute) * 60 + now.second;
}
MODULE_CALL(clock_seconds);

/* What a call costs. */
int32_t clock_nothing(void)
{
    return 0;
}
MODULE_CALL(clock_nothing);

/* Dates as text. */
#include "text.h"

#include <lib/format.h>

static const char days[7][10] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                 "Thursday", "Friday", "Saturday"};
static const char months[12][10] = {"January",   "February", "March",    "April",
                                    "May",       "June",     "July",     "August",
                                    "September", "October",  "November", "December"};

/* Years begin in March here, so that a leap year's day is the last. Each month then begins so many
 * weekdays later than the year. */
unsigned int calendar_weekday(const struct clock_time *time)
{
    static const uint8_t shift[12] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
    unsigned int year = time->month < 3 ? time->year - 1u : time->year;

    return (year + year / 4 - year / 100 + year / 400 + shift[time->month - 1] + time->day) % 7;
}

void calendar_write(const struct clock_time *time, char text[CLOCK_TEXT_MAX])
{
    (void)format_text(text, CLOCK_TEXT_MAX, "%s, %u %s %u, %02u:%02u:%02u",
                      days[calendar_weekday(time)], (unsigned)time->day, months[time->month - 1],
                      (unsigned)time->year, (unsigned)time->hour, (unsigned)time->minute,
                      (unsigned)time->second);
}

/* Dates as text. One source for the linked module `calendar` and the service `clockd`. */
#ifndef CALENDAR_TEXT_H
#define CALENDAR_TEXT_H

#include <abi/clock.h>

/* Writes "Saturday, 21 November 2026, 03:11:18" into `text`. `time` is a date. */
void calendar_write(const struct clock_time *time, char text[CLOCK_TEXT_MAX]);

/* 0 for Sunday to 6. `time` is a date from 1583 on. */
unsigned int calendar_weekday(const struct clock_time *time);

#endif

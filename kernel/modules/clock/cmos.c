/* The clock beside the CMOS memory of every PC [MC146818]. */
#include "cmos.h"
#include "ports.h"

#include <abi/errors.h>

#define INDEX_PORT 0x70 /* bit 7 stays 0: NMI stays on */
#define DATA_PORT  0x71

enum {
    REGISTER_SECOND = 0x00,
    REGISTER_MINUTE = 0x02,
    REGISTER_HOUR = 0x04,
    REGISTER_DAY = 0x07,
    REGISTER_MONTH = 0x08,
    REGISTER_YEAR = 0x09,
    REGISTER_A = 0x0A,
    REGISTER_B = 0x0B,
    REGISTER_CENTURY = 0x32 /* a habit of PCs, not of the chip; 0 or nonsense where it is unknown */
};

#define A_UPDATING   0x80u
#define B_24_HOURS   0x02u
#define B_BINARY     0x04u
#define HOUR_PM      0x80u
#define UPDATE_READS 20000 /* an update lasts at most 2228 us, and a read of the port about one */
#define TRIES        8
#define FIRST_YEAR   1980 /* of the PC: what is earlier means 20YY */

static uint8_t read_register(uint8_t index)
{
    return ports_read_indexed(INDEX_PORT, DATA_PORT, index);
}

/* While the chip updates, what it shows is nonsense. */
static bool wait_for_update(void)
{
    for (uint32_t i = 0; i < UPDATE_READS; i++) {
        if (!(read_register(REGISTER_A) & A_UPDATING))
            return true;
        ports_preemption_point();
    }
    return false;
}

static void read_all(struct cmos_registers *registers)
{
    registers->second = read_register(REGISTER_SECOND);
    registers->minute = read_register(REGISTER_MINUTE);
    registers->hour = read_register(REGISTER_HOUR);
    registers->day = read_register(REGISTER_DAY);
    registers->month = read_register(REGISTER_MONTH);
    registers->year = read_register(REGISTER_YEAR);
    registers->century = read_register(REGISTER_CENTURY);
    registers->format = read_register(REGISTER_B);
}

static bool same(const struct cmos_registers *a, const struct cmos_registers *b)
{
    return a->second == b->second && a->minute == b->minute && a->hour == b->hour &&
           a->day == b->day && a->month == b->month && a->year == b->year &&
           a->century == b->century && a->format == b->format;
}

/* A pair of decimal digits, unless the chip counts in binary. 255 where it is neither. */
static uint8_t number(const struct cmos_registers *registers, uint8_t value)
{
    if (registers->format & B_BINARY)
        return value;
    if ((value & 0x0F) > 9 || value > 0x99)
        return 255;
    return (uint8_t)(value / 16 * 10 + value % 16);
}

/* 12 AM is midnight, 12 PM is noon. */
static uint8_t hour_of(const struct cmos_registers *registers)
{
    uint8_t hour;

    if (registers->format & B_24_HOURS)
        return number(registers, registers->hour);
    hour = number(registers, (uint8_t)(registers->hour & ~HOUR_PM));
    if (hour < 1 || hour > 12)
        return 255;
    return (uint8_t)(hour % 12 + (registers->hour & HOUR_PM ? 12 : 0));
}

static uint16_t year_of(const struct cmos_registers *registers)
{
    uint8_t century = number(registers, registers->century);
    uint8_t year = number(registers, registers->year);

    if (century >= 19 && century <= 21)
        return (uint16_t)(century * 100 + year);
    return (uint16_t)(1900 + year < FIRST_YEAR ? 2000 + year : 1900 + year);
}

static uint8_t days_in(uint16_t year, uint8_t month)
{
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (month == 2)
        return leap ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool cmos_decode(const struct cmos_registers *registers, struct clock_time *time)
{
    *time = (struct clock_time){
        .year = year_of(registers),
        .month = number(registers, registers->month),
        .day = number(registers, registers->day),
        .hour = hour_of(registers),
        .minute = number(registers, registers->minute),
        .second = number(registers, registers->second),
    };
    return number(registers, registers->year) <= 99 && time->month >= 1 && time->month <= 12 &&
           time->day >= 1 && time->day <= days_in(time->year, time->month) && time->hour <= 23 &&
           time->minute <= 59 && time->second <= 59;
}

/* Two readings that agree, with no update in between that one of them could have met. */
int cmos_read(struct clock_time *time)
{
    struct cmos_registers first, second;

    for (uint32_t i = 0; i < TRIES; i++) {
        if (!wait_for_update())
            return ERR_NO_DEVICE;
        read_all(&first);
        if (!wait_for_update())
            return ERR_NO_DEVICE;
        read_all(&second);
        if (same(&first, &second))
            return cmos_decode(&first, time) ? 0 : ERR_NO_DEVICE;
    }
    return ERR_NO_DEVICE;
}

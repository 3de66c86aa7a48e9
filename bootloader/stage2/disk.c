/* Sectors by INT 13h (disk.h). */
#include "disk.h"

#include <boot/info.h>
#include <lib/format.h>
#include <lib/string.h>

#include "bios.h"

#define TRIES     3
#define DISK_BIOS 0x13

/* What follows a block that failed: few enough for any BIOS that reads more than one at all. */
#define SMALL_BLOCK 8

#define DISK_RESET      0x0000 /* AX of INT 13h */
#define DISK_READ       0x0200
#define DISK_GEOMETRY   0x0800
#define DISK_EDD_ASK    0x4100
#define DISK_EDD_READ   0x4200
#define EDD_ASK_BX      0x55AA
#define EDD_ANSWER_BX   0xAA55
#define EDD_HAS_PACKETS 0x0001
#define DMA_LINE        0x10000 /* a transfer must not cross a multiple of it */

/* [EDD3] disk address packet. */
struct edd_packet {
    uint8_t size;
    uint8_t reserved;
    uint16_t count;
    uint16_t offset;
    uint16_t segment;
    uint64_t lba;
};
_Static_assert(sizeof(struct edd_packet) == 16, "the BIOS reads this layout");

struct disk disk;

/* Not on the stack, so that a test's fake BIOS finds it. */
struct edd_packet disk_packet;
extern struct edd_packet disk_packet;

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void ask_geometry(void)
{
    struct bios_registers registers = {.eax = DISK_GEOMETRY, .edx = disk.drive};

    bios_call(DISK_BIOS, &registers);
    disk.heads = 0;
    disk.sectors_per_track = low_byte(registers.ecx) & 0x3F;
    /* Without sectors a track (small USB sticks in SeaBIOS) there is nothing to divide by. */
    if (!bios_failed(&registers) && disk.sectors_per_track)
        disk.heads = high_byte(registers.edx) + 1u;
    else
        disk.sectors_per_track = 0;
}

static void ask_edd(void)
{
    struct bios_registers registers = {.eax = DISK_EDD_ASK, .ebx = EDD_ASK_BX, .edx = disk.drive};

    bios_call(DISK_BIOS, &registers);
    if (!bios_failed(&registers) && (uint16_t)registers.ebx == EDD_ANSWER_BX &&
        registers.ecx & EDD_HAS_PACKETS)
        disk.edd_version = high_byte(registers.eax);
}

void disk_start(const struct stage1_record *record)
{
    disk = (struct disk){
        .drive_given = record->drive_given,
        .drive = record->drive,
        .method = record->method,
        .reads = record->reads,
        .retries = record->retries,
        .block = BOUNCE_SECTORS,
    };
    ask_edd();
    ask_geometry();
}

static void reset(void)
{
    struct bios_registers registers = {.eax = DISK_RESET, .edx = disk.drive};

    bios_call(DISK_BIOS, &registers);
}

static bool finish_read(struct bios_registers *registers)
{
    disk.reads++;
    bios_call(DISK_BIOS, registers);
    if (!bios_failed(registers))
        return true;
    disk.bad_status = high_byte(registers->eax);
    disk.retries++;
    return false;
}

/*
 * Returns how many sectors were read; 0 is a failure. Some BIOSes read fewer than asked, report no
 * error, and say so in the packet only.
 */
static uint32_t read_edd(uint32_t lba, uint32_t count, void *to)
{
    struct bios_registers registers = {
        .eax = DISK_EDD_READ,
        .edx = disk.drive,
        .esi = real_offset(&disk_packet),
        .ds = real_segment(&disk_packet),
    };

    disk_packet = (struct edd_packet){
        .size = sizeof disk_packet,
        .count = (uint16_t)count,
        .offset = real_offset(to),
        .segment = real_segment(to),
        .lba = lba,
    };
    if (!finish_read(&registers))
        return 0;
    if (!disk_packet.count) {
        disk.bad_status = DISK_NOTHING_READ;
        disk.retries++;
    }
    return smaller(disk_packet.count, count);
}

/* As read_edd, but all or nothing: what AL returns here is no count on many BIOSes. */
static uint32_t read_chs(uint32_t lba, uint32_t count, void *to)
{
    uint32_t track = lba / disk.sectors_per_track;
    uint32_t sector = lba % disk.sectors_per_track + 1;
    uint32_t cylinder = track / disk.heads;
    uint32_t head = track % disk.heads;
    struct bios_registers registers = {
        .eax = DISK_READ | count,
        .ebx = real_offset(to),
        .ecx = (cylinder & 0xFF) << 8 | (cylinder >> 8) << 6 | sector,
        .edx = head << 8 | disk.drive,
        .es = real_segment(to),
    };

    return finish_read(&registers) ? count : 0;
}

/* Whether CHS reaches this sector; if not, sets the status. */
static bool chs_reaches(uint32_t lba)
{
    if (!disk.heads) {
        disk.bad_status = DISK_NO_GEOMETRY;
        return false;
    }
    if (lba / disk.sectors_per_track / disk.heads > BOOT_CYLINDER_MAX) {
        disk.bad_status = DISK_BEYOND_CHS;
        return false;
    }
    return true;
}

/* Returns how many sectors were read; 0 where all tries failed. */
static uint32_t try_read(uint32_t method, uint32_t lba, uint32_t count, void *to)
{
    if (method == READ_CHS && !chs_reaches(lba))
        return 0;
    for (int left = TRIES; left; left--) {
        uint32_t got = method == READ_EDD ? read_edd(lba, count, to) : read_chs(lba, count, to);

        if (got)
            return got;
        if (left > 1)
            reset();
    }
    return 0;
}

/* How many sectors one call may read. */
static uint32_t call_limit(uint32_t lba, const void *to)
{
    uint32_t limit =
        smaller(BOUNCE_SECTORS, (DMA_LINE - (uint32_t)((uintptr_t)to % DMA_LINE)) / SECTOR_SIZE);

    /* Not across a track's end: floppy-like BIOSes do not follow. */
    if (disk.method == READ_CHS && disk.sectors_per_track)
        limit = smaller(limit, disk.sectors_per_track - lba % disk.sectors_per_track);
    return limit;
}

/* One sector, first as always, then by CHS; what succeeds stays the method. */
static bool read_sector(uint32_t lba, void *to)
{
    uint32_t status;

    if (try_read(disk.method, lba, 1, to))
        return true;
    status = disk.bad_status;
    if (disk.method == READ_EDD && try_read(READ_CHS, lba, 1, to)) {
        disk.method = READ_CHS;
        return true;
    }
    if (disk.bad_status >= DISK_NO_GEOMETRY && disk.method == READ_EDD)
        disk.bad_status = status;
    return false;
}

int disk_read(uint32_t lba, uint32_t count, void *to)
{
    uint32_t largest = disk.block;
    char *at = to;

    while (count) {
        uint32_t part = smaller(smaller(count, largest), call_limit(lba, at));

        if (part == 1 && !read_sector(lba, at)) {
            disk.bad_lba = lba;
            return ERR_NO_DEVICE;
        }
        /* A block that fails may be more than this BIOS can do, or hold one bad sector. */
        if (part > 1) {
            uint32_t got = try_read(disk.method, lba, part, at);

            if (!got && part > SMALL_BLOCK)
                disk.block = largest = SMALL_BLOCK;
            else if (!got)
                largest = 1;
            part = got;
        }
        disk.sectors += part;
        lba += part;
        count -= part;
        at += part * SECTOR_SIZE;
    }
    return 0;
}

void disk_describe_failure(char *text, uint32_t room)
{
    if (disk.bad_status == DISK_NO_GEOMETRY)
        format_text(
            text, room,
            "sector (LBA) %u of drive %02Xh cannot be read: the BIOS offers neither EDD nor a "
            "usable geometry",
            disk.bad_lba, disk.drive);
    else if (disk.bad_status == DISK_NOTHING_READ)
        format_text(text, room,
                    "sector (LBA) %u of drive %02Xh cannot be read: the BIOS reports no error, and "
                    "no sector read",
                    disk.bad_lba, disk.drive);
    else if (disk.bad_status == DISK_BEYOND_CHS)
        format_text(
            text, room,
            "sector (LBA) %u of drive %02Xh cannot be read: it lies behind cylinder %u, and "
            "the BIOS offers no EDD",
            disk.bad_lba, disk.drive, BOOT_CYLINDER_MAX);
    else
        format_text(text, room,
                    "sector (LBA) %u of drive %02Xh cannot be read: the BIOS status is %02Xh",
                    disk.bad_lba, disk.drive, disk.bad_status);
}

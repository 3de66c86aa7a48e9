/* What is known of the machine (facts.h). */
#include "facts.h"

#include <hw/vga.h>
#include <lib/format.h>

#include "disk.h"
#include "info.h"
#include "io.h"
#include "log.h"
#include "real.h"

#define LINE_MAX 160
#define KIB      1024u

/* BIOS data area: Shift keys in bits 0 and 1, then the ends of the queue of keys. */
#define BDA_KEYS_HELD  0x417
#define BDA_SHIFT_MASK 0x03
#define BDA_QUEUE_HEAD 0x41A
#define BDA_QUEUE_TAIL 0x41C

static const char *const a20_names[] = {
    [0] = "not yet tried",
    [A20_WAS_ON] = "was on",
    [A20_BIOS] = "on by INT 15h 2401h",
    [A20_PORT_92] = "on by port 92h",
    [A20_KEYBOARD] = "on by the keyboard controller",
};
static const char *const map_names[] = {
    [0] = "not yet read",
    [MAP_E820] = "INT 15h E820h",
    [MAP_E801] = "INT 15h E801h",
    [MAP_88] = "INT 15h 88h",
};

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    char line[LINE_MAX];
    va_list arguments;
    size_t size;

    va_start(arguments, format);
    size = format_text_v(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (size > sizeof line - 2)
        size = sizeof line - 2;
    line[size++] = '\n';
    log_text(line, size, VGA_GREY_ON_BLACK);
}

/* Until the disk is started, what stage 1 left is all there is. */
static void say_disk(void)
{
    const struct stage1_record *record = (const void *)STAGE1_RECORD;

    if (!disk.method) {
        say("Drive: %02Xh, named by the BIOS: %02Xh; reads: %u, failed: %u.", record->drive,
            record->drive_given, record->reads, record->retries);
        return;
    }
    say("Drive: %02Xh, named by the BIOS: %02Xh; by %s, EDD version %02Xh, %u heads, %u sectors a "
        "track; "
        "reads: %u, failed: %u.",
        disk.drive, disk.drive_given, disk.method == READ_EDD ? "EDD" : "CHS", disk.edd_version,
        disk.heads, disk.sectors_per_track, disk.reads, disk.retries);
}

void facts_say(void)
{
    say_disk();
    say("Memory: %u KiB conventional, map by %s, %u entries; A20: %s.", real_facts.conventional_kb,
        map_names[boot_info->map_method], boot_info->raw_count, a20_names[boot_info->a20_method]);
    say("Screen mode at entry: %02Xh; %s.", real_facts.video_mode,
        real_facts.has_tsc ? "the CPU has a time stamp counter" : "no time stamp counter");
}

void facts_log_a20(void)
{
    log_verbose("A20 %s", a20_names[boot_info->a20_method]);
}

void facts_log_disk(void)
{
    log_verbose(
        "EDD version %02Xh, %u heads, %u sectors a track; %u reads so far, %u of them failed",
        disk.edd_version, disk.heads, disk.sectors_per_track, disk.reads, disk.retries);
}

void facts_log_volume(const struct fat_volume *volume)
{
    log_verbose("partition at LBA %u: FAT at %u, root at %u, %u clusters of %u sectors from %u on",
                volume->lba, volume->fat_lba, volume->root_lba, volume->cluster_count,
                volume->cluster_sectors, volume->data_lba);
}

void facts_log_memory(const struct memory_map *map)
{
    static const char *const kinds[] = {
        [MEMORY_FREE] = "free",        [MEMORY_LOADER] = "loader",
        [MEMORY_BOOT_INFO] = "loader", [MEMORY_FILE] = "file",
        [MEMORY_KERNEL] = "kernel",    [MEMORY_ACPI] = "ACPI tables",
        [MEMORY_NVS] = "ACPI storage", [MEMORY_RESERVED] = "reserved",
        [MEMORY_BAD] = "defective",
    };

    for (uint32_t i = 0; i < boot_info->raw_count; i++) {
        const struct e820_entry *raw = &boot_info->raw[i];

        log_verbose("the BIOS: %010llX, %010llX bytes, type %u", raw->start, raw->length,
                    raw->type);
    }
    for (uint32_t i = 0; i < map->count; i++)
        log_verbose("memory: %010llX-%010llX %s", map->ranges[i].start, map->ranges[i].end,
                    kinds[map->ranges[i].kind]);
}

bool facts_key_held(void)
{
    const volatile uint8_t *held = bios_data(BDA_KEYS_HELD);
    const volatile uint16_t *head = bios_data(BDA_QUEUE_HEAD);
    const volatile uint16_t *tail = bios_data(BDA_QUEUE_TAIL);

    return *held & BDA_SHIFT_MASK || *head != *tail;
}

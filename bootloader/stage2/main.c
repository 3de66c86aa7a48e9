/*
 * Stage 2 in C: from protected mode to the kernel.
 *
 * Entered from  real/protected_mode.asm (milestone_22_protected_mode)
 * CPU state     flat 32-bit segments, paging and interrupts off, ESP = STAGE2_STACK_TOP
 * Leaves to     the kernel's entry: EAX = BOOT_MAGIC, EBX = struct boot_info
 */
#include <boot/info.h>
#include <lib/string.h>

#include "a20.h"
#include "bios.h"
#include "clock.h"
#include "disk.h"
#include "facts.h"
#include "fatal.h"
#include "info.h"
#include "loader.h"
#include "log.h"
#include "memory_bios.h"
#include "memory_map.h"
#include "screen.h"
#include "serial.h"

#define KIB              1024u
#define MIB              (1024u * KIB)
#define PARAMETER_BLOCK  (STAGE1_BASE + 3)
#define PARAMETERS_SIZE  87 /* up to stage 1's code */
#define CONVENTIONAL_END 0xA0000u

extern const uint8_t parameter_block_written[PARAMETERS_SIZE]; /* parameter_block.asm */

void stage2_main(void);

/* Milestones stand where they are reached, as functions of their own: a label that stays. */
#define MILESTONE(number, name, where, text) void milestone_##number##_##name(void);
#include <boot/milestones.def>
#undef MILESTONE

static struct fat_volume volume;
static struct memory_map map = {.ranges = boot_info->ranges};

static void reached(uint32_t milestone)
{
    clock_stamp(milestone);
    log_milestones();
}

__attribute__((noinline)) void milestone_24_memory_map(void)
{
    reached(24);
}

__attribute__((noinline)) void milestone_26_a20_on(void)
{
    reached(26);
}

__attribute__((noinline)) void milestone_40_kernel_loaded(void)
{
    reached(40);
}

__attribute__((noinline)) void milestone_42_files_loaded(void)
{
    reached(42);
}

__attribute__((noinline)) void milestone_50_boot_info(void)
{
    reached(50);
}

static void start_boot_info(const struct stage1_record *record)
{
    memset(boot_info, 0, sizeof *boot_info);
    boot_info->conventional_kb = real_facts.conventional_kb;
    boot_info->video_mode = real_facts.video_mode;
    memcpy(boot_info->parameter_block, (const void *)PARAMETER_BLOCK, PARAMETERS_SIZE);
    memcpy(boot_info->parameter_block_written, parameter_block_written, PARAMETERS_SIZE);
    clock_start(&real_facts, record);
}

static bool key_held;

static void say_hello(void)
{
    serial_start();
    screen_start();
    log_milestones();
    key_held = facts_key_held();
    if (!key_held)
        return;
    log_set_verbose(true);
    log_line("a key is held: every step is shown");
}

/* The ranges that the BIOS does not report, or not reliably. */
static void add_known_ranges(void)
{
    memory_map_add(&map, 0, REAL_STACK_BOTTOM, MEMORY_RESERVED);
    memory_map_add(&map, real_facts.conventional_kb * KIB, CONVENTIONAL_END, MEMORY_RESERVED);
    memory_map_add(&map, CONVENTIONAL_END, MIB, MEMORY_RESERVED);
    memory_map_add(&map, REAL_STACK_BOTTOM, LOADER_LIMIT, MEMORY_LOADER);
    memory_map_add(&map, BOOT_INFO_BASE, BOOT_INFO_BASE + sizeof *boot_info, MEMORY_BOOT_INFO);
}

static void read_memory_map(void)
{
    uint64_t extended;

    boot_info->map_method =
        memory_bios_read(real_facts.conventional_kb, boot_info->raw, &boot_info->raw_count);
    memory_map_add_raw(&map, boot_info->raw, boot_info->raw_count);
    add_known_ranges();
    if (boot_info->raw_count == BOOT_RAW_MAX)
        log_warning("the BIOS tells more ranges of memory than the %u that are looked at. "
                    "Please report this machine.",
                    BOOT_RAW_MAX);
    facts_log_memory(&map);
    extended = memory_map_free(&map, MIB, UINT64_MAX);
    log_line("%u KiB of memory are free above 1 MiB, by INT 15h %s", (uint32_t)(extended / KIB),
             boot_info->map_method == MAP_E820   ? "E820h"
             : boot_info->map_method == MAP_E801 ? "E801h"
                                                 : "88h");
    if (extended < EXTENDED_MINIMUM)
        fatal("Fit more memory.",
              "it needs %u MiB of memory, and this machine has %u KiB above 1 MiB",
              RAM_MINIMUM / MIB, (uint32_t)(extended / KIB));
}

static void switch_a20_on(void)
{
    boot_info->a20_method = a20_enable();
    if (!boot_info->a20_method)
        fatal(
            "Look for a setting named A20 in the firmware setup.",
            "address line A20 stays off; INT 15h 2401h, port 92h and the keyboard controller were "
            "tried");
    bios_keep_a20();
    facts_log_a20();
}

static void start_disk(const struct stage1_record *record)
{
    disk_start(record);
    if (disk.drive != disk.drive_given)
        log_warning("the BIOS named drive %02Xh, but Megha is on drive %02Xh", disk.drive_given,
                    disk.drive);
    log_line("drive %02Xh by %s", disk.drive, disk.method == READ_EDD ? "EDD" : "CHS");
    facts_log_disk();
    loader_mount(&volume);
    facts_log_volume(&volume);
}

/* boot.cfg is read after these facts were found. */
static void show_what_was_found(void)
{
    if (key_held)
        return;
    facts_log_memory(&map);
    facts_log_a20();
    facts_log_disk();
    facts_log_volume(&volume);
}

static void finish_boot_info(void)
{
    boot_info->drive_given = disk.drive_given;
    boot_info->drive = disk.drive;
    boot_info->read_method = disk.method;
    boot_info->heads = disk.heads;
    boot_info->sectors_per_track = disk.sectors_per_track;
    boot_info->edd_version = disk.edd_version;
    boot_info->disk_reads = disk.reads;
    boot_info->disk_retries = disk.retries;
    boot_info->bytes_read = disk.sectors * SECTOR_SIZE;
    boot_info->range_count = map.count;
    log_line("%u disk reads, %u KiB; warnings: %u", disk.reads, boot_info->bytes_read / KIB,
             boot_info->warning_count);
    boot_info->size = sizeof *boot_info;
    boot_info->version = BOOT_VERSION;
    boot_info->magic = BOOT_MAGIC;
}

void stage2_main(void)
{
    const struct stage1_record *record = (const void *)STAGE1_RECORD;

    start_boot_info(record);
    say_hello();

    read_memory_map();
    milestone_24_memory_map();

    switch_a20_on();
    milestone_26_a20_on();

    start_disk(record);
    loader_configure(&volume);
    show_what_was_found();
    loader_load_kernel(&volume, &map);
    milestone_40_kernel_loaded();

    loader_load_files(&volume, &map);
    milestone_42_files_loaded();

    finish_boot_info();
    milestone_50_boot_info();
    screen_cursor(&boot_info->cursor_row, &boot_info->cursor_column);
    kernel_enter(boot_info->kernel.entry, BOOT_INFO_BASE);
}

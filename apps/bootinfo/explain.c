/* The facts for a person: sentences. */
#include <lib/divide.h>
#include <megha.h>
#include <stdio.h>

#include "facts.h"

#define KIB             1024u
#define CHANGES_SHOWN   32
#define SECTORS_A_TRACK 0x18 /* offsets in the boot record */
#define HEADS           0x1A
#define HIDDEN_SECTORS  0x1C
#define DRIVE_NUMBER    0x24
#define TEXT_MODE       3 /* mode 2 is the same on a VGA */

static void explain_drive(const struct boot_facts *facts)
{
    if (facts->drive == facts->drive_given)
        printf("  The BIOS named drive %02lXh, and Megha is on it.\n", (unsigned long)facts->drive);
    else
        printf("  The BIOS named drive %02lXh, but Megha is on drive %02lXh.\n",
               (unsigned long)facts->drive_given, (unsigned long)facts->drive);
    if (facts->read_method == FACTS_EDD)
        printf("  It was read by sector numbers (EDD, version byte %02lXh).\n",
               (unsigned long)facts->edd_version);
    else if (facts->edd_version)
        puts("  It was read by cylinder, head and sector: the BIOS offers EDD, but that failed.");
    else
        puts("  It was read by cylinder, head and sector: the BIOS does not offer EDD.");
    if (facts->heads)
        printf("  Geometry: %lu heads, %lu sectors a track.\n", (unsigned long)facts->heads,
               (unsigned long)facts->sectors_per_track);
    else
        puts("  The BIOS gave no geometry that can be used.");
}

static void explain_reads(const struct boot_facts *facts)
{
    printf("  %lu reads brought %lu KiB", (unsigned long)facts->disk_reads,
           (unsigned long)facts->bytes_read / KIB);
    if (facts->disk_retries)
        printf("; %lu of them failed and were tried again.\n", (unsigned long)facts->disk_retries);
    else
        puts("; none failed.");
    printf("  The volume begins at sector %lu.\n", (unsigned long)facts->partition_lba);
}

/* What stands at an offset of the boot record, where a BIOS is known to write. */
static const char *parameter_name(unsigned int offset)
{
    switch (offset) {
    case SECTORS_A_TRACK:
        return " (sectors a track)";
    case HEADS:
        return " (heads)";
    case HIDDEN_SECTORS:
        return " (sectors before the volume)";
    case DRIVE_NUMBER:
        return " (drive number)";
    default:
        return "";
    }
}

static void explain_parameters(const struct boot_facts *facts)
{
    unsigned int changed = 0;

    for (unsigned int i = 0; i < PARAMETER_BLOCK_SIZE; i++)
        changed += facts->parameters_found[i] != facts->parameters_written[i];
    if (!changed) {
        puts("  The BIOS left the parameter block of the boot record as it is on the disk.");
        return;
    }
    printf("  The BIOS changed %u bytes of the boot record's parameter block", changed);
    printf(changed > CHANGES_SHOWN ? ", among them:\n" : ":\n");
    for (unsigned int i = 0, shown = 0; i < PARAMETER_BLOCK_SIZE && shown < CHANGES_SHOWN; i++) {
        if (facts->parameters_found[i] == facts->parameters_written[i])
            continue;
        printf("    %02Xh%s: %02Xh became %02Xh\n", i + PARAMETER_BLOCK_START,
               parameter_name(i + PARAMETER_BLOCK_START), facts->parameters_written[i],
               facts->parameters_found[i]);
        shown++;
    }
}

static void explain_machine(const struct boot_facts *facts)
{
    static const char *const a20[] = {
        "It is not known how address line 20 was switched on.",
        "Address line 20 was on when the BIOS started Megha.",
        "Address line 20 was off; the BIOS (INT 15h 2401h) switched it on.",
        "Address line 20 was off; port 92h switched it on.",
        "Address line 20 was off; the keyboard controller switched it on.",
    };

    printf("  %s\n", a20[facts->a20_method <= FACTS_A20_KEYBOARD ? facts->a20_method : 0]);
    printf("  %lu KiB of conventional memory (INT 12h).\n", (unsigned long)facts->conventional_kb);
    if (facts->video_mode == TEXT_MODE || facts->video_mode == TEXT_MODE - 1)
        puts("  The screen was in text mode, 80 x 25.");
    else
        printf("  The screen was in mode %02lXh; the loader switched it to text.\n",
               (unsigned long)facts->video_mode);
    if (facts->kernel_is_checked)
        puts("  The kernel is the tests' checked one: it looks for mistakes of its own.");
    if (facts->tsc_khz)
        printf("  The time stamp counter runs at %lu kHz.\n", (unsigned long)facts->tsc_khz);
    else
        puts("  There is no time stamp counter: times are counted in steps of 55 ms.");
}

static void explain_memory(const struct boot_facts *facts)
{
    static const char *const map[] = {"?", "E820h", "E801h", "88h"};
    const struct boot_raw_range *raw = facts_raw(facts);
    const struct boot_range *range = facts_ranges(facts);

    printf("Memory as the BIOS told it (INT 15h %s):\n",
           map[facts->map_method <= FACTS_MAP_88 ? facts->map_method : 0]);
    for (uint32_t i = 0; i < facts->raw_count; i++)
        printf("  %010llX %12llu KiB  type %lu\n", (unsigned long long)raw[i].start,
               (unsigned long long)raw[i].length / KIB, (unsigned long)raw[i].type);
    puts("Memory as Megha uses it:");
    for (uint32_t i = 0; i < facts->range_count; i++)
        printf("  %010llX %12llu KiB  %s\n", (unsigned long long)range[i].start,
               (unsigned long long)(range[i].end - range[i].start) / KIB,
               facts_kind(range[i].kind));
}

static void explain_time(void)
{
    struct milestone_status status;
    uint64_t before = 0;

    puts("Time to each milestone, in ms, and since the one before:");
    for (uint32_t i = 0; milestone_info(i, &status) >= 0; i++) {
        uint32_t rest, step_rest;
        uint32_t whole = (uint32_t)divide_by_32(status.microseconds, 1000, &rest);
        uint32_t step = (uint32_t)divide_by_32(status.microseconds - before, 1000, &step_rest);

        printf("  %2lu %-16s %6lu.%03lu %6lu.%03lu\n", (unsigned long)status.number, status.name,
               (unsigned long)whole, (unsigned long)rest, (unsigned long)step,
               (unsigned long)step_rest);
        before = status.microseconds;
    }
}

void facts_explain(const struct boot_facts *facts)
{
    puts("Disk:");
    explain_drive(facts);
    explain_reads(facts);
    explain_parameters(facts);
    puts("Machine:");
    explain_machine(facts);
    explain_memory(facts);
    explain_time();
    printf("%lu files were loaded", (unsigned long)facts->files);
    if (facts->warnings)
        printf("; %lu warnings: `bootinfo --raw` shows them in the log.\n",
               (unsigned long)facts->warnings);
    else
        puts(", without a warning.");
}

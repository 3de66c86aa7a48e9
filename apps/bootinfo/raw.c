/* The facts for a report: a line each, and the log of the loader. */
#include <megha.h>
#include <stdio.h>
#include <string.h>

#include "facts.h"

static void print_number(const char *name, uint32_t value)
{
    printf("%s %lu\n", name, (unsigned long)value);
}

static void print_disk(const struct boot_facts *facts)
{
    printf("drive-given %02lx\n", (unsigned long)facts->drive_given);
    printf("drive %02lx\n", (unsigned long)facts->drive);
    printf("read-method %s\n", facts->read_method == FACTS_EDD ? "EDD" : "CHS");
    printf("edd-version %02lx\n", (unsigned long)facts->edd_version);
    print_number("heads", facts->heads);
    print_number("sectors-per-track", facts->sectors_per_track);
    print_number("disk-reads", facts->disk_reads);
    print_number("disk-retries", facts->disk_retries);
    print_number("partition-lba", facts->partition_lba);
    print_number("bytes-read", facts->bytes_read);
}

static void print_machine(const struct boot_facts *facts)
{
    static const char *const a20[] = {"?", "on", "bios", "port92", "keyboard"};
    static const char *const map[] = {"?", "E820", "E801", "88"};
    const struct process_info *self = process_self();

    printf("a20 %s\n", a20[facts->a20_method <= FACTS_A20_KEYBOARD ? facts->a20_method : 0]);
    printf("map %s\n", map[facts->map_method <= FACTS_MAP_88 ? facts->map_method : 0]);
    print_number("conventional-kb", facts->conventional_kb);
    printf("video-mode %02lx\n", (unsigned long)facts->video_mode);
    print_number("tsc-khz", facts->tsc_khz);
    printf("cpu-features %08lx %08lx\n", (unsigned long)self->cpu_features,
           (unsigned long)self->cpu_features_more);
    print_number("files", facts->files);
    print_number("warnings", facts->warnings);
}

static void print_bytes(const char *name, const uint8_t *bytes)
{
    char text[PARAMETER_BLOCK_SIZE * 2 + 1];

    for (int i = 0; i < PARAMETER_BLOCK_SIZE; i++)
        snprintf(&text[i * 2], 3, "%02x", bytes[i]);
    printf("%s %s\n", name, text);
}

static void print_lists(const struct boot_facts *facts)
{
    const struct boot_raw_range *raw = facts_raw(facts);
    const struct boot_range *range = facts_ranges(facts);
    struct milestone_status status;

    for (uint32_t i = 0; i < facts->raw_count; i++)
        printf("bios-memory %016llx %016llx %lu %lu\n", (unsigned long long)raw[i].start,
               (unsigned long long)raw[i].length, (unsigned long)raw[i].type,
               (unsigned long)raw[i].attributes);
    for (uint32_t i = 0; i < facts->range_count; i++)
        printf("memory %016llx %016llx %s\n", (unsigned long long)range[i].start,
               (unsigned long long)range[i].end, facts_kind(range[i].kind));
    for (uint32_t i = 0; milestone_info(i, &status) >= 0; i++)
        printf("milestone %lu %s %llu\n", (unsigned long)status.number, status.name,
               (unsigned long long)status.microseconds);
}

/* Indented, so that no line of the log is taken for one of the report. */
static void print_log(const struct boot_facts *facts)
{
    const char *line = facts_log(facts);
    const char *end = line + facts->log_size;

    while (line < end) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((next ? next : end) - line);
        size_t shown = length;

        if (shown != 0 && line[shown - 1] == '\r')
            shown--;
        printf("  %.*s\n", (int)shown, line);
        line += length + 1;
    }
}

void facts_print_raw(const struct boot_facts *facts)
{
    print_number("megha-bootinfo", facts->version);
    printf("build %s\n", facts->build_id);
    print_number("kernel-is-checked", facts->kernel_is_checked);
    print_disk(facts);
    print_machine(facts);
    print_bytes("parameters-found", facts->parameters_found);
    print_bytes("parameters-written", facts->parameters_written);
    print_lists(facts);
    puts("log");
    print_log(facts);
    puts("end");
}

/*
 * Tells what the firmware told Megha, and how the boot went. `bootinfo --raw` prints the same for
 * a report: copy it from the serial console, all of it.
 */
#include <megha.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"

static const char *const kinds[] = {
    [0] = "unknown",
    [FACTS_FREE] = "free",
    [FACTS_LOADER] = "free since the loader is done",
    [FACTS_BOOT_INFO] = "free since the facts were copied",
    [FACTS_FILE] = "files loaded at boot",
    [FACTS_KERNEL] = "the kernel",
    [FACTS_ACPI] = "ACPI tables",
    [FACTS_NVS] = "the firmware's (ACPI storage)",
    [FACTS_RESERVED] = "reserved",
    [FACTS_BAD] = "defective",
};

const struct boot_raw_range *facts_raw(const struct boot_facts *facts)
{
    return (const void *)((const char *)facts + facts->raw_offset);
}

const struct boot_range *facts_ranges(const struct boot_facts *facts)
{
    return (const void *)((const char *)facts + facts->range_offset);
}

const char *facts_log(const struct boot_facts *facts)
{
    return (const char *)facts + facts->log_offset;
}

const char *facts_kind(uint32_t kind)
{
    return kinds[kind < sizeof(kinds) / sizeof(kinds[0]) ? kind : 0];
}

const struct boot_facts *facts_read(void)
{
    struct boot_facts first;
    int32_t got = boot_info_read(0, &first, sizeof(first));
    char *facts = NULL;

    if (got == (int32_t)sizeof(first))
        facts = malloc(first.size);
    if (facts != NULL)
        got = boot_info_read(0, facts, first.size);
    if (got < 0)
        printf("The kernel has no facts of the boot: %s.\n", error_text(got));
    else if (facts == NULL)
        printf("There is not enough memory for the facts of the boot. End other programs.\n");
    return got < 0 ? NULL : (const struct boot_facts *)(void *)facts;
}

int main(int count, char **arguments)
{
    bool raw = count == 2 && strcmp(arguments[1], "--raw") == 0;
    const struct boot_facts *facts;

    if (count > 1 && !raw) {
        printf("bootinfo knows only --raw, not `%s`.\n", arguments[1]);
        return 1;
    }
    facts = facts_read();
    if (facts == NULL)
        return 1;
    page_output_start();
    if (raw)
        facts_print_raw(facts);
    else
        facts_explain(facts);
    page_output_stop();
    return 0;
}

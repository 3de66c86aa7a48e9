/* The facts of the boot, read from the kernel, and the two ways to print them. */
#ifndef BOOTINFO_FACTS_H
#define BOOTINFO_FACTS_H

#include <abi/boot_facts.h>
#include <stddef.h>

/* Reads all of them into new memory; prints a sentence and returns NULL where that fails. */
const struct boot_facts *facts_read(void);

/* The lists behind the structure. */
const struct boot_raw_range *facts_raw(const struct boot_facts *facts);
const struct boot_range *facts_ranges(const struct boot_facts *facts);
const char *facts_log(const struct boot_facts *facts);

/* What a FACTS_FREE ... is called. Never NULL. */
const char *facts_kind(uint32_t kind);

/* Sentences for a person. */
void facts_explain(const struct boot_facts *facts);

/* One `name value` a line, numbers as the machine has them: for a report. */
void facts_print_raw(const struct boot_facts *facts);

#endif

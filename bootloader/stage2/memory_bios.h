/* What the BIOS says about memory. Runs on the host with a fake BIOS. */
#ifndef MEMORY_BIOS_H
#define MEMORY_BIOS_H

#include <boot/info.h>

/*
 * Reads the memory map by INT 15h AX=E820h, or else E801h, or else AH=88h, into at most
 * BOOT_RAW_MAX entries; what E801h and 88h tell is written as entries too. Sets the count and
 * returns how it was read (enum map_method).
 */
uint32_t memory_bios_read(uint32_t conventional_kb, struct e820_entry *raw, uint32_t *count);

#endif

/* What the BIOS says about memory. Runs on the host with a fake BIOS. */
#ifndef MEMORY_BIOS_H
#define MEMORY_BIOS_H

#include <boot/info.h>

/* RAM above 1 MiB without which the kernel does not start. */
#define FIRMWARE_SHARE   0x40000u /* what a BIOS may keep of it */
#define EXTENDED_MINIMUM (RAM_MINIMUM - 0x100000u - FIRMWARE_SHARE)

/*
 * Reads the memory map by INT 15h AX=E820h, E801h or AH=88h, into at most BOOT_RAW_MAX entries;
 * what E801h and 88h tell is written as entries too. The first of them that tells of
 * EXTENDED_MINIMUM bytes serves: some BIOSes know a call, and leave out the memory above 1 MiB in
 * its answer. Where none tells of enough, the one that tells of most is taken. Sets the count and
 * returns how the map was read (enum map_method).
 */
uint32_t memory_bios_read(uint32_t conventional_kb, struct e820_entry *raw, uint32_t *count);

#endif

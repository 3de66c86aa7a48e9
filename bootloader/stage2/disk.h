/* The boot drive: sectors by INT 13h, with retries and fall-backs. Runs on the host with a fake
 * BIOS. */
#ifndef DISK_H
#define DISK_H

#include <abi/errors.h>
#include <stdint.h>

#include "real.h"

/* `bad_status` where the BIOS reported no error. */
#define DISK_NOTHING_READ 0x102 /* by EDD, and the packet tells of no sector */
#define DISK_NO_GEOMETRY  0x100 /* not asked: no EDD, and INT 13h AH=08h gives nothing usable */
#define DISK_BEYOND_CHS   0x101 /* not asked: no EDD, and the cylinder is above 1023 */

struct disk {
    uint32_t drive_given;
    uint32_t drive;
    uint32_t method; /* enum read_method of boot/info.h */
    uint32_t heads;  /* 0: no usable geometry */
    uint32_t sectors_per_track;
    uint32_t edd_version;
    uint32_t reads;   /* BIOS read calls */
    uint32_t retries; /* those of them that failed */
    uint32_t sectors; /* read so far */
    uint32_t block;   /* sectors that one call reads at most */
    /* Of the last disk_read() that failed. */
    uint32_t bad_lba;
    uint32_t bad_status; /* AH of the BIOS, or DISK_... */
};

extern struct disk disk;

/* Takes over from stage 1 and asks the BIOS for EDD version and geometry. */
void disk_start(const struct stage1_record *record);

/*
 * Reads `count` sectors from `lba` on into memory below 1 MiB, at an even address. Every call of
 * the BIOS is tried three times; a block that fails is read in pieces of eight sectors, and from
 * then on all are; a piece that fails is read sector by sector, and a sector that EDD does not give
 * by CHS. Returns 0, or ERR_NO_DEVICE with disk.bad_lba and disk.bad_status set.
 */
int disk_read(uint32_t lba, uint32_t count, void *to);

/*
 * Writes a sentence part about the last failure, such as `sector (LBA) 5 of drive 80h cannot be
 * read: the BIOS status is 0Ch`.
 */
void disk_describe_failure(char *text, uint32_t room);

#endif

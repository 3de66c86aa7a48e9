/*
 * Where everything lies during the boot: sectors on the disk, addresses in memory.
 *
 * The loader (C and NASM), the kernel's linker script and the image builder read these numbers from
 * here; NASM gets them through build/generated/offsets.inc. Each address is derived from the one
 * before it.
 *
 *   0x00000  interrupt vectors and BIOS data            (theirs)
 *   0x00500  real-mode stack, grows down from 0x7BE0
 *   0x07BE0  what stage 1 tells stage 2
 *   0x07C00  stage 1, with the partition table that stage 2 reads
 *   0x08000  stage 2, first block: 16-bit code and every BIOS call
 *   0x10000  stage 2, the rest: 32-bit C, its data and bss
 *   0x20000  bounce buffer: what the BIOS reads lands here
 *   0x30000  the FAT, read once
 *   0x50000  struct boot_info
 *   0x60000  the root directory and the last folder, as read from the disk
 *   0x68000  protected-mode stack, grows down from 0x70000
 *   0x70000  end of what the loader touches; INT 12h has to report at least this much
 */
#ifndef BOOT_LAYOUT_H
#define BOOT_LAYOUT_H

/* The disk. */
#define SECTOR_SIZE          512
#define STAGE2_LBA           1 /* stage 2 follows the MBR, in the gap before the first partition */
#define STAGE2_FIRST_SECTORS 8 /* the block that stage 1 reads and sums */
#define STAGE2_MAX_SECTORS   128  /* first block and rest; one BIOS read for each */
#define PARTITION_LBA        2048 /* 1 MiB */

/* Conventional memory. */
#define REAL_STACK_BOTTOM  0x00500
#define REAL_STACK_TOP     0x07C00
#define STAGE1_RECORD_SIZE 0x20 /* struct stage1_record (bootloader/stage2/real.h) lies here */
#define STAGE1_RECORD      (REAL_STACK_TOP - STAGE1_RECORD_SIZE)
#define STAGE1_BASE        0x07C00
#define PARTITION_TABLE    (STAGE1_BASE + 0x1BE)
#define STAGE2_FIRST_BASE  0x08000
#define STAGE2_FIRST_SIZE  (STAGE2_FIRST_SECTORS * SECTOR_SIZE)
#define STAGE2_REST_BASE   0x10000
#define STAGE2_REST_SIZE   0x10000 /* file contents and bss together */
#define BOUNCE_BASE        (STAGE2_REST_BASE + STAGE2_REST_SIZE)
#define BOUNCE_SECTORS     120 /* at most 127 (Phoenix EDD); 60 KiB crosses no 64 KiB line */
#define BOUNCE_SIZE        0x10000
#define FAT_BASE           (BOUNCE_BASE + BOUNCE_SIZE)
#define FAT_SIZE           0x20000 /* a FAT16 has at most 65,536 entries of 2 bytes */
#define BOOT_INFO_BASE     (FAT_BASE + FAT_SIZE)
#define BOOT_INFO_SIZE     0x10000
#define DIRECTORY_BASE     (BOOT_INFO_BASE + BOOT_INFO_SIZE)
#define DIRECTORY_SIZE     0x8000
#define STAGE2_STACK_LIMIT (DIRECTORY_BASE + DIRECTORY_SIZE)
#define STAGE2_STACK_SIZE  0x8000
#define STAGE2_STACK_TOP   (STAGE2_STACK_LIMIT + STAGE2_STACK_SIZE)
#define LOADER_LIMIT       STAGE2_STACK_TOP

/* The kernel: a flat file at 1 MiB that maps itself to KERNEL_BASE + KERNEL_LOAD. */
#define KERNEL_BASE 0xC0000000 /* physical address 0 of its direct map */
#define KERNEL_LOAD 0x00100000
#define RAM_MINIMUM 0x00400000 /* 4 MiB installed; the BIOS may keep a little of it */

/* kernel.bin begins with struct kernel_header (boot/info.h). */
#define KERNEL_MAGIC   0x4B48474D /* "MGHK" */
#define KERNEL_VERSION 1

/* The first block of stage 2 begins with a jump, then STAGE2_MAGIC. */
#define STAGE2_MAGIC 0x3247484D /* "MHG2" */

/* EAX at the kernel's entry, and the first word of struct boot_info. */
#define BOOT_MAGIC   0x4248474D /* "MGHB" */
#define BOOT_VERSION 2

#endif

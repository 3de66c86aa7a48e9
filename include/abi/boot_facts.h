/*
 * What the firmware told the loader, and how the boot went: the bytes that boot_info_read() gives.
 *
 * The structure comes first, then three lists, each at the offset that the structure names. Later
 * versions only add at the structure's end.
 */
#ifndef ABI_BOOT_FACTS_H
#define ABI_BOOT_FACTS_H

#include <stdint.h>

#define BOOT_FACTS_VERSION 1

#define PARAMETER_BLOCK_START 3  /* offset in the boot record, behind its jump */
#define PARAMETER_BLOCK_SIZE  87 /* bytes */

enum { FACTS_EDD = 1, FACTS_CHS };
enum { FACTS_A20_WAS_ON = 1, FACTS_A20_BIOS, FACTS_A20_PORT_92, FACTS_A20_KEYBOARD };
enum { FACTS_MAP_E820 = 1, FACTS_MAP_E801, FACTS_MAP_88 };

/* What a range of the resolved memory map is. */
enum {
    FACTS_FREE = 1,
    FACTS_LOADER,
    FACTS_BOOT_INFO,
    FACTS_FILE,
    FACTS_KERNEL,
    FACTS_ACPI,
    FACTS_NVS,
    FACTS_RESERVED,
    FACTS_BAD
};

/* One entry as the BIOS gave it [ACPI 15]; where it knows no INT 15h AX=E820h, made of its answer.
 */
struct boot_raw_range {
    uint64_t start;
    uint64_t length;
    uint32_t type;
    uint32_t attributes;
};

/* One range of the resolved map: sorted, not overlapping, [start, end). */
struct boot_range {
    uint64_t start;
    uint64_t end;
    uint32_t kind; /* FACTS_FREE and so on */
    uint32_t reserved;
};

struct boot_facts {
    uint32_t version; /* BOOT_FACTS_VERSION */
    uint32_t size;    /* bytes, with the lists */

    /* The lists: offset of the first entry, and how many there are. */
    uint32_t raw_offset; /* struct boot_raw_range */
    uint32_t raw_count;
    uint32_t range_offset; /* struct boot_range */
    uint32_t range_count;
    uint32_t log_offset; /* text of the loader, lines end with CR LF */
    uint32_t log_size;   /* bytes */

    /* Disk. */
    uint32_t drive_given; /* by the BIOS, in DL */
    uint32_t drive;       /* the one that was read */
    uint32_t read_method; /* FACTS_EDD, FACTS_CHS */
    uint32_t edd_version; /* as the BIOS says it, 30h for 3.0; 0 without EDD */
    uint32_t heads;       /* 0: the BIOS has no usable geometry */
    uint32_t sectors_per_track;
    uint32_t disk_reads;   /* calls of the BIOS */
    uint32_t disk_retries; /* those of them that failed */
    uint32_t partition_lba;
    uint32_t bytes_read;

    /* Machine. */
    uint32_t a20_method;      /* FACTS_A20_... */
    uint32_t map_method;      /* FACTS_MAP_... */
    uint32_t conventional_kb; /* INT 12h */
    uint32_t video_mode;      /* in which the BIOS left the screen */
    uint32_t tsc_khz;         /* 0 without a time stamp counter */

    /* What was loaded. */
    uint32_t warnings;
    uint32_t files;
    uint32_t kernel_is_checked; /* 1: the tests' kernel, which looks for mistakes of its own */
    char build_id[24];

    /* From byte PARAMETER_BLOCK_START of the boot record on, PARAMETER_BLOCK_SIZE bytes each. */
    uint8_t parameters_found[88];   /* in memory, after the BIOS had loaded it */
    uint8_t parameters_written[88]; /* as the build wrote them */
};
_Static_assert(sizeof(struct boot_facts) % sizeof(uint64_t) == 0,
               "the lists behind it are aligned");
_Static_assert(sizeof(struct boot_raw_range) == 24 && sizeof(struct boot_range) == 24,
               "programs and kernel agree on this layout");

#endif

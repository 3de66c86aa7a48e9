/*
 * What the loader hands to the kernel. At the kernel's entry EAX holds BOOT_MAGIC and EBX the
 * physical address of struct boot_info; paging and interrupts are off, the segments are flat, A20
 * is on.
 *
 * Every address in here is physical. Every byte that the kernel must not hand out is a range of the
 * memory map.
 */
#ifndef BOOT_INFO_H
#define BOOT_INFO_H

#include <boot/layout.h>
#include <stdint.h>

#define BOOT_TEXT_MAX 128 /* of a configuration text, with its end */
#define BOOT_PATH_MAX                                                                              \
    64 /* of a file's path, with its end; longer ones are skipped with a warning */
#define BOOT_FILES_MAX 256
#define BOOT_RAW_MAX   128 /* entries taken from INT 15h AX=E820h */
#define BOOT_RANGES_MAX                                                                            \
    320 /* resolving at worst doubles the raw ones, and adds the loader's own                      \
         */
#define BOOT_LOG_MAX      4096
#define BOOT_STAMPS_MAX   32
#define BOOT_CYLINDER_MAX 1023

/* Keys of boot.cfg, from boot/config.def. */
struct boot_config {
#define CONFIG_TEXT(key, value, text)  char key[BOOT_TEXT_MAX];
#define CONFIG_WORDS(key, value, text) char key[BOOT_TEXT_MAX];
#define CONFIG_BOOL(key, value, text)  uint32_t key;
#include <boot/config.def>
#undef CONFIG_TEXT
#undef CONFIG_WORDS
#undef CONFIG_BOOL
};

/* First bytes of kernel.bin; the build fills it in, stage 2 verifies it. */
struct kernel_header {
    uint32_t magic;        /* KERNEL_MAGIC */
    uint32_t version;      /* KERNEL_VERSION */
    uint32_t load_address; /* physical; KERNEL_LOAD */
    uint32_t entry;        /* physical */
    uint32_t file_size;    /* bytes in the file, this header included */
    uint32_t memory_size;  /* bytes from load_address on, with bss, which the loader clears */
    uint32_t crc32;        /* of the whole file, with this word taken as 0 */
    char build_id[20];     /* text, zero-filled */
};

/* What a range of physical memory is; of overlapping ranges the larger value wins. */
enum memory_kind {
    MEMORY_FREE = 1,  /* RAM nobody uses */
    MEMORY_LOADER,    /* RAM that the loader used: free once boot_info is read and copied */
    MEMORY_BOOT_INFO, /* struct boot_info */
    MEMORY_FILE,      /* a boot file; read-only for good */
    MEMORY_KERNEL,    /* kernel.bin with its bss */
    MEMORY_ACPI,      /* ACPI tables */
    MEMORY_NVS,       /* ACPI non-volatile storage */
    MEMORY_RESERVED,  /* not RAM, or the firmware's */
    MEMORY_BAD        /* RAM reported as defective */
};

struct memory_range {
    uint64_t start;
    uint64_t end; /* first byte behind the range */
    uint32_t kind;
    uint32_t reserved;
};

/* One entry as INT 15h AX=E820h gave it [ACPI 15]. */
struct e820_entry {
    uint64_t start;
    uint64_t length;
    uint32_t type;
    uint32_t attributes; /* 1 where the BIOS returned 20 bytes */
};

struct boot_file {
    char path[BOOT_PATH_MAX]; /* "/apps/hello", as the long name spells it */
    uint32_t address;         /* physical, at a page boundary */
    uint32_t size;            /* bytes; what follows up to the page's end is zero */
};

/* Time stamp counter at a milestone; without a TSC, 0. */
struct boot_stamp {
    uint32_t milestone;
    uint32_t tick; /* BIOS tick count (18.2 Hz) at that moment */
    uint64_t tsc;
};

enum read_method { READ_EDD = 1, READ_CHS };
enum a20_method { A20_WAS_ON = 1, A20_BIOS, A20_PORT_92, A20_KEYBOARD };
enum map_method { MAP_E820 = 1, MAP_E801, MAP_88 };

struct boot_info {
    uint32_t magic;   /* BOOT_MAGIC */
    uint32_t version; /* BOOT_VERSION */
    uint32_t size;    /* sizeof(struct boot_info) */

    /* Disk. */
    uint32_t drive_given; /* DL at 0x7C00 */
    uint32_t drive;       /* the drive that was read */
    uint32_t read_method; /* enum read_method */
    uint32_t heads; /* geometry by INT 13h AH=08h; 0 where it was not asked or is not usable */
    uint32_t sectors_per_track;
    uint32_t edd_version;                /* AH of INT 13h AH=41h; 0 without EDD */
    uint32_t disk_reads;                 /* BIOS read calls, those of stage 1 included */
    uint32_t disk_retries;               /* failed tries that a later one made good */
    uint32_t partition_lba;              /* first sector of the boot volume */
    uint32_t bytes_read;                 /* from disk */
    uint8_t parameter_block[88];         /* bytes 03h to 59h of the MBR as found in memory */
    uint8_t parameter_block_written[88]; /* the same as the build wrote them */

    /* Machine. */
    uint32_t a20_method;      /* enum a20_method */
    uint32_t map_method;      /* enum map_method */
    uint32_t conventional_kb; /* INT 12h */
    uint32_t video_mode;      /* at entry, INT 10h AH=0Fh */
    uint32_t tsc_khz;         /* 0 without a TSC */

    /* Memory. */
    uint32_t raw_count;
    uint32_t range_count;
    struct e820_entry raw[BOOT_RAW_MAX];
    struct memory_range
        ranges[BOOT_RANGES_MAX]; /* sorted, not overlapping, neighbours of one kind merged */

    /* Kernel, files, configuration. */
    struct kernel_header kernel;
    struct boot_config config;
    uint32_t file_count;
    uint32_t warning_count;
    struct boot_file files[BOOT_FILES_MAX];

    /* Time. */
    uint32_t stamp_count;
    struct boot_stamp stamps[BOOT_STAMPS_MAX];

    /* What the loader said, as it goes to the serial port: lines end with CR LF. Bytes from
     * log_sent on have not reached the port yet; the kernel sends them. */
    uint32_t log_size;
    uint32_t log_sent;
    uint32_t cursor_row; /* where the loader's text on the screen ends */
    uint32_t cursor_column;
    char log[BOOT_LOG_MAX]; /* text that does not fit is dropped from the copy, not from the screen
                             */
};

_Static_assert(sizeof(struct kernel_header) == 48,
               "tools/finish_kernel.py and start.asm use this layout");
_Static_assert(sizeof(struct e820_entry) == 24, "the BIOS writes this layout");
_Static_assert(sizeof(struct boot_info) <= BOOT_INFO_SIZE,
               "enlarge BOOT_INFO_SIZE in boot/layout.h");

#endif

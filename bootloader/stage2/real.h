/* What the 16-bit code of stage 1 and of the first block tells C, and the calls that C makes into
 * it. */
#ifndef REAL_H
#define REAL_H

#include <boot/layout.h>
#include <stdint.h>

/* Left by stage 1 at STAGE1_RECORD, kept up to date by the first block of stage 2. */
struct stage1_record {
    uint32_t tick;              /* BIOS tick count at milestone 10 */
    uint16_t heads;             /* geometry by INT 13h AH=08h; 0 where it was not asked */
    uint16_t sectors_per_track; /* 0 where it was not asked, or the BIOS gave 0 */
    uint8_t drive_given;        /* DL at 0x7C00 */
    uint8_t drive;              /* the drive that holds Megha */
    uint8_t method;             /* enum read_method of the last good read */
    uint8_t status;             /* AH of the last failed call */
    uint16_t reads;             /* BIOS read calls so far */
    uint8_t retries;            /* those of them that failed */
    uint8_t tries;              /* left of the current read */
};

/* Found out by the first block of stage 2 on its way to protected mode. */
struct real_facts {
    uint64_t tsc;  /* at milestone 20; 0 without a time stamp counter */
    uint32_t tick; /* BIOS tick count at milestone 20 */
    uint32_t has_tsc;
    uint32_t conventional_kb; /* INT 12h */
    uint32_t video_mode;      /* at entry, INT 10h AH=0Fh */
};

extern struct real_facts real_facts;

/* The registers of one BIOS call, in the order in which PUSHAD and three pushes leave them. */
struct bios_registers {
    uint32_t edi, esi, ebp, unused, ebx, edx, ecx, eax;
    uint16_t es, ds, flags, padding;
};

/*
 * Calls interrupt `vector` of the BIOS in real mode with these registers and stores what it
 * returned. Interrupts are on inside. Use bios_call() of bios.h instead: it also keeps A20 on.
 */
void real_call(uint32_t vector, struct bios_registers *registers);

/* Restarts the machine. */
_Noreturn void real_restart(void);

/* Jumps to the kernel with EAX = BOOT_MAGIC and EBX = boot_info. */
_Noreturn void kernel_enter(uint32_t entry, uint32_t boot_info);

_Static_assert(sizeof(struct stage1_record) <= STAGE1_RECORD_SIZE,
               "enlarge STAGE1_RECORD_SIZE in boot/layout.h");
_Static_assert(sizeof(struct bios_registers) == 40, "real/bios_call.asm pushes this layout");

#endif

/*
 * A machine for the kernel's memory: RAM, and a CPU that translates addresses by the page tables in
 * it. Every access to a kernel or program address on the way goes through these tables, as on the
 * real CPU: an unmapped page fails the test, a write to a read-only one too, and a translation
 * stays in use until it is flushed.
 */
#ifndef FAKES_ARCH_H
#define FAKES_ARCH_H

#include <boot/info.h>
#include <kernel/arch.h>
#include <kernel/sched.h>
#include <setjmp.h>

/* Where the image of the kernel lies; its first part is read-only text. */
#define MACHINE_KERNEL_END (KERNEL_LOAD + 0x18000)
#define MACHINE_TEXT_SIZE  0xA000

/* Begins a machine without any memory. It has large and global pages, or not. */
void machine_reset(bool large_pages, bool global_pages);

/* Adds a range of the memory map, behind those that were added before. */
void machine_range(uint64_t start, uint64_t end, enum memory_kind kind);

/*
 * Adds the memory of a PC with `bytes` of RAM, as its BIOS and our loader would leave it: `files`
 * bytes of boot files behind the kernel, the top 128 KiB of RAM reserved, and what does not fit
 * below 3 GiB above 4 GiB.
 */
void machine_pc(uint64_t bytes, uint32_t files);

/* Adds a boot file of `size` bytes at an address inside a range of files. */
void machine_file(const char *path, phys address, uint32_t size);

/* Maps the first 4 MiB as start.asm does. Returns the boot_info, in the machine's memory. */
const struct boot_info *machine_power_on(void);

/* machine_reset, machine_pc, machine_power_on and memory_start in one. */
const struct boot_info *machine_start(uint64_t bytes);

/* Loads a page directory. */
void machine_load(phys directory);

/* What the page tables say now: the entry (for a large page as if of a small one), or 0. */
uint32_t machine_entry(uint32_t address);

/* RAM by its physical address, past all translation. */
void *machine_ram(phys address);

/* Fails the test where the CPU still holds a translation that the page tables no longer have. */
void machine_check_translations(void);

/* True where the frame is RAM that the loader reported as one of the kinds (bits 1 << kind). */
bool machine_frame_is(phys frame, uint32_t kinds);

/* One more than the number of the last frame below 4 GiB that the memory map speaks of. */
uint32_t machine_frames(void);

/* With true, the kernel may not use the addresses of ring 3's pages, as with SMAP. */
void machine_forbid_user_pages(bool forbid);

/* A byte of the loaded space, past all rights. The page has to be mapped. */
char *machine_byte(uint32_t address);

/* Flushes of single pages since machine_reset. */
extern unsigned machine_flushes;

/* The text of the last panic. A panic fails the test, unless it stands in PANICS(). */
extern char machine_panic[256];
extern bool machine_panic_wanted;
extern jmp_buf machine_panic_jump;

#define PANICS(statement)                                                                          \
    do {                                                                                           \
        machine_panic_wanted = true;                                                               \
        if (!setjmp(machine_panic_jump)) {                                                         \
            statement;                                                                             \
            fail_msg("no panic: %s", #statement);                                                  \
        }                                                                                          \
        machine_panic_wanted = false;                                                              \
    } while (0)

/* What sched_current returns. */
extern struct thread machine_thread;

/* Called in sched_preemption_point where not NULL; and how often that was. */
extern void (*machine_at_preemption_point)(void);
extern unsigned machine_preemption_points;

/* Seeded numbers: the same in each run. */
uint32_t machine_random(uint32_t below);

#endif

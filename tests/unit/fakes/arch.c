#define _GNU_SOURCE
#include "arch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

#include <abi/types.h>
#include <hw/x86.h>
#include <kernel/debug.h>
#include <kernel/memory.h>

#define ADDRESSES     0x100000000u /* 4 GiB of them */
#define PAGES         (ADDRESSES / PAGE_SIZE)
#define GARBAGE_LIMIT 0x04000000u /* small machines begin with RAM full of garbage */

/* Physical places in the kernel's image, in its writable part. */
#define MASTER     (KERNEL_LOAD + 0x10000)
#define BOOT_TABLE (KERNEL_LOAD + 0x11000)

unsigned machine_flushes, machine_preemption_points;
char machine_panic[256];
bool machine_panic_wanted;
jmp_buf machine_panic_jump;
struct thread machine_thread;
void (*machine_at_preemption_point)(void);

static struct boot_info map; /* as the loader wrote it */
static bool large_pages, global_pages, user_pages_forbidden;
static phys loaded;

static int ram_file = -1;
static char *ram;     /* all of it, by physical address */
static char *virtual; /* 4 GiB of addresses; a page is accessible while its translation is held */
static uint32_t held[PAGES]; /* the entry that a held translation came from; 0 for none */
static uint32_t listed[PAGES], listed_count; /* every page with a held translation, and others */
static bool is_listed[PAGES];
static uint32_t random_state;

/* ---- Translation -------------------------------------------------------------------------------
 */

static uint32_t *entry_at(phys table, uint32_t index)
{
    return (uint32_t *)(void *)&ram[(table & PTE_FRAME) + index * 4];
}

uint32_t machine_entry(uint32_t address)
{
    uint32_t directory = *entry_at(loaded, address >> TABLE_SHIFT);
    uint32_t entry;

    if (!(directory & PTE_PRESENT))
        return 0;
    if (directory & PTE_LARGE)
        return (directory & ~(PTE_LARGE | (LARGE_PAGE - PAGE_SIZE))) |
               (address & (LARGE_PAGE - PAGE_SIZE));
    entry = *entry_at(directory, address >> PAGE_SHIFT & (PAGE_ENTRIES - 1));
    if (!(entry & PTE_PRESENT))
        return 0;
    if (address < USER_END)
        assert_int_equal(directory & (PTE_WRITE | PTE_USER), PTE_WRITE | PTE_USER);
    return entry;
}

/* What a translation means, without what the CPU itself writes. */
static uint32_t meaning(uint32_t entry)
{
    return entry & ~(PTE_ACCESSED | PTE_DIRTY);
}

/* The CPU notes in the tables that it used them. */
static void mark_used(uint32_t address, bool write)
{
    uint32_t *directory = entry_at(loaded, address >> TABLE_SHIFT);
    uint32_t *entry = directory;

    *directory |= PTE_ACCESSED;
    if (!(*directory & PTE_LARGE))
        entry = entry_at(*directory, address >> PAGE_SHIFT & (PAGE_ENTRIES - 1));
    *entry |= PTE_ACCESSED | (write ? PTE_DIRTY : 0);
}

static bool ram_or_screen(phys frame)
{
    const uint32_t kinds = 1u << MEMORY_FREE | 1u << MEMORY_LOADER | 1u << MEMORY_BOOT_INFO |
                           1u << MEMORY_FILE | 1u << MEMORY_KERNEL | 1u << MEMORY_ACPI |
                           1u << MEMORY_NVS;

    return frame < KERNEL_LOAD || machine_frame_is(frame, kinds);
}

/* A page is touched whose translation is not held. */
static void page_fault(int number, siginfo_t *info, void *context)
{
    const ucontext_t *registers = context;
    uintptr_t offset = (uintptr_t)info->si_addr - (uintptr_t) virtual;
    bool write = registers->uc_mcontext.gregs[REG_ERR] & 2;
    uint32_t address = (uint32_t)offset, page = address & PTE_FRAME, entry;
    int rights = PROT_READ;

    (void)number;
    if (offset >= ADDRESSES) {
        signal(SIGSEGV, SIG_DFL); /* no address of the machine: a crash of the test */
        return;
    }
    entry = machine_entry(address);
    if (!entry || (write && !(entry & PTE_WRITE)) || held[page >> PAGE_SHIFT])
        fail_msg("page fault %s 0x%08x", write ? "writing" : "reading", address);
    if (user_pages_forbidden && (entry & PTE_USER))
        fail_msg("the kernel used ring 3's address 0x%08x", address);
    if (!ram_or_screen(entry & PTE_FRAME))
        fail_msg("0x%08x is mapped to 0x%08x, where no RAM is", address, entry & PTE_FRAME);
    mark_used(address, write);
    held[page >> PAGE_SHIFT] = meaning(entry);
    if (!is_listed[page >> PAGE_SHIFT])
        listed[listed_count++] = page >> PAGE_SHIFT;
    is_listed[page >> PAGE_SHIFT] = true;
    if (entry & PTE_WRITE)
        rights |= PROT_WRITE;
    if (mmap(virtual + page, PAGE_SIZE, rights, MAP_SHARED | MAP_FIXED, ram_file,
             entry & PTE_FRAME) == MAP_FAILED)
        abort();
}

static void forget(uint32_t page)
{
    held[page] = 0;
    if (mmap(virtual + (size_t)page * PAGE_SIZE, PAGE_SIZE, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
        abort();
}

/* Global translations stay, unless `all` go. */
static void forget_many(bool all)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < listed_count; i++) {
        uint32_t page = listed[i];

        if (held[page] && (all || !(held[page] & PTE_GLOBAL)))
            forget(page);
        is_listed[page] = held[page] != 0;
        if (is_listed[page])
            listed[kept++] = page;
    }
    listed_count = kept;
}

void machine_check_translations(void)
{
    for (uint32_t i = 0; i < listed_count; i++) {
        uint32_t page = listed[i], entry = machine_entry(page << PAGE_SHIFT);

        if (held[page] && held[page] != meaning(entry))
            fail_msg("0x%08x has changed from 0x%08x to 0x%08x, and was not flushed",
                     page << PAGE_SHIFT, held[page], entry);
    }
}

void *machine_ram(phys address)
{
    return ram + address;
}

char *machine_byte(uint32_t address)
{
    uint32_t entry = machine_entry(address);

    if (!entry)
        fail_msg("0x%08x is not mapped", address);
    return ram + (entry & PTE_FRAME) + (address & (PAGE_SIZE - 1));
}

void machine_forbid_user_pages(bool forbid)
{
    user_pages_forbidden = forbid;
    arch_flush_space();
}

void *address_to_pointer(uint32_t address)
{
    return virtual + address;
}

uint32_t pointer_to_address(const void *pointer)
{
    return (uint32_t)((uintptr_t)pointer - (uintptr_t) virtual);
}

/* ---- What arch offers --------------------------------------------------------------------------
 */

uint32_t arch_atomic;

phys arch_master_directory(void)
{
    return MASTER;
}

phys arch_directory(void)
{
    return loaded;
}

void arch_flush_page(uint32_t address)
{
    machine_flushes++;
    if (held[address >> PAGE_SHIFT])
        forget(address >> PAGE_SHIFT);
}

void arch_flush_space(void)
{
    forget_many(false);
}

void machine_load(phys directory)
{
    loaded = directory;
    arch_flush_space();
}

void arch_drop_low_mapping(void)
{
    *entry_at(MASTER, 0) = 0;
    arch_flush_space();
}

bool arch_large_pages(void)
{
    return large_pages;
}

uint32_t arch_global_page(void)
{
    return global_pages ? PTE_GLOBAL : 0;
}

void arch_kernel_text(uint32_t *start, uint32_t *end)
{
    *start = KERNEL_BASE + KERNEL_LOAD;
    *end = *start + MACHINE_TEXT_SIZE;
}

/* ---- What the scheduler and the log offer ------------------------------------------------------
 */

struct thread *sched_current(void)
{
    return &machine_thread;
}

void sched_preemption_point(void)
{
    for (uint32_t page = 0; page < 8; page++)
        assert_int_equal(machine_entry(WINDOW_AREA + page * PAGE_SIZE), 0);
    machine_preemption_points++;
    if (machine_at_preemption_point)
        machine_at_preemption_point();
}

void panic(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(machine_panic, sizeof(machine_panic), format, arguments);
    va_end(arguments);
    if (!machine_panic_wanted)
        fail_msg("panic: %s", machine_panic);
    longjmp(machine_panic_jump, 1);
}

uint32_t machine_random(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)random_state * below >> 32);
}

/* ---- Building a machine ------------------------------------------------------------------------
 */

void machine_reset(bool large, bool global)
{
    struct sigaction action = {.sa_sigaction = page_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};

    if (!virtual) {
        virtual = mmap(NULL, ADDRESSES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                       0);
        ram = mmap(NULL, ADDRESSES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    }
    assert_ptr_not_equal(virtual, MAP_FAILED);
    assert_ptr_not_equal(ram, MAP_FAILED);
    sigaction(SIGSEGV, &action, NULL);
    forget_many(true);
    if (ram_file >= 0)
        close(ram_file);
    ram_file = memfd_create("ram", 0);
    assert_int_equal(ftruncate(ram_file, ADDRESSES), 0);
    mmap(ram, ADDRESSES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE | MAP_FIXED, ram_file,
         0);

    memset(&map, 0, sizeof(map));
    large_pages = large;
    global_pages = global;
    machine_flushes = machine_preemption_points = 0;
    machine_panic_wanted = false;
    user_pages_forbidden = false;
    machine_at_preemption_point = NULL;
    memset(&machine_thread, 0, sizeof(machine_thread));
    random_state = 1;
}

void machine_range(uint64_t start, uint64_t end, enum memory_kind kind)
{
    assert_true(map.range_count < BOOT_RANGES_MAX);
    if (start >= end)
        return;
    if (map.range_count)
        assert_true(map.ranges[map.range_count - 1].end <= start);
    map.ranges[map.range_count++] = (struct memory_range){start, end, kind, 0};
}

void machine_pc(uint64_t bytes, uint32_t files)
{
    uint64_t low = bytes < KERNEL_BASE ? bytes : KERNEL_BASE;

    machine_range(0x500, BOOT_INFO_BASE, MEMORY_LOADER);
    machine_range(BOOT_INFO_BASE, BOOT_INFO_BASE + BOOT_INFO_SIZE, MEMORY_BOOT_INFO);
    machine_range(BOOT_INFO_BASE + BOOT_INFO_SIZE, LOADER_LIMIT, MEMORY_LOADER);
    machine_range(LOADER_LIMIT, 0x9FC00, MEMORY_FREE);
    machine_range(0x9FC00, 0xA0000, MEMORY_RESERVED);
    machine_range(0xF0000, KERNEL_LOAD, MEMORY_RESERVED);
    machine_range(KERNEL_LOAD, MACHINE_KERNEL_END, MEMORY_KERNEL);
    machine_range(MACHINE_KERNEL_END, MACHINE_KERNEL_END + files, MEMORY_FILE);
    machine_range(MACHINE_KERNEL_END + files, low - 0x20000, MEMORY_FREE);
    machine_range(low - 0x20000, low, MEMORY_RESERVED);
    machine_range(0xFFFC0000, ADDRESSES, MEMORY_RESERVED);
    if (bytes > low)
        machine_range(ADDRESSES, ADDRESSES + (bytes - low), MEMORY_FREE);
}

void machine_file(const char *path, phys address, uint32_t size)
{
    struct boot_file *file = &map.files[map.file_count++];

    snprintf(file->path, sizeof(file->path), "%s", path);
    file->address = address;
    file->size = size;
}

uint32_t machine_frames(void)
{
    uint64_t end = map.ranges[map.range_count - 1].end;

    return end < ADDRESSES ? (uint32_t)(end / PAGE_SIZE) + 1 : PAGES;
}

bool machine_frame_is(phys frame, uint32_t kinds)
{
    for (uint32_t i = 0; i < map.range_count; i++)
        if ((kinds & 1u << map.ranges[i].kind) && frame < map.ranges[i].end &&
            (uint64_t)frame + PAGE_SIZE > map.ranges[i].start)
            return true;
    return false;
}

const struct boot_info *machine_power_on(void)
{
    for (uint32_t i = 0; i < map.range_count; i++)
        if (map.ranges[i].end <= GARBAGE_LIMIT && map.ranges[i].kind != MEMORY_RESERVED)
            memset(ram + map.ranges[i].start, 0xA5, map.ranges[i].end - map.ranges[i].start);
    memset(ram + MASTER, 0, PAGE_SIZE);
    for (uint32_t i = 0; i < PAGE_ENTRIES; i++)
        *entry_at(BOOT_TABLE, i) = i * PAGE_SIZE | PTE_PRESENT | PTE_WRITE;
    *entry_at(MASTER, 0) = BOOT_TABLE | PTE_PRESENT | PTE_WRITE;
    *entry_at(MASTER, KERNEL_BASE >> TABLE_SHIFT) = BOOT_TABLE | PTE_PRESENT | PTE_WRITE;
    machine_load(MASTER);

    map.magic = BOOT_MAGIC;
    map.version = BOOT_VERSION;
    map.size = sizeof(map);
    memcpy(ram + BOOT_INFO_BASE, &map, sizeof(map));
    return phys_to_virtual(BOOT_INFO_BASE);
}

const struct boot_info *machine_start(uint64_t bytes)
{
    const struct boot_info *info;

    machine_reset(true, true);
    machine_pc(bytes, 0x8000);
    info = machine_power_on();
    memory_start(info);
    return info;
}

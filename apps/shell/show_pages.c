/* pages: an address through the page tables [SDM3 4.3], or everything that is mapped. */
#include <abi/machine.h>
#include <megha.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "show.h"

#define ENTRIES     1024u
#define TABLE_SHIFT 22
#define PAGE_SHIFT  12
#define LARGE_SIZE  0x400000u

enum {
    BIT_PRESENT = 0x001,
    BIT_WRITE = 0x002,
    BIT_USER = 0x004,
    BIT_THROUGH = 0x008,
    BIT_NO_CACHE = 0x010,
    BIT_ACCESSED = 0x020,
    BIT_DIRTY = 0x040,
    BIT_LARGE = 0x080,
    BIT_GLOBAL = 0x100,
    BIT_BORROWED = 0x200
};

static const char *holder(uint32_t frame)
{
    static const char *const words[] = {
        [MACHINE_FRAME_NONE] = "no RAM that the kernel manages",
        [MACHINE_FRAME_FREE] = "free",
        [MACHINE_FRAME_KERNEL] = "the kernel's",
        [MACHINE_FRAME_LOADER] = "the loader's",
        [MACHINE_FRAME_FILE] = "part of a file from the disk",
        [MACHINE_FRAME_HEAP] = "the kernel's heap",
        [MACHINE_FRAME_STACK] = "a kernel stack",
        [MACHINE_FRAME_TABLE] = "a page directory or page table",
        [MACHINE_FRAME_USER] = "a program's",
        [MACHINE_FRAME_MODULE] = "a kernel module's",
    };
    uint32_t owner = 0;

    if (machine_read(MACHINE_FRAME, frame >> PAGE_SHIFT, 0, &owner, sizeof(owner)) < 0 ||
        owner >= sizeof(words) / sizeof(words[0]))
        owner = MACHINE_FRAME_NONE;
    return words[owner];
}

static void print_bit(const char *name, bool set, const char *if_set, const char *if_clear)
{
    printf("    %-5s %d  %s\n", name, set, set ? if_set : if_clear);
}

/* What directory and table entries share. */
static void print_rights(uint32_t entry)
{
    print_bit("P", true, "present", "");
    print_bit("R/W", entry & BIT_WRITE, "may be written", "may only be read");
    print_bit("U/S", entry & BIT_USER, "ring 3 may use it", "only ring 0 may use it");
    print_bit("PWT", entry & BIT_THROUGH, "cache: write through", "cache: write back");
    print_bit("PCD", entry & BIT_NO_CACHE, "not cached", "cached");
    print_bit("A", entry & BIT_ACCESSED, "accessed: was used", "accessed: never used");
}

static void print_page_bits(uint32_t entry)
{
    print_rights(entry);
    print_bit("D", entry & BIT_DIRTY, "dirty: was written", "dirty: never written");
    print_bit("G", entry & BIT_GLOBAL, "global: the CPU remembers it when CR3 changes",
              "global: forgotten when CR3 changes");
    if (entry & BIT_BORROWED)
        print_bit("9", true, "for the kernel: the frame is lent, and not this space's", "");
}

static bool print_absent(uint32_t entry)
{
    if (entry & BIT_PRESENT)
        return false;
    printf("    P     0  not present: the CPU looks no further, and raises a page fault\n");
    if (entry)
        puts("             (the other bits are the kernel's to use; the CPU ignores them)");
    return true;
}

static const char *who_may(uint32_t both, uint32_t bit)
{
    return both & bit ? "yes" : "no";
}

static void print_result(uint32_t address, uint32_t physical, uint32_t both)
{
    printf("Linear 0x%08lX is physical 0x%08lX: %s.\n", (unsigned long)address,
           (unsigned long)physical, holder(physical));
    printf("Both count. For ring 3: %s. Writable: %s%s.\n", who_may(both, BIT_USER),
           who_may(both, BIT_WRITE), both & BIT_WRITE ? "" : " (ring 0 obeys, too: CR0.WP)");
}

static void print_directory(int32_t pid)
{
    uint32_t directory;

    if (machine_read(MACHINE_CR3, 0, pid, &directory, sizeof(directory)) < 0)
        return;
    printf("  CR3 0x%08lX  where the page directory of ", (unsigned long)directory);
    if (pid == 0)
        puts("the shell lies in RAM");
    else
        printf("process %d lies in RAM\n", (int)pid);
}

static void walk(uint32_t address, int32_t pid)
{
    uint32_t directory_index = address >> TABLE_SHIFT;
    uint32_t directory;
    uint32_t page;

    if (machine_read(MACHINE_DIRECTORY, directory_index, pid, &directory, sizeof(directory)) < 0) {
        printf("pages: there is no process %d that lives; type ps for the list.\n", (int)pid);
        return;
    }
    printf("0x%08lX = directory entry %lu, table entry %lu, byte 0x%03lX of the page\n",
           (unsigned long)address, (unsigned long)directory_index,
           (unsigned long)(address >> PAGE_SHIFT) % ENTRIES, (unsigned long)address % PAGE_SIZE);
    print_directory(pid);
    printf("  PDE 0x%08lX  entry %lu of the page directory\n", (unsigned long)directory,
           (unsigned long)directory_index);
    if (print_absent(directory))
        return;
    if (directory & BIT_LARGE) {
        print_page_bits(directory);
        puts("    PS    1  a page of 4 MiB: there is no table");
        print_result(address, (directory & ~(LARGE_SIZE - 1)) + (address & (LARGE_SIZE - 1)),
                     directory);
        return;
    }
    print_rights(directory);
    printf("    PS    0  the frame 0x%08lX holds a page table\n",
           (unsigned long)directory & ~(PAGE_SIZE - 1ul));
    if (machine_read(MACHINE_PAGE, address >> PAGE_SHIFT, pid, &page, sizeof(page)) < 0)
        return;
    printf("  PTE 0x%08lX  entry %lu of that table\n", (unsigned long)page,
           (unsigned long)(address >> PAGE_SHIFT) % ENTRIES);
    if (print_absent(page))
        return;
    print_page_bits(page);
    print_result(address, (page & ~(PAGE_SIZE - 1u)) + address % PAGE_SIZE, page & directory);
}

/* ---- All that is mapped ------------------------------------------------------------------------
 */

/* Pages side by side in both worlds, with equal rights. */
struct run {
    uint32_t start, physical, rights;
    uint32_t size; /* 0: none yet */
};

#define RUN_RIGHTS (BIT_WRITE | BIT_USER)

static void print_run(const struct run *run)
{
    if (run->size)
        printf("0x%08lX-0x%08lX  0x%08lX-0x%08lX  %s  %s\n", (unsigned long)run->start,
               (unsigned long)(run->start + run->size - 1), (unsigned long)run->physical,
               (unsigned long)(run->physical + run->size - 1),
               run->rights & BIT_USER ? "ring 3" : "ring 0",
               run->rights & BIT_WRITE ? "read, write" : "read");
}

static void add_page(struct run *run, uint32_t address, uint32_t entry, uint32_t size)
{
    uint32_t physical = entry & ~(size - 1);

    if (run->size && run->start + run->size == address && run->physical + run->size == physical &&
        run->rights == (entry & RUN_RIGHTS)) {
        run->size += size;
        return;
    }
    print_run(run);
    *run = (struct run){address, physical, entry & RUN_RIGHTS, size};
}

static void add_table(struct run *run, uint32_t table, uint32_t directory, int32_t pid)
{
    uint32_t entry;

    for (uint32_t page = table * ENTRIES; page < (table + 1) * ENTRIES; page++) {
        if (machine_read(MACHINE_PAGE, page, pid, &entry, sizeof(entry)) < 0)
            return;
        if (entry & BIT_PRESENT)
            add_page(run, page << PAGE_SHIFT, entry & (directory | ~(uint32_t)RUN_RIGHTS),
                     PAGE_SIZE);
    }
}

static void list(int32_t pid)
{
    struct run run = {.size = 0};
    uint32_t entry;

    puts("VIRTUAL                PHYSICAL               WHO     MAY");
    for (uint32_t i = 0; i < ENTRIES; i++) {
        if (machine_read(MACHINE_DIRECTORY, i, pid, &entry, sizeof(entry)) < 0)
            return;
        if (!(entry & BIT_PRESENT))
            continue;
        if (entry & BIT_LARGE)
            add_page(&run, i << TABLE_SHIFT, entry, LARGE_SIZE);
        else
            add_table(&run, i, entry, pid);
    }
    print_run(&run);
    puts("What is not listed is mapped nowhere: to touch it is a page fault.");
}

/* strtoul makes the largest address of what has more than 32 bits. */
static bool is_too_long(const char *digits, const char *end)
{
    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))
        digits += 2;
    while (*digits == '0')
        digits++;
    return end - digits > 8;
}

void show_pages(char *arguments)
{
    char *end;
    unsigned long address = strtoul(arguments, &end, 16);
    bool too_long = is_too_long(arguments, end);
    long pid = 0;

    if (*arguments == '\0') {
        list(0);
        return;
    }
    if (*end == ' ')
        pid = strtol(end, &end, 10);
    if (end == arguments || *end != '\0' || pid < 0 || too_long)
        puts("pages: type pages ADDRESS, or pages ADDRESS PID: pages 0xC0100000\n"
             "pages alone lists all that is mapped for the shell itself.");
    else
        walk((uint32_t)address, (int32_t)pid);
}

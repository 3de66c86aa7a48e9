/* What the BIOS says about memory (memory_bios.h). */
#include "memory_bios.h"

#include "bios.h"

#define SYSTEM_BIOS  0x15
#define SMAP         0x534D4150 /* "SMAP" */
#define E820_MINIMUM 20         /* bytes of an entry without attributes */
#define E820_USABLE  1          /* attribute: the entry counts */
#define KIB          1024u
#define MIB          (1024u * KIB)
#define BLOCK        (64 * KIB) /* E801h counts RAM above 16 MiB in these */
#define RAM          1          /* type of an entry */
#define GIB_4        0x100000000u
#define CALLS_MAX    (4 * BOOT_RAW_MAX)

/* Filled by the BIOS; not on the stack, so that a test's fake BIOS finds it. */
struct e820_entry memory_bios_entry;
extern struct e820_entry memory_bios_entry;

static uint32_t read_e820(struct e820_entry *raw)
{
    struct bios_registers registers = {.ebx = 0};
    uint32_t count = 0;

    for (int calls = 0; calls < CALLS_MAX && count < BOOT_RAW_MAX; calls++) {
        /* Some BIOSes leave fields as they are. */
        memory_bios_entry = (struct e820_entry){.attributes = E820_USABLE};
        registers = (struct bios_registers){
            .eax = 0xE820,
            .ebx = registers.ebx,
            .ecx = sizeof memory_bios_entry,
            .edx = SMAP,
            .edi = real_offset(&memory_bios_entry),
            .es = real_segment(&memory_bios_entry),
        };
        bios_call(SYSTEM_BIOS, &registers);
        if (bios_failed(&registers) || registers.eax != SMAP)
            break;
        /* What lies behind the bytes that it says to have written means nothing. */
        if (registers.ecx < sizeof memory_bios_entry)
            memory_bios_entry.attributes = E820_USABLE;
        if (registers.ecx >= E820_MINIMUM && registers.ecx <= sizeof memory_bios_entry &&
            memory_bios_entry.length && memory_bios_entry.attributes & E820_USABLE)
            raw[count++] = memory_bios_entry;
        if (!registers.ebx)
            break;
    }
    return count;
}

static void add(struct e820_entry *raw, uint32_t *count, uint64_t start, uint64_t length)
{
    if (length)
        raw[(*count)++] =
            (struct e820_entry){.start = start, .length = length, .type = RAM, .attributes = 1};
}

static void read_e801(struct e820_entry *raw, uint32_t *count)
{
    struct bios_registers registers = {.eax = 0xE801};
    uint32_t low, high;

    bios_call(SYSTEM_BIOS, &registers);
    if (bios_failed(&registers))
        return;
    /* Some BIOSes answer in CX and DX, some in AX and BX, some in both. */
    low = (uint16_t)registers.ecx ? (uint16_t)registers.ecx : (uint16_t)registers.eax;
    high = (uint16_t)registers.ecx ? (uint16_t)registers.edx : (uint16_t)registers.ebx;
    if (!low || low > 15 * KIB)
        return;
    add(raw, count, MIB, low * (uint64_t)KIB);
    add(raw, count, 16 * MIB, high * (uint64_t)BLOCK);
}

static void read_88(struct e820_entry *raw, uint32_t *count)
{
    struct bios_registers registers = {.eax = 0x8800};

    bios_call(SYSTEM_BIOS, &registers);
    if (!bios_failed(&registers))
        add(raw, count, MIB, (uint16_t)registers.eax * (uint64_t)KIB);
}

static uint32_t read_by(enum map_method method, uint32_t conventional_kb, struct e820_entry *raw)
{
    uint32_t count = 0;

    if (method == MAP_E820)
        return read_e820(raw);
    add(raw, &count, 0, conventional_kb * (uint64_t)KIB);
    if (method == MAP_E801)
        read_e801(raw, &count);
    else
        read_88(raw, &count);
    return count;
}

/* RAM that the kernel could use: between 1 MiB and 4 GiB. */
static uint64_t extended(const struct e820_entry *raw, uint32_t count)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint64_t start = raw[i].start > MIB ? raw[i].start : MIB;
        uint64_t end = raw[i].start + raw[i].length;

        if (end > GIB_4)
            end = GIB_4;
        if (raw[i].type == RAM && start < end)
            sum += end - start;
    }
    return sum;
}

uint32_t memory_bios_read(uint32_t conventional_kb, struct e820_entry *raw, uint32_t *count)
{
    enum map_method best = MAP_88;
    uint64_t most = 0;

    for (enum map_method method = MAP_E820; method <= MAP_88; method++) {
        uint64_t found;

        *count = read_by(method, conventional_kb, raw);
        found = extended(raw, *count);
        if (found >= EXTENDED_MINIMUM)
            return method;
        if (found > most) {
            most = found;
            best = method;
        }
    }
    *count = read_by(best, conventional_kb, raw);
    return best;
}

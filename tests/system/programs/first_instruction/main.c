/* What a thread's registers hold at its first instruction, in both rings. */
#include <megha.h>
#include <megha/check.h>

PROGRAM_RIGHTS(RIGHT_RING0);

#define EFLAGS_TF   (1u << 8)
#define EFLAGS_IF   (1u << 9)
#define EFLAGS_DF   (1u << 10)
#define EFLAGS_IOPL (3u << 12)
#define EFLAGS_NT   (1u << 14)

struct registers {
    uint32_t eax, ebx, ecx, edx, esi, edi, ebp, esp, eflags, cs, ss, ds, es;
};

/* Filled in by entry.asm. */
struct registers first_registers;
void first_entry(void);

static void run(uint32_t mode)
{
    int32_t status;
    int thread = thread_create((uint32_t)first_entry, 0x11223344, 0x55667788, 0x2000, mode);
    check(thread > 0 && thread_join(thread, &status, WAIT_FOREVER) >= 0,
          mode == MODE_USER ? "a thread starts in ring 3" : "a thread starts in ring 0");
}

static bool is_of_ring(uint32_t selector, uint32_t ring)
{
    return selector > 3 && (selector & 3) == ring;
}

static void check_registers(uint32_t mode)
{
    const struct registers *first = &first_registers;
    uint32_t ring = mode == MODE_USER ? 3 : 0;
    run(mode);
    check(first->eax == 0x11223344 && first->edx == 0x55667788, "EAX and EDX are as asked for");
    check(first->ebp == 0, "EBP is 0");
    check(first->ebx == 0 && first->ecx == 0 && first->esi == 0 && first->edi == 0,
          "EBX, ECX, ESI and EDI are 0");
    check(first->esp % 16 == 0 && first->esp < USER_END, "ESP is aligned and in user space");
    check(is_of_ring(first->cs, ring) && is_of_ring(first->ss, ring), "CS and SS are of its ring");
    check(first->ds > 3 && first->ds == first->es, "DS and ES hold the same descriptor");
    check((first->eflags & EFLAGS_IF) != 0, "interrupts are on");
    check((first->eflags & (EFLAGS_TF | EFLAGS_DF | EFLAGS_NT | EFLAGS_IOPL)) == 0,
          "TF, DF, NT and IOPL are 0");
}

int main(void)
{
    check_registers(MODE_USER);
    check_registers(MODE_KERNEL);
    return check_result();
}

/*
 * x87 and SSE registers. They hold the state of at most one thread, the owner; CR0.TS is set while
 * another thread runs, so that its first such instruction comes here (#NM) and the states are
 * exchanged. A thread that never computes with them costs nothing.
 *
 * Invariant: CR0.TS is clear exactly while the owner runs. switch_stacks keeps it.
 */
#include "arch_private.h"

#include <hw/x86.h>
#include <kernel/sched.h>
#include <lib/string.h>

#define FXSAVE_SIZE   512     /* 16-byte aligned [SDM1 10.5] */
#define FSAVE_SIZE    108     /* [SDM1 8.1.10] */
#define CLEAN_CONTROL 0x037Fu /* every exception masked, 64-bit precision: as FNINIT */
#define CLEAN_TAGS    0xFFFFu /* FSAVE form: every register empty */
#define CLEAN_MXCSR   0x1F80u
#define MXCSR_AT      24

struct thread *fpu_owner;

static uint32_t state_size; /* 0: no x87 */
static bool has_fxsave;

/* What a thread finds at its first such instruction: registers of zero, not a predecessor's. */
static uint8_t clean_state[FXSAVE_SIZE] __attribute__((aligned(16)));

static void put(uint32_t offset, uint32_t value)
{
    memcpy(&clean_state[offset], &value, sizeof(value));
}

void fpu_start(uint32_t features)
{
    if (!fpu_present())
        return; /* CR0.EM stays set: every such instruction is a fault */
    has_fxsave = (features & CPUID_FXSR) != 0;
    if (has_fxsave) {
        cpu_write_cr4(cpu_read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
        state_size = FXSAVE_SIZE;
        put(0, CLEAN_CONTROL);
        put(MXCSR_AT, CLEAN_MXCSR);
    } else {
        state_size = FSAVE_SIZE;
        put(0, CLEAN_CONTROL);
        put(8, CLEAN_TAGS);
    }
    cpu_write_cr0((cpu_read_cr0() & ~CR0_EM) | CR0_TS);
}

static void save(void *state)
{
    if (has_fxsave)
        fpu_fxsave(state);
    else
        fpu_fsave(state);
}

static void load(const void *state)
{
    if (has_fxsave)
        fpu_fxrstor(state);
    else
        fpu_frstor(state);
}

bool fpu_trap(void)
{
    struct thread *thread = arch_running;

    if (state_size == 0 || !thread->process)
        return false;
    if (!thread->fpu_state)
        thread->fpu_state = trap_handlers.fpu_memory(state_size);
    if (!thread->fpu_state)
        return false;
    cpu_clear_ts();
    if (fpu_owner) {
        save(fpu_owner->fpu_state);
        fpu_owner->view &= ~VIEW_FPU;
    }
    load(thread->fpu_used ? thread->fpu_state : clean_state);
    thread->fpu_used = true;
    fpu_owner = thread;
    thread->view |= VIEW_FPU;
    return true;
}

/* Runs while another thread does: so TS is set. */
void *arch_fpu_release(struct thread *thread)
{
    if (fpu_owner == thread)
        fpu_owner = NULL;
    return thread->fpu_state;
}

/*
 * Where new threads wake: in their own address space, on their kernel stack. They complete what can
 * only be done there, then leave for their program's first instruction.
 */
#include "process_private.h"

#include <abi/errors.h>
#include <kernel/debug.h>
#include <lib/string.h>

static uint32_t machine_tick_hz;
static uint32_t machine_tsc_khz;
static phys stub_page; /* every process sees it at KERNEL_STUB_VA */

static void make_stub_page(void)
{
    stub_page = frame_take_low(FRAME_KERNEL);
    if (!stub_page)
        panic("no memory for the page of the kernel's call stub");
    arch_fill_stub_page(frame_open_zeroed(stub_page));
}

void process_set_machine(uint32_t tick_hz, uint32_t tsc_khz)
{
    make_stub_page();
    machine_tick_hz = tick_hz;
    machine_tsc_khz = tsc_khz;
}

void process_set_tsc_khz(uint32_t khz)
{
    machine_tsc_khz = khz;
}

__attribute__((noinline)) void milestone_80_first_process(void)
{
    milestone_reached(80);
}

__attribute__((noinline)) void milestone_82_first_thread(void)
{
    milestone_reached(82);
}

static int map_information(struct process *process)
{
    struct process_info *info;
    int error =
        space_add(&process->space, PROCESS_INFO_VA, PAGE_SIZE, 0, ACCESS_READ, REGION_INFO, true);

    if (error < 0)
        return error;
    info = space_open(&process->space, PROCESS_INFO_VA);
    info->pid = process->pid;
    info->parent = process->parent ? process->parent->pid : 0;
    info->mode = process->mode;
    info->tick_hz = machine_tick_hz;
    info->tsc_khz = machine_tsc_khz;
    info->rights = process->rights;
    info->program_base = process->program.base;
    info->library_base = process->program.library_base;
    arch_cpu_features(&info->cpu_features, &info->cpu_features_more);
    text_copy(info->name, process->name, NAME_MAX);
    text_copy(info->arguments, process->arguments, ARGUMENTS_MAX);
    frame_close(info);
    return 0;
}

static int map_first_stack(struct process *process, struct thread *thread)
{
    thread->stack_start = PROCESS_STACK_VA_START - PROCESS_STACK_SIZE;
    thread->stack_size = PROCESS_STACK_SIZE;
    /* Who outranks programs, as init and the shell do, must not end when these have taken all
     * memory: its stack is backed at once. */
    if (thread->mode == MODE_USER && process->priority <= PRIORITY_NORMAL)
        return space_reserve(&process->space, thread->stack_start, thread->stack_size, PAGE_SIZE,
                             REGION_STACK);
    return space_add(&process->space, thread->stack_start, thread->stack_size, PAGE_SIZE,
                     ACCESS_READ | ACCESS_WRITE, REGION_STACK, thread->mode == MODE_USER);
}

static void __attribute__((noreturn)) enter(struct thread *thread)
{
    arch_enter_program(thread->entry, thread->stack_start + thread->stack_size, thread->mode,
                       thread->eax, thread->edx);
}

void process_stub(void)
{
    struct thread *thread = sched_current();
    struct process *process = thread->process;
    int error = 0;

    program_choose_base(&process->program, (uint32_t)process->pid);
    if (process->file)
        error = program_load(process->file, &process->program, &process->space);
    if (error == 0)
        error = map_information(process);
    if (error == 0)
        error = space_add_borrowed(&process->space, KERNEL_STUB_VA, PAGE_SIZE, stub_page,
                                   ACCESS_READ | ACCESS_EXECUTE, REGION_STUB);
    if (error == 0)
        error = map_first_stack(process, thread);
    if (thread->killed)
        thread_leave(ERR_CANCELLED);
    if (error < 0) {
        log_from_thread("%s (pid %d) ended before it began: not enough memory", process->name,
                        (int)process->pid);
        process_end(ENDED_NO_MEMORY, error);
    }
    thread->entry = process->program.base + process->program.entry;
    if (process->parent == NULL)
        milestone_80_first_process();
    enter(thread);
}

void thread_stub(void)
{
    static bool reached;
    struct thread *thread = sched_current();

    if (thread->killed)
        thread_leave(ERR_CANCELLED);
    if (!reached) {
        reached = true;
        milestone_82_first_thread();
    }
    enter(thread);
}

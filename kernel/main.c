/*
 * The kernel's table of contents: what is started in which order, and who hears of what. Parts
 * below call up only through the handlers that are registered here.
 *
 * Entered from:  arch/x86/start.asm, paging on, on the boot's stack, interrupts off
 * Leaves to:     the scheduler; init's first instruction is the next thing that runs
 */
#include <abi/errors.h>
#include <boot/info.h>
#include <hw/x86.h>
#include <kernel/arch.h>
#include <kernel/boot_facts.h>
#include <kernel/console.h>
#include <kernel/debug.h>
#include <kernel/drivers.h>
#include <kernel/files.h>
#include <kernel/ipc.h>
#include <kernel/memory.h>
#include <kernel/module.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/syscall.h>
#include <lib/format.h>

#define INIT_PRIORITY      (PRIORITY_HIGHEST - 2)
#define FIRST_TICK_WINDOWS 100000000u /* bound on waiting for it; some seconds on any machine */

void kernel_main(const struct boot_info *info) __attribute__((noreturn));

extern const uint64_t boot_stamps[3]; /* start.asm */

/* boot_info's memory is given away before init starts. */
static struct boot_config config;

__attribute__((noinline)) void milestone_66_memory_ready(void)
{
    milestone_reached(66);
}

__attribute__((noinline)) void milestone_70_traps_ready(void)
{
    milestone_reached(70);
}

__attribute__((noinline)) void milestone_74_ticking(void)
{
    milestone_reached(74);
}

static void start_log(const struct boot_info *info)
{
    static const struct debug_handlers handlers = {
        .write = console_log,
        .write_panic = console_write_panic,
        .microseconds = clock_microseconds,
    };

    clock_start(info);
    screen_start(info->cursor_row, info->cursor_column);
    serial_start();
    console_start(info->log + info->log_sent, info->log_size - info->log_sent);
    debug_set_handlers(&handlers);
    milestones_start(info);
    milestone_stamp(60, boot_stamps[0]);
    milestone_stamp(62, boot_stamps[1]);
    milestone_stamp(64, boot_stamps[2]);
    log_line("kernel", "Megha, build %s", info->kernel.build_id);
}

static void start_memory(const struct boot_info *info)
{
    struct memory_info memory = {0};

    memory_start(info);
    memory_count(&memory);
    milestone_66_memory_ready();
    log_line("memory", "%u KiB of RAM, %u KiB free", memory.total * (PAGE_SIZE / 1024),
             memory.free * (PAGE_SIZE / 1024));
}

static const char *access_word(const struct trap_frame *frame, uint32_t address)
{
    if (frame->error & FAULT_WRITE)
        return "writing";
    return address == frame->eip ? "executing" : "reading";
}

static void __attribute__((noreturn))
kernel_fault(const struct trap_frame *frame, uint32_t fault_address)
{
    if (frame->vector >= VECTOR_EXCEPTIONS)
        panic_frame(frame, fault_address, "interrupts turned on in kernel code");
    if (frame->vector != VECTOR_PAGE_FAULT)
        panic_frame(frame, fault_address, "%s in the kernel", arch_exception_name(frame->vector));
    panic_frame(frame, fault_address, "page fault in the kernel %s 0x%08x",
                access_word(frame, fault_address), fault_address);
}

/* Before memory is started: that ends what stage 2 would have done about an exception. */
static void start_traps(void)
{
    static const struct trap_handlers handlers = {
        .program_fault = process_fault,
        .stack_lost = process_stack_lost,
        .kernel_fault = kernel_fault,
        .is_stack_guard = kernel_stack_is_guard,
        .page_missing = process_page_missing,
        .fpu_memory = process_fpu_memory,
        .attention = process_attention,
    };

    arch_traps_start(&handlers);
}

static bool stack_bounds(uint32_t address, uint32_t *low, uint32_t *high)
{
    return kernel_stack_bounds(address, low, high) || arch_boot_stack_bounds(address, low, high);
}

static void start_scheduler(const struct boot_info *info)
{
    static const struct debug_handlers handlers = {
        .wait_for_room = console_wait_for_room,
        .describe_current = process_describe_current,
        .stack_bounds = stack_bounds,
        .find_symbol = module_symbol,
        .program_places = process_program_places,
    };

    if (info->tsc_khz && arch_has_tsc())
        sched_start(arch_tsc_read, info->tsc_khz, clock_microseconds);
    else
        sched_start(clock_microseconds, 1000, clock_microseconds);
    ipc_start();
    debug_set_handlers(&handlers);
}

static void tick(uint64_t milliseconds)
{
    sched_tick(milliseconds);
    ipc_tick();
    serial_tick();
}

/* The interrupt itself has to arrive: a clock that only counts would leave the machine without
 * pre-emption. */
static void start_timer(const struct boot_info *info)
{
    timer_start(info, tick);
    for (uint32_t i = 0; timer_ticks() == 0; i++) {
        if (i == FIRST_TICK_WINDOWS)
            panic("the timer's interrupt (PIC line 0) never came");
        arch_interrupt_window();
    }
    milestone_74_ticking();
}

static void start_input(void)
{
    console_set_interrupt(process_interrupt);
    process_on_console_lost(console_ask_readers);
    serial_interrupts(console_key);
    if (!keyboard_start(console_keyboard_key, console_page))
        log_line("keyboard", "no PS/2 controller answers; type on the serial port");
}

static uint32_t denied_rights(const struct boot_config *given)
{
    return (given->ring0 ? 0 : RIGHT_RING0) | (given->modules ? 0 : RIGHT_MODULES) |
           (given->power ? 0 : RIGHT_POWER) | (given->kill_any ? 0 : RIGHT_KILL_ANY);
}

static void start_system_calls(const struct boot_info *info)
{
    const struct syscall_services services = {
        .console_write = console_print,
        .console_read = console_read,
        .console_look = console_look,
        .microseconds = clock_microseconds,
        .power_off = power_off,
        .power_restart = power_restart,
        .milestone = milestone_at,
        .tests_allowed = info->config.tests,
    };

    syscall_set_services(&services);
    process_deny(denied_rights(&info->config));
    process_set_machine(TICK_HZ, info->tsc_khz);
}

/* In the timer's interrupt. */
static void rate_corrected(uint32_t was, uint32_t khz)
{
    sched_set_units(khz);
    process_set_tsc_khz(khz);
    milestones_set_tsc_khz(khz);
    log_line(
        "clock",
        "the time stamp counter runs at %u kHz by the CMOS clock, not at %u as measured at the "
        "boot; the clock is right from now on%s",
        (unsigned)khz, (unsigned)was, khz > was ? ", but it is ahead" : "");
}

static const char *error_text(int error)
{
    switch (error) {
#define ERROR(value, name, text)                                                                   \
    case ERR_##name:                                                                               \
        return text;
#include <abi/errors.def>
#undef ERROR
    default:
        return "unknown error";
    }
}

/* A disk without the library is whole as long as no program on it needs it. */
static void start_library(void)
{
    int error = library_start();

    if (error < 0 && error != ERR_NOT_FOUND)
        log_line("kernel",
                 LIBRARY_PATH " cannot be used: %s. Copy it onto the stick again; until then, "
                              "position-independent programs do not start.",
                 error_text(error));
}

static void start_init(void)
{
    static char arguments[ARGUMENTS_MAX];
    const struct process_order order = {
        .path = config.init,
        .arguments = arguments,
        .priority = INIT_PRIORITY,
        .mode = MODE_USER,
    };
    int result;

    format_text(arguments, sizeof(arguments), "%s \"services=%s\" \"restart=%s\"",
                config.selftest ? "selftest" : "", config.services, config.restart);
    result = process_create(&order, NULL);

    if (result < 0)
        log_line("kernel",
                 "%s cannot be started: %s. Copy it onto the stick again, or name another program "
                 "in /boot/boot.cfg (init = PATH), and restart the machine.",
                 config.init, error_text(result));
}

/* Nothing of the first flow of control is given back: its stack is part of the kernel's image. */
static void bury_first_thread(struct thread *thread)
{
    (void)thread;
}

void kernel_main(const struct boot_info *info)
{
    arch_start();
    start_log(info);
    start_traps();
    start_memory(info);
    milestone_70_traps_ready();
    start_scheduler(info);
    start_timer(info);
    start_input();
    start_system_calls(info);
    clock_check_start(rate_corrected);
    files_start(info);
    boot_facts_start(info);
    config = info->config;
    arch_drop_low_mapping();
    memory_release_loader();
    start_library();
    start_init();
    sched_end(bury_first_thread);
}

/*
 * What apps/bench measures, the Linux way: the first program of a Linux for i386, without a C
 * library. It prints rows as apps/bench does, by the same names, then switches the machine off.
 */
#include "system.h"

#define SAMPLES_MAX 1000
#define COPY_SIZE   1024
#define PAGES       200 /* to touch */

static uint32_t time_stamp(void)
{
    uint32_t low;

    __asm__ volatile("rdtsc" : "=a"(low) : : "edx", "memory");
    return low;
}

/* ---- Measuring --------------------------------------------------------------------------- */

static uint32_t samples[SAMPLES_MAX];

static void __attribute__((noinline)) nothing(void)
{
    __asm__ volatile("");
}

static void take_samples(void (*operation)(void), uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t start = time_stamp();

        operation();
        samples[i] = time_stamp() - start;
    }
    for (uint32_t i = 1; i < count; i++) {
        uint32_t value = samples[i], at = i;

        for (; at > 0 && samples[at - 1] > value; at--)
            samples[at] = samples[at - 1];
        samples[at] = value;
    }
}

static void row(const char *name, void (*operation)(void), uint32_t count, uint32_t parts)
{
    uint32_t empty;

    take_samples(nothing, count);
    empty = samples[0];
    take_samples(operation, count);
    print("row:");
    print(name);
    print(":");
    print_number((samples[count / 2] - empty + parts - 1) / parts);
    print_number((samples[0] - empty + parts - 1) / parts);
    print_number((samples[count - 1] - empty + parts - 1) / parts);
    print("\n");
}

/* ---- Calls ------------------------------------------------------------------------------- */

static void null_interrupt(void)
{
    call(CALL_getppid, 0, 0, 0, 0, 0);
}

static void null_sysenter(void)
{
    long result;

    __asm__ volatile("call *%1"
                     : "=a"(result)
                     : "r"(stub_address), "0"(CALL_getppid)
                     : "memory", "ecx", "edx");
}

static void measure_calls(void)
{
    row("null call int 0x80", null_interrupt, 1000, 1);
    if (stub_address)
        row("null call sysenter", null_sysenter, 1000, 1);
}

/* ---- Switches ---------------------------------------------------------------------------- */

static volatile uint32_t partner_wanted;

static void yield(void)
{
    call(CALL_sched_yield, 0, 0, 0, 0, 0);
}

static void yield_for_long(void)
{
    while (partner_wanted)
        yield();
}

static void schedule(long policy)
{
    int priority = policy == SCHED_FIFO;

    need(call(CALL_sched_setscheduler, 0, policy, (long)&priority, 0, 0), "sched_setscheduler");
}

/* First come, first served: each yield goes to the partner, as in Megha. The usual scheduler would
 * let the same one go on now and then. */
static void measure_switches(void)
{
    long pid;

    schedule(SCHED_FIFO);
    partner_wanted = 1;
    pid = process_start();
    while (pid == 0)
        yield();
    row("switch across spaces", yield, 1000, 2);
    process_end(pid);
    thread_start(yield_for_long);
    row("switch within a process", yield, 1000, 2);
    partner_wanted = 0;
    thread_join();
    schedule(SCHED_OTHER);
}

/* ---- Messages and events ----------------------------------------------------------------- */

static char buffer[PAGE_SIZE];
static int to_partner[2], from_partner[2];
static int event_out, event_back;
static uint32_t message_size;

static void transfer(long number, int end)
{
    for (uint32_t done = 0; done < message_size;)
        done += (uint32_t)need(
            call(number, end, (long)(buffer + done), (long)(message_size - done), 0, 0), "a pipe");
}

static void round_trip(void)
{
    transfer(CALL_write, to_partner[1]);
    transfer(CALL_read, from_partner[0]);
}

static void measure_message(const char *name, uint32_t size)
{
    long pid;

    message_size = size;
    pid = process_start();
    while (pid == 0) {
        transfer(CALL_read, to_partner[0]);
        transfer(CALL_write, from_partner[1]);
    }
    row(name, round_trip, 300, 1);
    process_end(pid);
}

static void measure_messages(void)
{
    need(call(CALL_pipe, (long)to_partner, 0, 0, 0, 0), "pipe");
    need(call(CALL_pipe, (long)from_partner, 0, 0, 0, 0), "pipe");
    measure_message("message round trip", 1);
    measure_message("message round trip of 16 bytes", 16);
    measure_message("message round trip of 4096 bytes", PAGE_SIZE);
}

static void give_event(int descriptor)
{
    uint64_t one = 1;

    need(call(CALL_write, descriptor, (long)&one, sizeof(one), 0, 0), "eventfd");
}

static void take_event(int descriptor)
{
    uint64_t count;

    need(call(CALL_read, descriptor, (long)&count, sizeof(count), 0, 0), "eventfd");
}

static void send_and_take_event(void)
{
    give_event(event_out);
    take_event(event_out);
}

static void wake_and_be_woken(void)
{
    give_event(event_out);
    take_event(event_back);
}

static void measure_events(void)
{
    long pid;

    event_out = (int)need(call(CALL_eventfd2, 0, 0, 0, 0, 0), "eventfd2");
    event_back = (int)need(call(CALL_eventfd2, 0, 0, 0, 0, 0), "eventfd2");
    row("event send..take", send_and_take_event, 300, 1);
    pid = process_start();
    while (pid == 0) {
        take_event(event_out);
        give_event(event_back);
    }
    row("event wake and wake back", wake_and_be_woken, 300, 1);
    process_end(pid);
}

/* ---- Memory, files, time ----------------------------------------------------------------- */

static char *next_page;
static int file;

static char *map(uint32_t size)
{
    long address = call(CALL_mmap2, 0, (long)size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1);

    need(address >= -PAGE_SIZE && address < 0 ? -1 : 0, "mmap2");
    return (char *)address;
}

static void touch_page(void)
{
    *(volatile char *)next_page = 1;
    next_page += PAGE_SIZE;
}

/* Touched, since memory_map gives pages that are there. To have Linux populate them costs more. */
static void map_and_unmap(void)
{
    char *page = map(PAGE_SIZE);

    *(volatile char *)page = 1;
    need(call(CALL_munmap, (long)page, PAGE_SIZE, 0, 0, 0), "munmap");
}

static void copy_to_user(void)
{
    need(call(CALL_pread64, file, (long)buffer, COPY_SIZE, 0, 0), "pread64");
}

static void sleep_5_ms(void)
{
    long time[2] = {0, 5000000};

    need(call(CALL_nanosleep, (long)time, 0, 0, 0, 0), "nanosleep");
}

static void measure_memory(void)
{
    next_page = map(PAGES * PAGE_SIZE);
    row("page fault", touch_page, PAGES, 1);
    row("page map..unmap", map_and_unmap, 300, 1);
    file = (int)need(call(CALL_open, (long)"/init", 0, 0, 0, 0), "open");
    row("copy of 1 KiB to a program", copy_to_user, 300, 1);
    row("sleep of 5 ms", sleep_5_ms, 50, 1);
}

/* ---- Life and death ---------------------------------------------------------------------- */

static void live_a_thread(void)
{
    thread_start(nothing);
    thread_join();
}

static void live_a_process(void)
{
    static char tiny[] = "/tiny";

    process_live(tiny);
}

static void measure_lives(void)
{
    row("thread create..join", live_a_thread, 300, 1);
    row("process create..wait", live_a_process, 200, 1);
}

void measure_all(void)
{
    print_version();
    measure_calls();
    measure_switches();
    measure_messages();
    measure_events();
    measure_memory();
    measure_lives();
    print("end:\n");
    switch_off();
}

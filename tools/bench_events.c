/*
 * A plugin of QEMU's emulator: counts what instruction counts hide, for each row of apps/bench.
 *
 *   gcc -O2 -shared -fPIC -DPLUGIN_VERSION=1 -o bench_events.so tools/bench_events.c
 *   qemu-system-i386 -icount shift=0,sleep=off -plugin ./bench_events.so,report=FILE ...
 *
 * The program marks what it measures by `test eax, MARK + n`, an instruction that changes nothing
 * but flags: n is 0 where a row begins whose samples each measure one operation, 3 where they
 * measure two, 1 and 2 around each sample, 4 where the row ends. The report has a line for each
 * row, in their order: the medians of the samples' counts, for one operation, in the order of `enum
 * event`.
 *
 * A crossing is a pass from the program's addresses to the kernel's or back. For a thread in ring 0
 * that is no change of ring; the kernel's way there is the same. An access to a device's memory is
 * counted once an instruction and element; so is one to a port.
 */
#include "qemu_plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KERNEL_BASE 0xC0000000u
#define MARK        0x4D454700u
#define SAMPLES_MAX 1000
#define ROWS_MAX    256

enum event { CROSSING, CR3_LOAD, INVLPG, PORT, DEVICE_MEMORY, EVENTS };

static const char *report_path;
static struct qemu_plugin_info qemu;
static uint32_t counts[EVENTS];
static bool in_kernel, in_row;

static uint32_t samples[EVENTS][SAMPLES_MAX];
static uint32_t sample_count, row_count;
static double medians[ROWS_MAX][EVENTS];
static uint32_t parts; /* operations of a sample */

static int by_value(const void *a, const void *b)
{
    const uint32_t *left = a, *right = b;

    return *left < *right ? -1 : *left > *right;
}

static void row_ended(void)
{
    for (int event = 0; event < EVENTS && row_count && sample_count; event++) {
        qsort(samples[event], sample_count, sizeof(samples[event][0]), by_value);
        medians[row_count - 1][event] = (double)samples[event][sample_count / 2] / parts;
    }
    sample_count = 0;
    in_row = false;
}

static void row_begins(uint32_t its_parts)
{
    row_ended();
    parts = its_parts;
    in_row = true;
    if (row_count < ROWS_MAX)
        row_count++;
}

static void row_of_one_begins(unsigned processor, void *data)
{
    (void)processor;
    (void)data;
    row_begins(1);
}

static void row_of_two_begins(unsigned processor, void *data)
{
    (void)processor;
    (void)data;
    row_begins(2);
}

static void row_is_over(unsigned processor, void *data)
{
    (void)processor;
    (void)data;
    row_ended();
}

static void sample_begins(unsigned processor, void *data)
{
    (void)processor;
    (void)data;
    memset(counts, 0, sizeof(counts));
}

static void sample_ends(unsigned processor, void *data)
{
    (void)processor;
    (void)data;
    if (!in_row || sample_count == SAMPLES_MAX)
        return;
    for (int event = 0; event < EVENTS; event++)
        samples[event][sample_count] = counts[event];
    sample_count++;
}

static void happened(unsigned processor, void *event)
{
    (void)processor;
    counts[(uintptr_t)event]++;
}

static void memory_accessed(unsigned processor, memory_info info, uint64_t address, void *data)
{
    const struct qemu_plugin_hwaddr *place = qemu_plugin_get_hwaddr(info, address);

    (void)processor;
    (void)data;
    if (place && qemu_plugin_hwaddr_is_io(place))
        counts[DEVICE_MEMORY]++;
}

static void block_runs(unsigned processor, void *of_kernel)
{
    (void)processor;
    if (in_kernel != !!of_kernel)
        counts[CROSSING]++;
    in_kernel = !!of_kernel;
}

static bool is_prefix(uint8_t byte)
{
    return byte == 0x66 || byte == 0xF2 || byte == 0xF3 || byte == 0x2E || byte == 0x3E;
}

/* What the instruction is, or EVENTS for nothing that counts. */
static enum event event_of(const uint8_t *code, size_t size)
{
    while (size > 1 && is_prefix(*code))
        code++, size--;
    if (size >= 3 && code[0] == 0x0F && code[1] == 0x22 && (code[2] >> 3 & 7) == 3)
        return CR3_LOAD;
    if (size >= 3 && code[0] == 0x0F && code[1] == 0x01 && (code[2] >> 3 & 7) == 7 &&
        code[2] < 0xC0)
        return INVLPG;
    /* IN and OUT with a number, with DX, and of strings. */
    if ((*code & 0xFC) == 0xE4 || (*code & 0xFC) == 0xEC || (*code & 0xFC) == 0x6C)
        return PORT;
    return EVENTS;
}

static executed *mark_of(const uint8_t *code, size_t size)
{
    static executed *const marks[] = {row_of_one_begins, sample_begins, sample_ends,
                                      row_of_two_begins, row_is_over};
    uint32_t value;

    if (size != 5 || *code != 0xA9)
        return NULL;
    memcpy(&value, code + 1, sizeof(value));
    return value - MARK < sizeof(marks) / sizeof(marks[0]) ? marks[value - MARK] : NULL;
}

static void translated(struct qemu_plugin_tb *block)
{
    uint32_t start = (uint32_t)qemu_plugin_tb_vaddr(block);
    uintptr_t of_kernel = start >= KERNEL_BASE;

    qemu_plugin_register_vcpu_tb_exec_cb(block, block_runs, CALLBACK_READS_NO_REGISTERS,
                                         (void *)of_kernel);
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        uint8_t buffer[INSN_SIZE];
        const uint8_t *code = insn_bytes(instruction, &qemu, buffer);
        size_t size = qemu_plugin_insn_size(instruction);
        enum event event = event_of(code, size);
        executed *mark = mark_of(code, size);

        if (mark)
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, mark, CALLBACK_READS_NO_REGISTERS,
                                                   NULL);
        else if (event != EVENTS)
            qemu_plugin_register_vcpu_insn_exec_cb(
                instruction, happened, CALLBACK_READS_NO_REGISTERS, (void *)(uintptr_t)event);
        qemu_plugin_register_vcpu_mem_cb(instruction, memory_accessed, CALLBACK_READS_NO_REGISTERS,
                                         READS_AND_WRITES, NULL);
    }
}

static void ended(void)
{
    FILE *report = fopen(report_path, "w");

    row_ended();
    if (!report)
        return;
    for (uint32_t row = 0; row < row_count; row++)
        for (int event = 0; event < EVENTS; event++)
            fprintf(report, "%g%c", medians[row][event], event < EVENTS - 1 ? ' ' : '\n');
    fclose(report);
}

EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_plugin_info *info, int count,
                               char **arguments)
{
    qemu = *info;
    if (count != 1 || strncmp(arguments[0], "report=", 7) != 0)
        return -1;
    report_path = strdup(arguments[0] + 7);
    if (!report_path)
        return -1;
    watch(id);
    return 0;
}

/*
 * A plugin of QEMU's emulator: finds the longest stretch that the kernel ran with interrupts off,
 * in instructions, from the first program's first instruction to the end of the machine.
 *
 *   gcc -O2 -shared -fPIC -o interrupts_off.so tools/interrupts_off.c
 *   qemu-system-i386 -icount shift=0,sleep=off -plugin ./interrupts_off.so,report=FILE ...
 *
 * The report's first line is the length of the longest stretch; then each address that it ran
 * through, and how often.
 *
 * Interrupts are off in the kernel but between STI and CLI: so a stretch begins with the first
 * instruction above KERNEL_BASE, or with CLI, and ends before the first one below, or with STI. A
 * repeated string instruction counts once a repetition, as the machine's own count does.
 *
 * QEMU's packages have no header of the plugin interface: what is used of version 1 is declared
 * here.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT      __attribute__((visibility("default")))
#define USER_START  0x00400000u /* the loader and the kernel's first steps run below */
#define FIRMWARE    0xFFFC0000u /* the BIOS, before it moves itself into RAM */
#define KERNEL_BASE 0xC0000000u
#define OPCODE_CLI  0xFA
#define OPCODE_STI  0xFB
#define PATH_LIMIT  1000000 /* of a longer stretch the end is not in the report's addresses */

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { CALLBACK_READS_NO_REGISTERS = 0 };
typedef void executed(unsigned processor, void *data);

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id,
                                                  void (*)(plugin_id, struct qemu_plugin_tb *));
extern void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, executed *, int,
                                                   void *);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);

EXPORT int qemu_plugin_version = 1;

static const char *report_path;
static int kernel_ran, booted; /* once the kernel has run, whatever is below it is a program */

/* The present stretch, and the longest so far. */
static uint32_t *path, *longest_path;
static uint64_t length, longest;

static void stretch_ended(void)
{
    if (length > longest) {
        uint32_t *free_path = longest_path;

        longest = length;
        longest_path = path;
        path = free_path;
    }
    length = 0;
}

static void in_program(unsigned processor, void *data)
{
    (void)processor;
    (void)data;
    booted = kernel_ran;
    stretch_ended();
}

static void in_kernel(unsigned processor, void *data)
{
    (void)processor;
    kernel_ran = 1;
    if (!booted)
        return;
    if (length < PATH_LIMIT)
        path[length] = (uint32_t)(uintptr_t)data;
    length++;
}

static void at_edge(unsigned processor, void *data)
{
    in_kernel(processor, data);
    stretch_ended();
}

static int is_edge(const struct qemu_plugin_insn *instruction)
{
    const uint8_t *code = qemu_plugin_insn_data(instruction);

    return qemu_plugin_insn_size(instruction) == 1 && (*code == OPCODE_CLI || *code == OPCODE_STI);
}

static void translated(plugin_id id, struct qemu_plugin_tb *block)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        uint32_t address = (uint32_t)qemu_plugin_insn_vaddr(instruction);
        executed *called = is_edge(instruction) ? at_edge : in_kernel;

        if (address < USER_START || address >= FIRMWARE)
            break;
        if (address < KERNEL_BASE)
            called = in_program;
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, called, CALLBACK_READS_NO_REGISTERS,
                                               (void *)(uintptr_t)address);
        if (address < KERNEL_BASE)
            break; /* the rest of the block changes nothing */
    }
}

static int by_address(const void *a, const void *b)
{
    const uint32_t *left = a, *right = b;

    return *left < *right ? -1 : *left > *right;
}

static void ended(plugin_id id, void *data)
{
    uint64_t known = longest < PATH_LIMIT ? longest : PATH_LIMIT;
    FILE *report = fopen(report_path, "w");

    (void)id;
    (void)data;
    if (!report)
        return;
    fprintf(report, "%llu\n", (unsigned long long)longest);
    qsort(longest_path, known, sizeof(*longest_path), by_address);
    for (uint64_t i = 0, next; i < known; i = next) {
        for (next = i; next < known && longest_path[next] == longest_path[i];)
            next++;
        fprintf(report, "%08x %llu\n", longest_path[i], (unsigned long long)(next - i));
    }
    fclose(report);
}

EXPORT int qemu_plugin_install(plugin_id id, const void *info, int count, char **arguments)
{
    (void)info;
    if (count != 1 || strncmp(arguments[0], "report=", 7) != 0)
        return -1;
    report_path = strdup(arguments[0] + 7);
    path = malloc(PATH_LIMIT * sizeof(*path));
    longest_path = malloc(PATH_LIMIT * sizeof(*path));
    if (!report_path || !path || !longest_path)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}

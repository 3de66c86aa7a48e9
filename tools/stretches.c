/*
 * A plugin of QEMU's emulator: finds the two longest stretches of the kernel, in instructions, from
 * the first program's first instruction to the end of the machine: with interrupts off, and without
 * a point where a thread of higher priority gets the CPU.
 *
 *   gcc -O2 -shared -fPIC -DPLUGIN_VERSION=1 -o stretches.so tools/stretches.c
 *   qemu-system-i386 -icount shift=0,sleep=off -plugin \
 *       ./stretches.so,report=FILE,point=START-END,point=START-END ...
 *
 * For each of the two, the report has a line with the name of the stretch and its length, and then
 * a line for each address that it ran through, and how often.
 *
 * Interrupts are off in the kernel but between STI and CLI: so a stretch without them begins with
 * the first instruction above KERNEL_BASE, or with CLI, and ends before the first one below, or
 * with STI. A stretch of the other kind includes the interrupts in between: it ends at an
 * instruction of a program, or inside one of the ranges that `point` names: the functions of the
 * kernel where a thread of higher priority gets the CPU. A repeated string instruction counts once
 * a repetition, as the machine's own count does.
 */
#include "qemu_plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USER_START  0x00400000u /* the loader and the kernel's first steps run below */
#define FIRMWARE    0xFFFC0000u /* the BIOS, before it moves itself into RAM */
#define KERNEL_BASE 0xC0000000u
#define OPCODE_CLI  0xFA
#define OPCODE_STI  0xFB
#define OPCODE_IRET 0xCF
#define PATH_LIMIT  1000000 /* of a longer stretch the end is not in the report's addresses */
#define POINTS_MAX  8

static struct qemu_plugin_info qemu;

/* The present stretch of a kind, and the longest so far. */
static struct stretch {
    const char *name;
    uint32_t *path, *longest_path;
    uint64_t length, longest;
} interrupts_off = {.name = "interrupts-off"}, without_point = {.name = "without-point"};

static struct point {
    uint32_t start, end;
} points[POINTS_MAX];
static unsigned point_count;

static const char *report_path;
static bool kernel_ran, booted; /* once the kernel has run, whatever is below it is a program */

static void end_stretch(struct stretch *stretch)
{
    if (stretch->length > stretch->longest) {
        uint32_t *free_path = stretch->longest_path;

        stretch->longest = stretch->length;
        stretch->longest_path = stretch->path;
        stretch->path = free_path;
    }
    stretch->length = 0;
}

static void lengthen(struct stretch *stretch, void *address)
{
    if (stretch->length < PATH_LIMIT)
        stretch->path[stretch->length] = (uint32_t)(uintptr_t)address;
    stretch->length++;
}

static void in_program(unsigned processor, void *data)
{
    (void)processor;
    (void)data;
    booted = kernel_ran;
    end_stretch(&interrupts_off);
    end_stretch(&without_point);
}

static void in_kernel(unsigned processor, void *address)
{
    (void)processor;
    kernel_ran = true;
    if (!booted)
        return;
    lengthen(&interrupts_off, address);
    lengthen(&without_point, address);
}

static void at_interrupts_edge(unsigned processor, void *address)
{
    in_kernel(processor, address);
    end_stretch(&interrupts_off);
}

static void at_point(unsigned processor, void *address)
{
    in_kernel(processor, address);
    end_stretch(&without_point);
}

static bool is_interrupts_edge(const struct qemu_plugin_insn *instruction)
{
    uint8_t buffer[INSN_SIZE];
    const uint8_t *code = insn_bytes(instruction, &qemu, buffer);

    return qemu_plugin_insn_size(instruction) == 1 &&
           (*code == OPCODE_CLI || *code == OPCODE_STI || *code == OPCODE_IRET);
}

static bool is_point(uint32_t address)
{
    for (unsigned i = 0; i < point_count; i++)
        if (address >= points[i].start && address < points[i].end)
            return true;
    return false;
}

static executed *callback_of(const struct qemu_plugin_insn *instruction, uint32_t address)
{
    if (address < KERNEL_BASE)
        return in_program;
    if (is_interrupts_edge(instruction))
        return at_interrupts_edge;
    return is_point(address) ? at_point : in_kernel;
}

static void translated(struct qemu_plugin_tb *block)
{
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        uint32_t address = (uint32_t)qemu_plugin_insn_vaddr(instruction);

        if (address < USER_START || address >= FIRMWARE)
            break;
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, callback_of(instruction, address),
                                               CALLBACK_READS_NO_REGISTERS,
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

static void tell(FILE *report, const struct stretch *stretch)
{
    uint32_t *path = stretch->longest_path;
    uint64_t known = stretch->longest < PATH_LIMIT ? stretch->longest : PATH_LIMIT;

    fprintf(report, "%s %llu\n", stretch->name, (unsigned long long)stretch->longest);
    qsort(path, known, sizeof(*path), by_address);
    for (uint64_t i = 0, next; i < known; i = next) {
        for (next = i; next < known && path[next] == path[i];)
            next++;
        fprintf(report, "%08x %llu\n", path[i], (unsigned long long)(next - i));
    }
}

static void ended(void)
{
    FILE *report = fopen(report_path, "w");

    if (!report)
        return;
    tell(report, &interrupts_off);
    tell(report, &without_point);
    fclose(report);
}

static bool take_argument(const char *argument)
{
    struct point *point = &points[point_count];

    if (strncmp(argument, "report=", 7) == 0)
        return (report_path = strdup(argument + 7)) != NULL;
    if (point_count == POINTS_MAX ||
        sscanf(argument, "point=%x-%x", &point->start, &point->end) != 2)
        return false;
    point_count++;
    return true;
}

static bool make_paths(struct stretch *stretch)
{
    stretch->path = malloc(PATH_LIMIT * sizeof(*stretch->path));
    stretch->longest_path = malloc(PATH_LIMIT * sizeof(*stretch->longest_path));
    return stretch->path && stretch->longest_path;
}

EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_plugin_info *info, int count,
                               char **arguments)
{
    qemu = *info;
    for (int i = 0; i < count; i++)
        if (!take_argument(arguments[i]))
            return -1;
    if (!report_path || !make_paths(&interrupts_off) || !make_paths(&without_point))
        return -1;
    watch(id);
    return 0;
}

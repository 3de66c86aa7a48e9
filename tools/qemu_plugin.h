/*
 * What the plugins of `bench` use of QEMU's interface for plugins. QEMU's packages have no header
 * of it: this declares what is used, of every version of the interface from 1 on.
 *
 * PLUGIN_VERSION is the version that the plugin asks for; tools/bench.py takes one that the QEMU at
 * hand accepts. Tried are 1 (QEMU 7.2), 2 (QEMU 10.0) and 7 (QEMU 11.1).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT    __attribute__((visibility("default")))
#define INSN_SIZE 16 /* bytes that the longest instruction fits in */

typedef uint64_t plugin_id;
typedef uint32_t memory_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;
enum { CALLBACK_READS_NO_REGISTERS = 0, READS_AND_WRITES = 3 };
typedef void executed(unsigned processor, void *data);
typedef void accessed(unsigned processor, memory_info info, uint64_t address, void *data);

/* Of what QEMU tells a plugin at its start, the beginning: the rest is not used. */
struct qemu_plugin_info {
    const char *target;
    struct {
        int least, current; /* versions of the interface */
    } version;
};

extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, executed *, int, void *);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, executed *, int,
                                                   void *);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *, accessed *, int, int,
                                             void *);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
extern const void *
insn_data_until_2(const struct qemu_plugin_insn *) __asm__("qemu_plugin_insn_data");
extern size_t insn_data_since_3(const struct qemu_plugin_insn *, void *,
                                size_t) __asm__("qemu_plugin_insn_data");
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
extern struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(memory_info, uint64_t);
extern bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *);

EXPORT int qemu_plugin_version = PLUGIN_VERSION;

/* What a plugin has to have: it is called with each block that is translated, and at the end. */
static void translated(struct qemu_plugin_tb *block);
static void ended(void);

#if PLUGIN_VERSION < 7
static void call_translated(plugin_id id, struct qemu_plugin_tb *block)
{
    (void)id;
    translated(block);
}

static void call_ended(plugin_id id, void *data)
{
    (void)id;
    (void)data;
    ended();
}

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id,
                                                  void (*)(plugin_id, struct qemu_plugin_tb *));
extern void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);
#define CALL_WITH
#else
static void call_translated(struct qemu_plugin_tb *block, void *data)
{
    (void)data;
    translated(block);
}

static void call_ended(void *data)
{
    (void)data;
    ended();
}

extern void
qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(struct qemu_plugin_tb *, void *), void *);
extern void qemu_plugin_register_atexit_cb(plugin_id, void (*)(void *), void *);
#define CALL_WITH , NULL
#endif

static void watch(plugin_id id)
{
    qemu_plugin_register_vcpu_tb_trans_cb(id, call_translated CALL_WITH);
    qemu_plugin_register_atexit_cb(id, call_ended, NULL);
}

/*
 * The bytes of an instruction; `buffer` may hold them. Up to version 2 QEMU returned where they
 * lie, since then it copies them, whatever version the plugin asked for.
 */
static const uint8_t *insn_bytes(const struct qemu_plugin_insn *instruction,
                                 const struct qemu_plugin_info *qemu, uint8_t buffer[INSN_SIZE])
{
    if (qemu->version.current < 3)
        return insn_data_until_2(instruction);
    insn_data_since_3(instruction, buffer, INSN_SIZE);
    return buffer;
}

/*
 * What Megha offers to a program beyond ISO C: its system calls, errors, threads and files.
 *
 * The system calls are declared from abi/syscalls.def; docs/syscalls.md describes them. A result
 * from -4095 to -1 is an error, one of ERR_....
 */
#ifndef MEGHA_H
#define MEGHA_H

#include <abi/errors.h>
#include <abi/layout.h>
#include <abi/types.h>
#include <stddef.h>
#include <stdint.h>

/* CALL_thread_yield and so on: what EAX holds at int 0x80. */
enum {
#define SYSCALL(number, name, result, count, parameters, text) CALL_##name = (number),
#include <abi/syscalls.def>
#undef SYSCALL
};

#define USER(type)                                             type *
#define SYSCALL(number, name, result, count, parameters, text) result name parameters;
#include <abi/syscalls.def>
#undef SYSCALL
#undef USER

/*
 * Declares, once in a program and outside functions, the rights that it wants (RIGHT_...): an ELF
 * note in its file. Without it a program gets none.
 */
#define PROGRAM_RIGHTS(wanted)                                                                     \
    static const struct {                                                                          \
        uint32_t name_size, value_size, type;                                                      \
        char name[8];                                                                              \
        uint32_t rights;                                                                           \
    } program_rights __attribute__((used, section(".note.megha"), aligned(4))) = {                 \
        sizeof(RIGHTS_NOTE_NAME), sizeof(uint32_t), RIGHTS_NOTE_TYPE, RIGHTS_NOTE_NAME, wanted}

/* Whether the result of memory_map, which is an address, is an error instead. */
static inline int address_is_error(uint32_t address)
{
    return address >= (uint32_t)ERR_LARGEST;
}

/* The sentence for an error, "not enough memory"; the sign does not matter. Never NULL. */
const char *error_text(int error);

/* Its name, "NO_MEMORY". Never NULL. */
const char *error_name(int error);

/* The page that tells a process who it is and what it was given. */
static inline const struct process_info *process_self(void)
{
    return (const struct process_info *)PROCESS_INFO_VA;
}

/* Whether this process was started by one of the same program: a program that plays several parts
 * tells the words of its own first process from those that somebody typed. */
int process_is_own_child(void);

/* The ring that this thread runs in, as the CPU says: 0 or 3. */
static inline unsigned int ring_now(void)
{
    unsigned int selector;
    __asm__ volatile("mov %%cs, %0" : "=r"(selector));
    return selector & 3;
}

/*
 * Starts a thread that calls function(argument) and ends with its result. `mode` is MODE_USER or
 * MODE_KERNEL, `stack_size` lies between STACK_SIZE_MIN and STACK_SIZE_MAX. Returns the thread's id
 * or an error.
 */
int thread_start(int (*function)(void *argument), void *argument, uint32_t stack_size,
                 uint32_t mode);

/*
 * Does a message call (CALL_message_call, ..._receive, ..._reply_receive and so on) with `words`
 * in its registers and puts the words that came back in their place. `number` is a port or a
 * caller, as the call wants. Returns what the call returns.
 */
int32_t message_exchange(uint32_t call, int32_t number, uint32_t words[MESSAGE_WORDS],
                         struct message_options *options);

/* Reads a whole file into new memory, which free() gives back, with a zero byte behind it. Stores
 * its size; returns 0 or an error. */
int file_load(const char *path, char **contents, uint32_t *size);

/* Writes all the bytes, however often the kernel has to be asked. Returns 0 or an error. */
int console_write_all(const char *text, uint32_t size);

/*
 * From start to stop, text of this process that is longer than the PC's screen waits for a key at
 * the end of each page, but only where the line that was read last was typed at the PC's keyboard:
 * a terminal on the serial port keeps what has left its screen, and nothing ever waits for it. `q`
 * leaves out the rest. For one thread.
 */
void page_output_start(void);
void page_output_stop(void);

#endif

/* System calls as a hostile program sees them: what each argument is, bad values for it, and two
 * ways to call. */
#ifndef HOSTILE_FUZZ_H
#define HOSTILE_FUZZ_H

#include <megha.h>
#include <stdbool.h>

#define FUZZ_ARGUMENTS 5

enum fuzz_kind {
    FUZZ_VALUE,
    FUZZ_TIME, /* milliseconds to wait */
    FUZZ_TEXT, /* a pointer to text */
    FUZZ_IN,   /* a pointer that the kernel reads */
    FUZZ_OUT   /* a pointer that the kernel writes, and may read before */
};

/* A call of include/abi/syscalls.def; the table is made from there. */
struct fuzz_call {
    const char *name;
    uint32_t number;
    uint32_t count;
    struct {
        uint32_t kind;
        uint32_t size; /* of what it points to */
    } arguments[FUZZ_ARGUMENTS];
};

extern const struct fuzz_call fuzz_calls[];
extern const uint32_t fuzz_call_count;

static inline bool fuzz_is_pointer(const struct fuzz_call *call, uint32_t argument)
{
    return call->arguments[argument].kind >= FUZZ_TEXT;
}

/* Calls the kernel by int 0x80, or by its stub page. Returns EAX. */
int32_t fuzz_by_interrupt(uint32_t number, const uint32_t *arguments);
int32_t fuzz_by_stub(uint32_t number, const uint32_t *arguments);

/* ---- Bad pointers -----------------------------------------------------------------------------
 */

/* When an address is bad. */
enum fuzz_when {
    BAD_ALWAYS,
    BAD_LARGE, /* for more than a byte, and for text */
    BAD_WRITE, /* where the kernel writes */
    BAD_OPTION /* NULL, which some calls take as "nothing" */
};

struct fuzz_pointer {
    const char *name;
    uint32_t address;
    uint32_t when; /* enum fuzz_when */
};

#define FUZZ_POINTERS_MAX 24

/* Bytes that BAD_LARGE addresses have before the end of what is mapped; no structure is so small.
 */
#define FUZZ_EDGE 4

/* Finds or makes the places and writes them into `pointers`; returns how many. Starts a ring-0
 * thread for its stack. */
uint32_t fuzz_bad_pointers(struct fuzz_pointer *pointers);

/* Good memory of a page, zeroed at the start, and the path of this program. */
extern char fuzz_page[PAGE_SIZE];
extern const char fuzz_path[];

/* The next number of a series that `state` (not 0) determines. */
uint32_t fuzz_random(uint32_t *state);

/* The parts of this program: they return its exit status. */
int fuzz_pointers(void);
int fuzz_pointer_child(char **words);
int fuzz_series(uint32_t seed, uint32_t calls);
int fuzz_series_child(char **words);

#endif

/* Memory from the kernel and from malloc: it is zeroed, apart, has its rights, and comes back. */
#include <megha.h>
#include <megha/check.h>
#include <stdlib.h>
#include <string.h>

#define RW     (ACCESS_READ | ACCESS_WRITE)
#define PAGES  16
#define SLOTS  64
#define STEPS  5000
#define CYCLES 300

static bool is_filled(const volatile unsigned char *memory, size_t size, unsigned char byte)
{
    for (size_t i = 0; i < size; i++) {
        if (memory[i] != byte)
            return false;
    }
    return true;
}

static void check_map(void)
{
    uint32_t one = memory_map(PAGES * PAGE_SIZE, RW);
    uint32_t two = memory_map(1, RW);
    check(!address_is_error(one) && one % PAGE_SIZE == 0 && one >= USER_START,
          "mapped memory begins at a page of user space");
    check(is_filled((unsigned char *)one, PAGES * PAGE_SIZE, 0), "it is zeroed");
    check(!address_is_error(two) && is_filled((unsigned char *)two, PAGE_SIZE, 0),
          "a size is rounded up to a page");
    check(two + PAGE_SIZE <= one || two >= one + PAGES * PAGE_SIZE, "two mappings are apart");
    memset((void *)one, 0xAA, PAGES * PAGE_SIZE);
    check_error(memory_unmap(one + PAGE_SIZE, PAGE_SIZE), 0, "a page out of the middle goes back");
    check(is_filled((unsigned char *)one, PAGE_SIZE, 0xAA) &&
              is_filled((unsigned char *)one + 2 * PAGE_SIZE, (PAGES - 2) * PAGE_SIZE, 0xAA),
          "and the rest keeps its contents");
    check_error(memory_unmap(one, PAGES * PAGE_SIZE), ERR_INVALID,
                "a range with a hole is refused");
    check(is_filled((unsigned char *)one, PAGE_SIZE, 0xAA), "and nothing of it is unmapped");
    check_error(memory_unmap(one, PAGE_SIZE), 0, "the first piece goes back");
    check_error(memory_unmap(one + 2 * PAGE_SIZE, (PAGES - 2) * PAGE_SIZE), 0,
                "the last piece goes back");
    check_error(memory_unmap(two, PAGE_SIZE), 0, "the other mapping goes back");
    check_error(memory_unmap(two, PAGE_SIZE), ERR_INVALID, "but not twice");
}

static void check_used_again(void)
{
    struct memory_info before, after;
    bool zeroed = true;
    memory_info(&before);
    for (int i = 0; i < CYCLES; i++) {
        uint32_t memory = memory_map(4 * PAGE_SIZE, RW);
        zeroed = zeroed && is_filled((unsigned char *)memory, 4 * PAGE_SIZE, 0);
        memset((void *)memory, 0x55, 4 * PAGE_SIZE);
        memory_unmap(memory, 4 * PAGE_SIZE);
    }
    memory_info(&after);
    check(zeroed, "memory that was used before is zeroed again");
    check(after.user == before.user, "300 mappings leave no page behind");
}

/* The same steps every time; every byte is checked before it is given back. */
static void check_malloc(void)
{
    static unsigned char *memory[SLOTS];
    static size_t sizes[SLOTS];
    uint32_t seed = 1;
    bool right = true;
    for (int step = 0; step < STEPS; step++) {
        seed = seed * 1664525u + 1013904223u;
        size_t slot = (seed >> 8) % SLOTS;
        if (memory[slot] != NULL) {
            right = right && is_filled(memory[slot], sizes[slot], (unsigned char)slot);
            free(memory[slot]);
            memory[slot] = NULL;
            continue;
        }
        sizes[slot] = 1 + (seed >> 14) % (step % 100 == 0 ? 100000 : 700);
        memory[slot] = malloc(sizes[slot]);
        right = right && memory[slot] != NULL && (uintptr_t)memory[slot] % 16 == 0;
        memset(memory[slot], (int)slot, sizes[slot]);
    }
    for (size_t slot = 0; slot < SLOTS; slot++)
        free(memory[slot]);
    check(right, "5000 steps of malloc and free keep every byte");
}

static void check_realloc(void)
{
    unsigned char *memory = calloc(100, 10);
    check(memory != NULL && is_filled(memory, 1000, 0), "calloc gives zeroes");
    memset(memory, 7, 1000);
    memory = realloc(memory, 100000);
    check(memory != NULL && is_filled(memory, 1000, 7), "realloc keeps the contents when it grows");
    memory = realloc(memory, 10);
    check(memory != NULL && is_filled(memory, 10, 7), "and when it shrinks");
    free(memory);
    check(calloc(0x10000, 0x10000) == NULL, "calloc notices a product that does not fit");
    check(malloc(0) == NULL && malloc(0xFFFFFFFF) == NULL, "malloc refuses nothing and too much");
    check_error((int)memory_map(0xBF000000, RW), ERR_NO_MEMORY,
                "the kernel refuses what does not fit into user space");
    memory = malloc(100);
    check(memory != NULL, "afterwards there is memory as before");
    free(memory);
}

int main(void)
{
    check_map();
    check_used_again();
    check_malloc();
    check_realloc();
    return check_result();
}

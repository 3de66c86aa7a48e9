#include "space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct space space;

void space_start(uint64_t ram)
{
    machine_start(ram);
    assert_int_equal(space_create(&space), 0);
    machine_load(space.directory);
}

void space_finish(uint32_t free_before)
{
    space_clear(&space);
    machine_check_translations();
    assert_null(space.regions);
    assert_int_equal(space.pages, 0);
    assert_int_equal(frame_held(FRAME_USER), 0);
    assert_int_equal(frame_held(FRAME_TABLE), 1);
    machine_load(arch_master_directory());
    space_destroy(&space);
    assert_int_equal(frame_held(FRAME_TABLE), 0);
    assert_int_equal(heap_bytes(), 0);
    assert_int_equal(frame_held(FRAME_FREE), free_before);
}

int space_put(uint32_t at, uint32_t pages, uint32_t guard_pages, enum region_kind kind)
{
    return space_add(&space, at, pages * PAGE_SIZE, guard_pages * PAGE_SIZE, WRITABLE, kind, true);
}

uint32_t *space_word(uint32_t address)
{
    return address_to_pointer(address);
}

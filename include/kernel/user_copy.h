/*
 * The only door to a program's memory. A user_ptr is what a program passed as an address; the
 * compiler refuses to follow it.
 *
 * Every page is checked before it is touched: mapped, in ring 3's reach, writable where it is
 * written. A program's ring-0 stacks lie below KERNEL_BASE but are not ring 3's: a range check
 * would not do. For a program in ring 0 (`user` false in the thread) its own ring-0 stacks are
 * allowed as well. Copies go a page at a time; other threads may run between pages.
 */
#ifndef KERNEL_USER_COPY_H
#define KERNEL_USER_COPY_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t address;
} user_ptr;

/* Copy `size` bytes; 0 bytes touch nothing. Other threads may run where they cross a page.
 * ERR_BAD_ADDRESS, and ERR_NO_MEMORY where a page of a stack has no frame yet and none is left;
 * some bytes may have been copied then. */
int user_copy_in(void *to, user_ptr from, size_t size);
int user_copy_out(user_ptr to, const void *from, size_t size);

/* Copies text with its end into `to`. Other threads may run where it crosses a page. ERR_TOO_LONG
 * where it has `room` bytes or more without an end, and the errors of user_copy_in. */
int user_copy_text(char *to, user_ptr from, size_t room);

#endif

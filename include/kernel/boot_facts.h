/* What programs may know of boot_info (abi/boot_facts.h), kept for good. */
#ifndef KERNEL_BOOT_FACTS_H
#define KERNEL_BOOT_FACTS_H

#include <abi/boot_facts.h>
#include <boot/info.h>
#include <kernel/user_copy.h>

/*
 * Copies the facts into the kernel's heap; between memory_start and memory_release_loader. Without
 * memory for them there are none, and the machine goes on.
 */
void boot_facts_start(const struct boot_info *info);

/*
 * Copies bytes of the facts from `offset` on to the memory of the running program. Returns how
 * many: fewer than `size` at their end, 0 behind it. Other threads may run where they cross a page.
 * ERR_BAD_ADDRESS, ERR_NO_MEMORY where there are no facts.
 */
int boot_facts_read_user(uint32_t offset, user_ptr to, uint32_t size);

#endif

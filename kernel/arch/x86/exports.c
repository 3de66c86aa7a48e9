/* What modules may call of the functions that are written in assembly. */
#include <kernel/arch.h>
#include <kernel/export.h>

KERNEL_EXPORT(arch_port_read8);
KERNEL_EXPORT(arch_port_read16);
KERNEL_EXPORT(arch_port_read32);
KERNEL_EXPORT(arch_port_write8);
KERNEL_EXPORT(arch_port_write16);
KERNEL_EXPORT(arch_port_write32);

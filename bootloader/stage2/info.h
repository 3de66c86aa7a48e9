/* struct boot_info at its fixed address. */
#ifndef INFO_H
#define INFO_H

#include <boot/info.h>

#define boot_info ((struct boot_info *)BOOT_INFO_BASE)

#endif

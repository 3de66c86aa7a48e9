/* /boot/boot.cfg. Runs on the host. */
#ifndef CONFIG_H
#define CONFIG_H

#include <boot/info.h>
#include <stddef.h>

#define CONFIG_PATH "/boot/boot.cfg"

/* The values of boot/config.def. */
void config_defaults(struct boot_config *config);

/*
 * Reads `key = value` lines. What is not understood is a warning with its line number, and the
 * value stays as it was.
 */
void config_parse(struct boot_config *config, const char *text, size_t size);

#endif

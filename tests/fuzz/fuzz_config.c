/* Feeds any bytes to the reader of boot.cfg. Whatever they say, every text of the result has its
 * end.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bootloader/stage2/config.h"
#include "../../bootloader/stage2/log.h"

#define LINE_MAX 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void log_warning(const char *format, ...)
{
    char line[LINE_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
}

static void check_text(const char *text)
{
    if (strnlen(text, BOOT_TEXT_MAX) == BOOT_TEXT_MAX)
        abort();
}

static void check_bool(uint32_t value)
{
    if (value > 1)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct boot_config config;
    char *text = malloc(size ? size : 1); /* a byte too far is noticed */

    memset(&config, 0xEE, sizeof(config));
    config_defaults(&config);
    memcpy(text, data, size);
    config_parse(&config, text, size);
#define CONFIG_TEXT(key, value, sentence)  check_text(config.key);
#define CONFIG_WORDS(key, value, sentence) check_text(config.key);
#define CONFIG_BOOL(key, value, sentence)  check_bool(config.key);
#include <boot/config.def>
#undef CONFIG_TEXT
#undef CONFIG_WORDS
#undef CONFIG_BOOL
    free(text);
    return 0;
}

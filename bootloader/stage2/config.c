/* /boot/boot.cfg (config.h). */
#include "config.h"

#include <lib/string.h>
#include <stdbool.h>

#include "log.h"

#define SHOWN_MAX 40 /* characters of a key or value that a warning repeats */

/* A piece of the file; not ended by a zero byte. */
struct piece {
    const char *start;
    size_t size;
};

enum key_kind { KEY_TEXT, KEY_WORDS, KEY_BOOL };

/* One key; `offset` is where its value lies in struct boot_config. */
struct key {
    const char *name;
    enum key_kind kind;
    size_t offset;
};

static const struct key keys[] = {
#define CONFIG_TEXT(key, value, text)  {#key, KEY_TEXT, offsetof(struct boot_config, key)},
#define CONFIG_WORDS(key, value, text) {#key, KEY_WORDS, offsetof(struct boot_config, key)},
#define CONFIG_BOOL(key, value, text)  {#key, KEY_BOOL, offsetof(struct boot_config, key)},
#include <boot/config.def>
#undef CONFIG_TEXT
#undef CONFIG_WORDS
#undef CONFIG_BOOL
};

static const char key_list[] =
#define CONFIG_TEXT(key, value, text)  " " #key
#define CONFIG_WORDS(key, value, text) " " #key
#define CONFIG_BOOL(key, value, text)  " " #key
#include <boot/config.def>
#undef CONFIG_TEXT
#undef CONFIG_WORDS
#undef CONFIG_BOOL
    ;

#define KEY_COUNT (sizeof keys / sizeof *keys)

void config_defaults(struct boot_config *config)
{
    *config = (struct boot_config){
#define CONFIG_TEXT(key, value, text)  .key = value,
#define CONFIG_WORDS(key, value, text) .key = value,
#define CONFIG_BOOL(key, value, text)  .key = value,
#include <boot/config.def>
#undef CONFIG_TEXT
#undef CONFIG_WORDS
#undef CONFIG_BOOL
    };
}

static bool is_space(char character)
{
    return character == ' ' || character == '\t' || character == '\r';
}

static struct piece trim(struct piece piece)
{
    while (piece.size && is_space(*piece.start)) {
        piece.start++;
        piece.size--;
    }
    while (piece.size && is_space(piece.start[piece.size - 1]))
        piece.size--;
    return piece;
}

/* Cuts the piece at the first `character`; returns what stands behind it. */
static struct piece split(struct piece *piece, char character)
{
    const char *at = piece->size ? memchr(piece->start, character, piece->size) : NULL;
    struct piece rest = {piece->start + piece->size, 0};

    if (at) {
        rest.start = at + 1;
        rest.size = piece->size - (size_t)(at + 1 - piece->start);
        piece->size = (size_t)(at - piece->start);
    }
    return rest;
}

static bool is_text(struct piece piece, const char *text)
{
    return piece.size == strlen(text) && !memcmp(piece.start, text, piece.size);
}

/* The start of a piece as text that a terminal can show. */
static const char *shown(struct piece piece)
{
    static char text[SHOWN_MAX + 1];
    size_t size = piece.size < SHOWN_MAX ? piece.size : SHOWN_MAX;

    for (size_t i = 0; i < size; i++)
        text[i] = piece.start[i] >= ' ' && piece.start[i] <= '~' ? piece.start[i] : '?';
    text[size] = '\0';
    return text;
}

static bool has_control(struct piece value)
{
    for (size_t i = 0; i < value.size; i++)
        if ((unsigned char)value.start[i] < ' ' && value.start[i] != '\t')
            return true;
    return false;
}

/* Texts are paths, one or several: each begins with a slash. Control characters are none of one. */
static bool is_path_list(struct piece value)
{
    bool inside = false;

    if (has_control(value))
        return false;
    for (size_t i = 0; i < value.size; i++) {
        char character = value.start[i];

        if (!inside && !is_space(character) && character != '/')
            return false;
        inside = !is_space(character);
    }
    return value.size;
}

/* Quotes would end the text that init gets them in. */
static bool is_word_list(struct piece value)
{
    return !has_control(value) && !memchr(value.start, '"', value.size);
}

static void set_text(char *to, struct piece value, unsigned line, const struct key *key)
{
    const char *name = key->name;

    if (value.size >= BOOT_TEXT_MAX) {
        log_warning(
            "%s line %u: the value of `%s` has %u characters, and %u is the limit; the line "
            "is ignored",
            CONFIG_PATH, line, name, (unsigned)value.size, BOOT_TEXT_MAX - 1);
    } else if (key->kind == KEY_WORDS && !is_word_list(value)) {
        log_warning("%s line %u: `%s` are no names for `%s`: write names separated by spaces; the "
                    "line is ignored",
                    CONFIG_PATH, line, shown(value), name);
    } else if (key->kind == KEY_TEXT && !is_path_list(value)) {
        log_warning(
            "%s line %u: `%s` is no path for `%s`: a path begins with /; the line is ignored",
            CONFIG_PATH, line, shown(value), name);
    } else {
        memcpy(to, value.start, value.size);
        to[value.size] = '\0';
    }
}

static void set_bool(uint32_t *to, struct piece value, unsigned line, const char *name)
{
    if (is_text(value, "yes") || is_text(value, "allow"))
        *to = 1;
    else if (is_text(value, "no") || is_text(value, "deny"))
        *to = 0;
    else
        log_warning("%s line %u: `%s` is no value for `%s`: write yes or no, or allow or deny; the "
                    "line is ignored",
                    CONFIG_PATH, line, shown(value), name);
}

static void set(struct boot_config *config, const struct key *key, struct piece value,
                unsigned line)
{
    void *to = (char *)config + key->offset;

    if (key->kind != KEY_BOOL)
        set_text(to, value, line, key);
    else
        set_bool(to, value, line, key->name);
}

/* Bit i of `seen`: key i stood in an earlier line. */
static void parse_line(struct boot_config *config, struct piece text, unsigned line, uint32_t *seen)
{
    struct piece name, value, comment;
    bool has_value;

    comment = split(&text, '#');
    (void)comment;
    text = trim(text);
    if (!text.size)
        return;
    has_value = memchr(text.start, '=', text.size);
    name = text;
    value = trim(split(&name, '='));
    name = trim(name);
    if (!has_value) {
        log_warning("%s line %u: `%s` is no `key = value`; the line is ignored", CONFIG_PATH, line,
                    shown(text));
        return;
    }
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (!is_text(name, keys[i].name))
            continue;
        if (*seen >> i & 1)
            log_warning("%s line %u: `%s` stands here for the second time; the last line counts",
                        CONFIG_PATH, line, keys[i].name);
        *seen |= 1u << i;
        set(config, &keys[i], value, line);
        return;
    }
    log_warning("%s line %u: there is no key `%s`; the keys are%s", CONFIG_PATH, line, shown(name),
                key_list);
}

void config_parse(struct boot_config *config, const char *text, size_t size)
{
    struct piece rest = {text, size};
    uint32_t seen = 0;

    /* The mark that some editors put in front of UTF-8. */
    if (size >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3)) {
        rest.start += 3;
        rest.size -= 3;
    }
    for (unsigned line = 1; rest.size; line++) {
        struct piece current = rest;

        rest = split(&current, '\n');
        parse_line(config, current, line, &seen);
    }
}

_Static_assert(KEY_COUNT <= 32, "`seen` holds a bit for each key");

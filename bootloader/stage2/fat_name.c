/* Names in FAT directories (fat_name.h). */
#include "fat_name.h"

#define LONG_LAST    0x40 /* in the order byte: this is the name's last piece */
#define LONG_ORDER   0x1F
#define LONG_LETTERS 13

#define LOWER_NAME      0x08
#define LOWER_EXTENSION 0x10

/* Where the 13 characters of a piece lie in its 32 bytes. */
static const uint8_t letter_offsets[LONG_LETTERS] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};

static uint8_t short_checksum(const uint8_t *name)
{
    uint8_t sum = 0;

    for (int i = 0; i < 11; i++)
        sum = (uint8_t)((sum >> 1 | sum << 7) + name[i]);
    return sum;
}

void fat_long_name_add(struct fat_long_name *name, const struct fat_raw *raw)
{
    const uint8_t *bytes = (const uint8_t *)raw;
    uint32_t order = bytes[0] & LONG_ORDER;
    uint8_t checksum = bytes[13];

    if (bytes[0] & LONG_LAST) {
        name->valid = order >= 1 && order <= FAT_LONG_MAX;
        name->count = order * LONG_LETTERS;
        name->checksum = checksum;
    } else if (order + 1 != name->missing + 1 || checksum != name->checksum) {
        name->valid = false;
    }
    if (!name->valid || !order) {
        name->valid = false;
        return;
    }
    name->missing = order - 1;
    for (uint32_t i = 0; i < LONG_LETTERS; i++) {
        const uint8_t *letter = bytes + letter_offsets[i];

        name->characters[(order - 1) * LONG_LETTERS + i] = (uint16_t)(letter[0] | letter[1] << 8);
    }
}

/* Appends bytes while they fit; a character is kept whole or not at all. */
static void put(struct fat_entry *entry, uint32_t *length, const char *bytes, uint32_t count)
{
    if (entry->cut || *length + count >= FAT_NAME_MAX) {
        entry->cut = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        entry->name[(*length)++] = bytes[i];
}

static void put_character(struct fat_entry *entry, uint32_t *length, uint32_t character)
{
    char bytes[3];

    if (character < 0x20 || character == 0x7F || character == '/' || character == '\\' ||
        (character >= 0xD800 && character < 0xE000) || (character >= 0x80 && character < 0xA0))
        character = '_';
    if (character < 0x80) {
        bytes[0] = (char)character;
        put(entry, length, bytes, 1);
    } else if (character < 0x800) {
        bytes[0] = (char)(0xC0 | character >> 6);
        bytes[1] = (char)(0x80 | (character & 0x3F));
        put(entry, length, bytes, 2);
    } else {
        bytes[0] = (char)(0xE0 | character >> 12);
        bytes[1] = (char)(0x80 | (character >> 6 & 0x3F));
        bytes[2] = (char)(0x80 | (character & 0x3F));
        put(entry, length, bytes, 3);
    }
}

/* `count` characters of a short name, without the spaces that fill it. */
static void put_short(struct fat_entry *entry, uint32_t *length, const uint8_t *name, int count,
                      bool lower)
{
    while (count && name[count - 1] == ' ')
        count--;
    for (; count; name++, count--) {
        /* Letters beyond ASCII depend on a code page that nobody wrote down. */
        uint32_t character = *name < 0x80 ? *name : '_';

        if (lower && character >= 'A' && character <= 'Z')
            character += 'a' - 'A';
        put_character(entry, length, character);
    }
}

void fat_name_of(const struct fat_long_name *name, const struct fat_raw *raw,
                 struct fat_entry *entry)
{
    uint32_t length = 0;

    entry->cut = false;
    if (name->valid && !name->missing && name->checksum == short_checksum(raw->name)) {
        for (uint32_t i = 0; i < name->count && name->characters[i]; i++)
            put_character(entry, &length, name->characters[i]);
    } else {
        put_short(entry, &length, raw->name, 8, raw->lower_case & LOWER_NAME);
        if (raw->name[8] != ' ') {
            put(entry, &length, ".", 1);
            put_short(entry, &length, raw->name + 8, 3, raw->lower_case & LOWER_EXTENSION);
        }
    }
    entry->name[length] = '\0';
}

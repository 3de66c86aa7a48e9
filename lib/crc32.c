/*
 * CRC-32 (lib/crc32.h), sixteen bytes a round by sixteen tables ("slicing").
 *
 * Table 0 holds the checksum of each byte. Table n holds that of the byte followed by n zero bytes.
 * Because the CRC is linear, the checksum of sixteen bytes is the XOR of sixteen independent
 * look-ups.
 */
#include <lib/crc32.h>

#define POLYNOMIAL 0xEDB88320u
#define SLICES     16

static uint32_t table[SLICES][256];

void crc32_prepare(void)
{
    uint32_t crc = POLYNOMIAL;

    /* The powers of two first; every other byte is the XOR of its bits. */
    table[0][128] = crc;
    for (unsigned bit = 64; bit; bit >>= 1) {
        crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
        table[0][bit] = crc;
    }
    for (unsigned bit = 2; bit < 256; bit <<= 1)
        for (unsigned rest = 1; rest < bit; rest++)
            table[0][bit + rest] = table[0][bit] ^ table[0][rest];

    for (unsigned slice = 1; slice < SLICES; slice++)
        for (unsigned byte = 0; byte < 256; byte++) {
            uint32_t before = table[slice - 1][byte];

            table[slice][byte] = before >> 8 ^ table[0][before & 0xFF];
        }
}

/* A dword at any address; x86 does not mind how it is aligned. */
struct unaligned {
    uint32_t value;
} __attribute__((packed, may_alias));

uint32_t crc32_update(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *at = data;
    const uint8_t *end = at + size;
    const uint8_t *rounds_end = at + size / SLICES * SLICES;

    crc = ~crc;
    for (; at != rounds_end; at += SLICES) {
        /* Only the first four bytes meet the checksum so far. The others cost two instructions
         * each: load, look up. */
        crc ^= ((const struct unaligned *)(const void *)at)->value;
        crc = table[15][(uint8_t)crc] ^ table[14][(uint8_t)(crc >> 8)] ^
              table[13][(uint8_t)(crc >> 16)] ^ table[12][crc >> 24] ^ table[11][at[4]] ^
              table[10][at[5]] ^ table[9][at[6]] ^ table[8][at[7]] ^ table[7][at[8]] ^
              table[6][at[9]] ^ table[5][at[10]] ^ table[4][at[11]] ^ table[3][at[12]] ^
              table[2][at[13]] ^ table[1][at[14]] ^ table[0][at[15]];
    }
    for (; at < end; at++)
        crc = crc >> 8 ^ table[0][(uint8_t)crc ^ *at];
    return ~crc;
}

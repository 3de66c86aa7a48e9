/* CRC-32 as in IEEE 802.3, gzip and PNG: polynomial 0xEDB88320 (reflected), initial value and final
 * inversion all ones. */
#ifndef LIB_CRC32_H
#define LIB_CRC32_H

#include <stddef.h>
#include <stdint.h>

/*
 * Continues a checksum over `size` bytes at `data`. Pass 0 as `crc` for the first piece and the
 * last result for each further one; the result over all pieces equals that over the whole. Needs
 * crc32_prepare() once before. At most 3 instructions a byte for long pieces.
 */
uint32_t crc32_update(uint32_t crc, const void *data, size_t size);

/* Fills the tables. Cheap enough for a boot; calling it again does no harm. */
void crc32_prepare(void);

#endif

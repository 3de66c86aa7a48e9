/* Segment descriptors in words [SDM3 3.4.5]. */
#ifndef RINGS_DESCRIPTORS_H
#define RINGS_DESCRIPTORS_H

#include <stddef.h>
#include <stdint.h>

#define DESCRIPTOR_WORDS 80

void descriptor_describe(uint64_t descriptor, char *words, size_t room);

#endif

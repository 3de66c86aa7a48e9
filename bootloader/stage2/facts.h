/* What is known of the machine so far, in sentences: for a failure's screen and a verbose boot. */
#ifndef FACTS_H
#define FACTS_H

#include "fat.h"
#include "memory_map.h"

/*
 * Says on screen and serial port what the firmware told and what was done with it, so that a photo
 * of a failure holds what a helper would ask for.
 */
void facts_say(void);

/* Each in the verbose log: A20; drive and geometry; the volume; the memory map, raw and resolved.
 */
void facts_log_a20(void);
void facts_log_disk(void);
void facts_log_volume(const struct fat_volume *volume);
void facts_log_memory(const struct memory_map *map);

/* Whether somebody holds Shift, or has pressed a key since the firmware went on to boot. */
bool facts_key_held(void);

#endif

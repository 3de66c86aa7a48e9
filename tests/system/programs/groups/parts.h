/* What the processes of a group do. */
#ifndef GROUPS_PARTS_H
#define GROUPS_PARTS_H

#include <stdint.h>

#define GROUPS_PATH "/apps/groups"
#define BOMB_MAX    300 /* processes on the machine, at which a bomb starts no more for a moment */
#define MODULE      "groups"
#define MODULE_FILE "/modules/broken" /* one of its functions waits */

/* Starts this program with that part, in the group and of the priority of the caller. Returns its
 * pid or an error. */
int start(const char *part);

/* As the first of a new group. */
int start_group(const char *part, uint32_t priority);

/* Plays the part; the word behind it is for those that want one. */
int play(const char *part, const char *word);

/* How many ways to wait there are; each is a process of the part "waits". */
extern const uint32_t ways_to_wait;

#endif

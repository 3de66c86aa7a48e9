/* Children that block, so that they can be killed there. */
#ifndef LIFECYCLE_BLOCKED_H
#define LIFECYCLE_BLOCKED_H

#include <stdint.h>

/* A child's part: blocks in that way until it is killed. Returns if it was not. */
int blocked_play(const char *where);

/* Kills a child that is blocked in each way, in both rings, and checks its end. */
void blocked_check(void);

#endif

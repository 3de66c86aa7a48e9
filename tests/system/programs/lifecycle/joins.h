/* Joins that go wrong, and threads that end in unusual ways. */
#ifndef LIFECYCLE_JOINS_H
#define LIFECYCLE_JOINS_H

void joins_check(void);

#endif

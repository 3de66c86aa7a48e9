/* The services that boot.cfg names: programs in /modules that init starts and, if asked to, starts
 * again. */
#ifndef INIT_SERVICES_H
#define INIT_SERVICES_H

#include <abi/types.h>
#include <stdbool.h>

/* Starts each of `names`, separated by spaces; "clockd:ring0" runs in ring 0. Those in `restart`
 * are started again when they end. What cannot be started is told. */
void services_start(const char *names, const char *restart);

/* Tells of a service that has ended and starts it again if it has to be. False: it was none. */
bool services_ended(int32_t pid, const struct process_result *result);

/* How a process ended, in words; `words` has room for END_WORDS_MAX. */
#define END_WORDS_MAX 64
const char *describe_end(const struct process_result *result, char *words);

#endif

/* Programs that take all they can get. Each part has a role for the one who judges, and one for
 * those who attack. */
#ifndef HOSTILE_BOMBS_H
#define HOSTILE_BOMBS_H

#include <megha.h>
#include <stdbool.h>

#define BOMB_PATH        "/apps/hostile_bombs"
#define BOMB_PATIENCE_MS 60000
#define BOMB_MS          400 /* how long a bomb goes on multiplying */

/* What an attacker does, by name; the number is the one that start_role passed. Its result is the
 * exit status. */
struct role {
    const char *name;
    int (*play)(uint32_t number);
};

/* What is judged, by name. True: all went as it has to. */
struct part {
    const char *name;
    bool (*judge)(void);
};

extern const struct role process_roles[], thread_roles[], memory_roles[], wait_roles[],
    group_roles[];
extern const struct part process_parts[], thread_parts[], memory_parts[], wait_parts[],
    group_parts[];

/* Starts this program in that role, one priority below the caller. Returns its pid or an error. */
int start_role(const char *role, uint32_t number);

/* Waits for it; kills it where it takes longer than BOMB_PATIENCE_MS. Returns whether it ended by
 * itself. */
bool wait_role(int pid, struct process_result *result);

/* Both; its exit status, or -1 where it ended in another way. */
int run_role(const char *role, uint32_t number);

/* Starts a process of a few instructions: it ends with status 0, or never. Returns its pid or an
 * error. */
int start_tiny(bool ends);

/* Milliseconds of the clock, nearly: units of 1024 microseconds. */
uint32_t clock_ms(void);

#endif

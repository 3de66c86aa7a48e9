/* Between the files of `bench storm`. */
#ifndef STORM_H
#define STORM_H

#include "bench.h"

#include <megha.h>

#define CROWD        5000
#define THREADS_EACH 500
#define PROCESSES    (CROWD / THREADS_EACH)
#define STACK        PAGE_SIZE
#define FOR_LONG     (WAIT_FOREVER - 1)
#define PATIENCE_MS  60000
#define SETTLED_MS   1500 /* all of a crowd wait by then */
#define PORT         "storm"
#define SENDERS      256
#define ORPHANS      1000
#define VICTIM_MOST  0x80000000u
#define LEFT_FREE    0x1000000u /* of memory, for what else is needed */
#define HOLES        400
#define CHAIN        240
#define BYTES        MESSAGE_SIZE_MAX
#define CRASHES      600

/* What a process was started with, for its threads. */
extern uint32_t given[2];

/* Processes that are running; end_all kills and waits for them, wait_for_all only waits. */
extern int started[PROCESSES + 2];
extern uint32_t started_count;
int end_all(void);
int wait_for_all(void);

/* Start a process of this program that plays the role. They return the pid or an error. */
int storm_start(const char *role, uint32_t first, uint32_t second);
int storm_start_at(const char *role, uint32_t with_priority);

/* PROCESSES of them. Returns an error, or not. */
int start_crowd(const char *role, uint32_t first, uint32_t second);

/* Plays the role in a process and waits for its end. Returns an error, or not. */
int run_alone(const char *role);

/* So many threads; then the calling one sleeps. */
int start_threads(int (*function)(void *), uint32_t count);

uint32_t now_ms(void);

/* Memory, or NULL. */
char *map(uint32_t size);

/* Parts of the storm; they return an error, or not. */
int let_sleepers_wake(void);
int time_out_at_one_server(void);
int time_out_at_many_servers(void);
int kill_callers(void);
int kill_their_server(void);
int fill_the_table_of_ports(void);
int receive_from_bad_senders(void);
int send_to_bad_receivers(void);
int close_a_full_port(void);
int exchange_the_largest(void);
int time_out_before_a_chain(void);
int kill_a_large_victim(void);
int change_many_regions(void);
int leave_orphans(void);
int read_largest_file(void);
int pass_largest_arguments(void);
int start_largest_code(void);

/* Roles; they return main's result. */
int be_sleepers(void);
int be_callers(void);
int be_server(void);
int be_finders(void);
int be_port_maker(void);
int be_bad_senders(void);
int be_senders(void);
int be_bad_receivers(void);
int be_chain(void);
int be_victim(void);
int be_region_maker(void);
int be_parent(void);
int be_crash(void);
int be_largest_server(void);

#endif

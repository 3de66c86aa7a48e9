/*
 * Keys are for the console's owner and for what it has in the foreground.
 *
 *   console_rights          checks what needs no keys
 *   console_rights late     reads when it is in the background
 *   console_rights few      ends while children of it wait for keys
 *   console_rights many     the same with as many readers as fit into four processes
 *   console_rights killed   kills a reader that a key has woken; another one waits behind it
 */
#include <megha.h>
#include <megha/check.h>
#include <stdio.h>
#include <string.h>

#define PATH        "/apps/console_rights"
#define PATIENCE_MS 5000
#define CHILDREN    4
#define READERS_MAX 512
#define STACK_SIZE  0x1000

/* ---- Parts of children -------------------------------------------------------------------------
 */

/* Ends with the error of a read that does not wait. */
static int read_at_once(void)
{
    char key;

    return console_read(&key, 1, 0);
}

/* Ends with the key, or with the error. */
static int read_key(void *unused)
{
    char key;
    int result = console_read(&key, 1, WAIT_FOREVER);

    (void)unused;
    return result < 0 ? result : key;
}

static int late(void)
{
    thread_sleep(300);
    printf("in the background: %s\n", error_name(read_at_once()));
    return 0;
}

/* Tells what became of its readers, of which its first thread is one. */
static int wait_with_readers(uint32_t count)
{
    int threads[READERS_MAX];
    uint32_t started = 0, refused = 0;

    while (started + 1 < count &&
           (threads[started] = thread_start(read_key, NULL, STACK_SIZE, MODE_USER)) > 0)
        started++;
    event_send(process_self()->parent, started);
    refused += read_key(NULL) == ERR_NOT_ALLOWED;
    for (uint32_t i = 0; i < started; i++) {
        int32_t status = 0;

        refused += thread_join(threads[i], &status, WAIT_FOREVER) == 0 && status == ERR_NOT_ALLOWED;
    }
    printf("%s readers lost the console\n",
           started + 1 == count && refused == count ? "all" : "NOT ALL");
    return 0;
}

/* ---- The process that was typed ----------------------------------------------------------------
 */

static int start(const char *part, uint32_t priority)
{
    return process_create(PATH, part, priority, 0, MODE_USER);
}

static int status_of(const char *part)
{
    struct process_result result = {0};
    int pid = start(part, PRIORITY_NORMAL);

    return process_wait(pid, &result, PATIENCE_MS) == pid ? result.status : -1000;
}

static uint32_t state_of(int pid)
{
    struct thread_status status = {.state = STATE_ENDED};

    thread_next(pid, 0, &status);
    return status.state;
}

/* A reader that waits. */
static int start_reader(uint32_t priority)
{
    int pid = start("reader", priority);

    for (int i = 0; i < PATIENCE_MS && state_of(pid) != STATE_BLOCKED; i++)
        thread_sleep(1);
    return pid;
}

/* Ends when each child has told that its readers wait, or nearly so. */
static int leave_readers(const char *part)
{
    struct event event;

    for (int i = 0; i < CHILDREN; i++)
        start(part, PRIORITY_NORMAL);
    for (int i = 0; i < CHILDREN; i++)
        event_wait(&event, WAIT_FOREVER);
    thread_sleep(200);
    return 0;
}

/* The first reader gets no turn behind its wake-up, since this process never waits for the key. */
static int kill_woken_reader(void)
{
    struct process_result result = {0};
    int first = start_reader(PRIORITY_LOWEST);
    int second = start_reader(PRIORITY_LOWEST + 1);

    puts("type a key");
    while (state_of(first) == STATE_BLOCKED)
        ;
    process_kill(first);
    process_wait(first, &result, PATIENCE_MS);
    if (process_wait(second, &result, PATIENCE_MS) == second && result.status > 0)
        printf("the second reader got: %c\n", (char)result.status);
    else
        puts("the second reader got NOTHING");
    process_kill(second);
    return 0;
}

int main(int argc, char **argv)
{
    const char *part = argc > 1 ? argv[1] : "";

    if (strcmp(part, "late") == 0)
        return late();
    if (strcmp(part, "killed") == 0)
        return kill_woken_reader();
    if (strcmp(part, "few") == 0)
        return process_is_own_child() ? wait_with_readers(1) : leave_readers(part);
    if (strcmp(part, "many") == 0)
        return process_is_own_child() ? wait_with_readers(READERS_MAX) : leave_readers(part);
    if (strcmp(part, "at once") == 0)
        return read_at_once();
    if (strcmp(part, "reader") == 0)
        return read_key(NULL);
    check_error(read_at_once(), ERR_TIMED_OUT, "what runs in the foreground may read keys");
    check_error(status_of("'at once'"), ERR_TIMED_OUT, "so may its children");
    check_error(console_foreground(0), ERR_NOT_ALLOWED, "but it does not own the console");
    return check_result();
}

/* Services (services.h). */
#include "services.h"

#include <megha.h>
#include <stdio.h>
#include <string.h>

#define FOLDER           "/modules/"
#define RING0_SUFFIX     ":ring0"
#define SERVICES_MAX     16
#define SERVICE_PRIORITY (PRIORITY_NORMAL + 1)

#define QUICK_FAILURES_MAX 5
#define QUICK_US           3000000u /* a service that ends sooner has failed */

struct service {
    char name[NAME_MAX];
    uint32_t mode;
    bool restart;
    int32_t pid;  /* 0: it does not run */
    int failures; /* quick ones, in a row */
    uint64_t started;
};

static struct service services[SERVICES_MAX];
static unsigned int service_count;

const char *describe_end(const struct process_result *result, char *words)
{
    switch (result->reason) {
    case ENDED_EXIT:
        snprintf(words, END_WORDS_MAX, "it ended with status %d", (int)result->status);
        break;
    case ENDED_FAULT:
        snprintf(words, END_WORDS_MAX, "it was killed by exception %d", (int)result->status);
        break;
    case ENDED_KILLED:
        snprintf(words, END_WORDS_MAX, "another process killed it");
        break;
    case ENDED_ABORT:
        snprintf(words, END_WORDS_MAX, "it gave up");
        break;
    default:
        snprintf(words, END_WORDS_MAX, "%s", error_text(ERR_NO_MEMORY));
        break;
    }
    return words;
}

static void start(struct service *service)
{
    char path[sizeof(FOLDER) + NAME_MAX];

    snprintf(path, sizeof(path), FOLDER "%s", service->name);
    clock_now(&service->started);
    service->pid = process_create(path, "", SERVICE_PRIORITY, QUANTUM_DEFAULT_MS,
                                  service->mode | MODE_NEW_GROUP);
    if (service->pid < 0) {
        printf("init: the service %s cannot be started: %s.\n", path, error_text(service->pid));
        service->pid = 0;
    }
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

/* The word that begins at `text`, without the blanks before it; its length goes to `length`. */
static const char *next_word(const char *text, size_t *length)
{
    while (is_blank(*text))
        text++;
    *length = 0;
    while (text[*length] != '\0' && !is_blank(text[*length]))
        ++*length;
    return text;
}

static bool is_in_list(const char *name, const char *list)
{
    size_t length;
    const char *word = next_word(list, &length);

    for (; length != 0; word = next_word(word + length, &length))
        if (length == strlen(name) && memcmp(word, name, length) == 0)
            return true;
    return false;
}

static void add(const char *word, size_t length, const char *restart)
{
    const size_t suffix = strlen(RING0_SUFFIX);
    struct service *service = &services[service_count];

    if (service_count == SERVICES_MAX || length >= NAME_MAX + suffix) {
        printf("init: the service %.*s is left out: %s.\n", (int)length, word,
               error_text(service_count == SERVICES_MAX ? ERR_LIMIT : ERR_TOO_LONG));
        return;
    }
    service->mode = MODE_USER;
    if (length > suffix && memcmp(word + length - suffix, RING0_SUFFIX, suffix) == 0) {
        service->mode = MODE_KERNEL;
        length -= suffix;
    }
    snprintf(service->name, sizeof(service->name), "%.*s", (int)length, word);
    service->restart = is_in_list(service->name, restart);
    service_count++;
    start(service);
}

void services_start(const char *names, const char *restart)
{
    size_t length;
    const char *word = next_word(names, &length);

    for (; length != 0; word = next_word(word + length, &length))
        add(word, length, restart);
}

static void start_again(struct service *service)
{
    uint64_t now = 0;

    clock_now(&now);
    service->failures = now - service->started < QUICK_US ? service->failures + 1 : 0;
    if (service->failures < QUICK_FAILURES_MAX)
        start(service);
    else
        printf("init: the service %s failed %d times in a row and is not started again.\n",
               service->name, QUICK_FAILURES_MAX);
}

bool services_ended(int32_t pid, const struct process_result *result)
{
    char words[END_WORDS_MAX];

    for (unsigned int i = 0; i < service_count; i++) {
        struct service *service = &services[i];

        if (service->pid != pid)
            continue;
        printf("init: the service %s (pid %d) is gone: %s.\n", service->name, (int)pid,
               describe_end(result, words));
        service->pid = 0;
        if (service->restart)
            start_again(service);
        return true;
    }
    return false;
}

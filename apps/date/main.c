/* Tells the date and the time, by the linked module or by the service. */
#include <abi/clock.h>
#include <megha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_MODULES | RIGHT_RING0);

#define MODULE_NAME  "calendar"
#define MODULE_FILE  "/modules/calendar"
#define SERVICE_FILE "/modules/clockd"
#define START_MS     1000
#define ANSWER_MS    5000

/* A handle of the module, which is loaded if nobody has done it yet. */
static int open_module(void)
{
    int handle = module_open(MODULE_NAME);
    int error;

    if (handle != ERR_NOT_FOUND)
        return handle;
    error = module_load(MODULE_NAME, MODULE_FILE);
    return error < 0 && error != ERR_EXISTS ? error : module_open(MODULE_NAME);
}

static int ask_module(char text[CLOCK_TEXT_MAX])
{
    int handle = open_module();
    int function = handle < 0 ? handle : module_find((uint32_t)handle, "calendar_text");

    if (function < 0)
        return function;
    return module_call((uint32_t)handle, (uint32_t)function, (uint32_t)text, CLOCK_TEXT_MAX, 0);
}

/* The service's port. Where it does not run, it is started and stays. */
static int find_service(void)
{
    int port = port_find(CLOCK_PORT, 0);
    int pid;

    if (port != ERR_TIMED_OUT)
        return port;
    pid = process_create(SERVICE_FILE, "", PRIORITY_NORMAL, 0, MODE_KERNEL);
    return pid < 0 ? pid : port_find(CLOCK_PORT, START_MS);
}

static int ask_service(char text[CLOCK_TEXT_MAX])
{
    struct message_options options = {
        .timeout_ms = ANSWER_MS,
        .receive = (uint32_t)text,
        .receive_room = CLOCK_TEXT_MAX,
    };
    uint32_t words[MESSAGE_WORDS] = {CLOCK_ASK_TEXT};
    int port = find_service();
    int error = port < 0 ? port : message_exchange(CALL_message_call, port, words, &options);

    if (error < 0)
        return error;
    if (options.received == 0)
        text[0] = '\0';
    return (int32_t)words[0];
}

static int report(bool service, int error)
{
    if (service && error == ERR_TIMED_OUT)
        puts("date: the service clockd does not answer; `ps` tells whether it runs.");
    else if (service && error == ERR_NOT_ALLOWED)
        puts("date: the service clockd does not run, and the right to start it in ring 0 is "
             "missing.");
    else if (error == ERR_NOT_ALLOWED)
        puts("date: the module " MODULE_NAME " is not loaded; type `modules load " MODULE_NAME
             "`.");
    else
        printf("date: the clock cannot be read: %s.\n", error_text(error));
    return EXIT_FAILURE;
}

int main(int count, char **arguments)
{
    char text[CLOCK_TEXT_MAX] = "";
    bool service = count == 2 && strcmp(arguments[1], "-s") == 0;
    bool linked = count == 1 || (count == 2 && strcmp(arguments[1], "-l") == 0);
    int error;

    if (!service && !linked) {
        puts("usage: date       asks the linked module calendar, which reads the clock\n"
             "       date -l    the same\n"
             "       date -s    asks the service clockd, which it starts if need be");
        return 2;
    }
    error = service ? ask_service(text) : ask_module(text);
    if (error < 0)
        return report(service, error);
    puts(text);
    return EXIT_SUCCESS;
}

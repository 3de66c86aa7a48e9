/* The service clockd: the driver of the module `clock` as a process of its own, which answers
 * messages. It runs in ring 0, because it uses ports. */
#include "../calendar/text.h"
#include "../clock/cmos.h"

#include <megha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_RING0);

/* Puts the answer into the words, and text behind it into `text`; returns how many bytes of that.
 */
static uint32_t answer(uint32_t words[MESSAGE_WORDS], char text[CLOCK_TEXT_MAX])
{
    struct clock_time time;
    uint32_t question = words[0];

    memset(words, 0, MESSAGE_WORDS * sizeof(words[0]));
    if (question == CLOCK_ASK_NOTHING)
        return 0;
    words[0] = (uint32_t)(question <= CLOCK_ASK_TEXT ? cmos_read(&time) : ERR_INVALID);
    if (words[0] != 0)
        return 0;
    if (question == CLOCK_ASK_TEXT) {
        calendar_write(&time, text);
        return (uint32_t)strlen(text) + 1;
    }
    memcpy(&words[1], &time, sizeof(time));
    return 0;
}

int main(void)
{
    static char text[CLOCK_TEXT_MAX];
    struct message_options options = {.timeout_ms = WAIT_FOREVER, .send = (uint32_t)text};
    uint32_t words[MESSAGE_WORDS];
    int port = port_create(CLOCK_PORT);
    int caller = port;

    if (ring_now() != 0) {
        puts("clockd: it reads ports, so it has to run in ring 0: services = clockd:ring0 in "
             "boot.cfg.");
        return EXIT_FAILURE;
    }
    if (port >= 0)
        caller = message_exchange(CALL_message_receive, port, words, &options);
    while (caller >= 0) {
        options.send_size = answer(words, text);
        caller = message_exchange(CALL_message_reply_receive, caller, words, &options);
        if (caller == ERR_NOT_FOUND || caller == ERR_TOO_LONG)
            caller = message_exchange(CALL_message_receive, port, words, &options);
    }
    printf("clockd: no more messages: %s.\n", error_text(caller));
    return EXIT_FAILURE;
}

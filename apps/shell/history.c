#include "history.h"

#include <lib/string.h>

static char *line_back(struct history *history, size_t back)
{
    return history->lines[(history->count - back) % HISTORY_LINES];
}

void history_add(struct history *history, const char *line)
{
    history->back = 0;
    if (line[0] == '\0')
        return;
    if (history->count > 0 && strcmp(line, line_back(history, 1)) == 0)
        return;
    history->count++;
    text_copy(line_back(history, 1), line, LINE_LENGTH_MAX + 1);
}

const char *history_older(struct history *history, const char *typed)
{
    if (history->back == history->count || history->back == HISTORY_LINES)
        return NULL;
    if (history->back == 0)
        text_copy(history->draft, typed, sizeof(history->draft));
    history->back++;
    return line_back(history, history->back);
}

const char *history_newer(struct history *history)
{
    if (history->back == 0)
        return NULL;
    history->back--;
    return history->back == 0 ? history->draft : line_back(history, history->back);
}

#include <megha.h>
#include <string.h>

int process_is_own_child(void)
{
    const struct process_info *self = process_self();
    struct process_status parent;

    return process_next(self->parent - 1, &parent) == self->parent &&
           strcmp(parent.name, self->name) == 0;
}

/* System calls about console, files, time and power. */
#include <kernel/boot_facts.h>
#include <kernel/files.h>
#include <kernel/process.h>
#include <kernel/syscall.h>
#include <lib/string.h>

#define PIECE 256 /* bytes that go through the kernel's stack at a time */

static struct syscall_services services;

void syscall_set_services(const struct syscall_services *given)
{
    services = *given;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static user_ptr advanced(user_ptr pointer, uint32_t bytes)
{
    return (user_ptr){pointer.address + bytes};
}

/* A bad page in the middle: what came before it has been written, and the error is told. */
int32_t syscall_console_write(user_ptr text, uint32_t size)
{
    char piece[PIECE];

    if (size > INT32_MAX)
        return ERR_INVALID;
    for (uint32_t done = 0; done < size;) {
        uint32_t length = smaller(size - done, sizeof(piece));
        int error = user_copy_in(piece, advanced(text, done), length);

        if (error < 0)
            return error;
        if (sched_current()->killed)
            return ERR_CANCELLED;
        services.console_write(piece, length);
        done += length;
    }
    return (int32_t)size;
}

/* The buffer is tried first: keys that were taken cannot be put back. */
int32_t syscall_console_read(user_ptr buffer, uint32_t size, uint32_t timeout_ms)
{
    char piece[PIECE] = {0};
    uint32_t room = smaller(size, sizeof(piece));
    int error = user_copy_out(buffer, piece, room);
    int length;

    if (error < 0)
        return error;
    length = services.console_read(piece, room, timeout_ms);
    if (length < 0)
        return length;
    error = user_copy_out(buffer, piece, (size_t)length);
    return error < 0 ? error : length;
}

void syscall_console_look(struct machine_console *to)
{
    services.console_look(to);
}

int32_t syscall_file_info(uint32_t number, user_ptr info)
{
    const struct file *file = file_at(number);
    struct file_info found = {0};

    if (!file)
        return ERR_NOT_FOUND;
    text_copy(found.path, file->path, sizeof(found.path));
    found.size = file->size;
    return user_copy_out(info, &found, sizeof(found));
}

int32_t syscall_file_find(user_ptr path)
{
    char text[PATH_MAX];
    int error = user_copy_text(text, path, sizeof(text));

    return error < 0 ? error : file_find(text);
}

int32_t syscall_file_read(uint32_t number, uint32_t offset, user_ptr buffer, uint32_t size)
{
    const struct file *file = file_at(number);

    return file ? file_read_user(file, offset, buffer, size) : ERR_NOT_FOUND;
}

int32_t syscall_clock_now(user_ptr microseconds)
{
    uint64_t now = services.microseconds();

    return user_copy_out(microseconds, &now, sizeof(now));
}

int32_t syscall_milestone_info(uint32_t index, user_ptr status)
{
    struct milestone_status found = {0};

    if (!services.milestone(index, &found))
        return ERR_NOT_FOUND;
    return user_copy_out(status, &found, sizeof(found));
}

int32_t syscall_boot_info_read(uint32_t offset, user_ptr buffer, uint32_t size)
{
    return boot_facts_read_user(offset, buffer, size);
}

bool syscall_tests_allowed(void)
{
    return services.tests_allowed;
}

int32_t syscall_console_foreground(int32_t pid)
{
    return process_set_foreground(pid);
}

int32_t syscall_power(uint32_t action)
{
    if (action != POWER_OFF && action != POWER_RESTART)
        return ERR_INVALID;
    if (!process_may(RIGHT_POWER))
        return ERR_NOT_ALLOWED;
    if (action == POWER_OFF)
        services.power_off();
    else
        services.power_restart();
    return 0; /* neither returns */
}

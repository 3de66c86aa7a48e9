/* System calls about linked modules. */
#include <kernel/module.h>
#include <kernel/process.h>
#include <kernel/syscall.h>

int32_t syscall_module_load(user_ptr name, user_ptr path)
{
    char name_text[MODULE_NAME_MAX];
    char path_text[PATH_MAX];
    int error = user_copy_text(name_text, name, sizeof(name_text));

    if (error == 0)
        error = user_copy_text(path_text, path, sizeof(path_text));
    if (error == 0 && !process_may(RIGHT_MODULES))
        error = ERR_NOT_ALLOWED;
    return error != 0 ? error : module_load(name_text, path_text);
}

int32_t syscall_module_unload(user_ptr name)
{
    char text[MODULE_NAME_MAX];
    int error = user_copy_text(text, name, sizeof(text));

    if (error == 0 && !process_may(RIGHT_MODULES))
        error = ERR_NOT_ALLOWED;
    return error < 0 ? error : module_unload(text);
}

int32_t syscall_module_info(uint32_t index, user_ptr status)
{
    struct module_status found;

    if (!module_describe(index, &found))
        return ERR_NOT_FOUND;
    return user_copy_out(status, &found, sizeof(found));
}

int32_t syscall_module_open(user_ptr name)
{
    char text[MODULE_NAME_MAX];
    int error = user_copy_text(text, name, sizeof(text));

    return error < 0 ? error : module_open(text);
}

int32_t syscall_module_close(uint32_t handle)
{
    return module_close(handle);
}

int32_t syscall_module_find(uint32_t handle, user_ptr function)
{
    char text[MODULE_FUNCTION_MAX];
    int error = user_copy_text(text, function, sizeof(text));

    return error < 0 ? error : module_find(handle, text);
}

/* The price of a call is paid here: the work is done where the handles are. */
int32_t syscall_module_call(uint32_t handle, uint32_t function, uint32_t a, uint32_t b, uint32_t c)
{
    return module_call(handle, function, a, b, c);
}

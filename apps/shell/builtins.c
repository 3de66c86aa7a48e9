#include "builtins.h"

#include <megha.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "programs.h"

#define KIB_PER_PAGE (PAGE_SIZE / 1024)

static void run_help(char *arguments);
static void run_ls(char *arguments);
static void run_mem(char *arguments);
static void run_ring0(char *arguments);
static void run_halt(char *arguments);
static void run_reboot(char *arguments);

static const struct builtin builtins[] = {
    {"help", NULL, "Lists the commands.", run_help},
    {"ls", NULL, "Lists the files that were loaded at boot, with their sizes in bytes.", run_ls},
    {"mem", NULL, "Tells how much memory there is and what holds it.", run_mem},
    {"ring0", "NAME arguments", "Runs a program in ring 0, with all the power of the kernel.",
     run_ring0},
    {"halt", NULL, "Switches the machine off.", run_halt},
    {"reboot", NULL, "Restarts the machine.", run_reboot},
};

#define BUILTINS (sizeof(builtins) / sizeof(builtins[0]))

const struct builtin *builtin_find(const char *name)
{
    for (size_t i = 0; i < BUILTINS; i++) {
        if (text_same_ignoring_case(builtins[i].name, name))
            return &builtins[i];
    }
    return NULL;
}

void builtin_run(const struct builtin *builtin, char *arguments)
{
    if (builtin->arguments == NULL && *arguments != '\0') {
        printf("%s takes no arguments.\n", builtin->name);
        return;
    }
    builtin->run(arguments);
}

static void print_help(const char *name, const char *arguments, const char *help)
{
    char words[32];
    snprintf(words, sizeof(words), "%s %s", name, arguments == NULL ? "" : arguments);
    printf("%-22s %s\n", words, help);
}

static void run_help(char *arguments)
{
    (void)arguments;
    print_help("NAME", "arguments", "Runs the program /apps/NAME in ring 3 and waits for its end.");
    for (size_t i = 0; i < BUILTINS; i++)
        print_help(builtins[i].name, builtins[i].arguments, builtins[i].help);
}

static void run_ls(char *arguments)
{
    struct file_info info;
    (void)arguments;
    for (uint32_t file = 0; file_info(file, &info) >= 0; file++)
        printf("%-32s %8lu\n", info.path, (unsigned long)info.size);
}

static void print_share(uint32_t pages, const char *holder)
{
    printf("%10lu KiB %s\n", (unsigned long)pages * KIB_PER_PAGE, holder);
}

static void run_mem(char *arguments)
{
    struct memory_info info;
    (void)arguments;
    int error = memory_info(&info);
    if (error < 0) {
        printf("mem: %s.\n", error_text(error));
        return;
    }
    print_share(info.total, "of memory in all");
    print_share(info.free, "are free");
    print_share(info.kernel, "hold the kernel with its tables and heap");
    print_share(info.files, "hold the files loaded at boot");
    print_share(info.stacks, "are the threads' kernel stacks");
    print_share(info.tables, "are page directories and page tables");
    print_share(info.user, "belong to programs");
    printf("%lu bytes of the kernel's heap are in use; %lu processes with %lu threads live.\n",
           (unsigned long)info.heap_bytes, (unsigned long)info.processes,
           (unsigned long)info.threads);
}

static void run_ring0(char *arguments)
{
    struct command command;
    if (!command_parse(arguments, &command)) {
        puts("ring0: name the program to run, as in: ring0 hello");
        return;
    }
    program_run(command.name, command.arguments, MODE_KERNEL);
}

static void switch_power(uint32_t action, const char *name)
{
    int error = power(action);
    printf("%s: the machine does not do it (%s); use its switch.\n", name, error_text(error));
}

static void run_halt(char *arguments)
{
    (void)arguments;
    switch_power(POWER_OFF, "halt");
}

static void run_reboot(char *arguments)
{
    (void)arguments;
    switch_power(POWER_RESTART, "reboot");
}

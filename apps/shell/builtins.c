#include "builtins.h"

#include <megha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"

static void run_help(char *arguments);
static void run_ls(char *arguments);
static void run_cat(char *arguments);
static void run_echo(char *arguments);
static void run_clear(char *arguments);
static void run_kill(char *arguments);
static void run_inspect(char *arguments);
static void run_halt(char *arguments);
static void run_reboot(char *arguments);

static const struct builtin builtins[] = {
    {"ring0", "NAME arguments", "Runs a program in ring 0, with the kernel's power.", NULL},
    {"without", "RIGHT NAME ...", "Runs it without ring0, modules, power or kill_any.", NULL},
    {"help", NULL, "Lists the commands.", run_help},
    {"ls", NULL, "Lists the files that the boot loaded, with their sizes.", run_ls},
    {"cat", "FILE", "Prints a file; a dot stands for what is not text.", run_cat},
    {"echo", "words", "Prints the words.", run_echo},
    {"ps", NULL, "Lists processes, groups and threads: state, time, stack.", show_ps},
    {"inspect", "PID", "Draws the address space of a process.", run_inspect},
    {"kill", "[-g] PID", "Ends a process; with -g its whole group.", run_kill},
    {"mem", NULL, "Tells how much memory there is and what holds it.", show_memory},
    {"milestones", NULL, "Tells when the boot reached what, and what each cost.", show_milestones},
    {"uptime", NULL, "Tells for how long the kernel has been running.", show_uptime},
    {"why", NULL, "Tells more about the last fault of a program.", show_fault},
    {"pages", "[ADDRESS [PID]]", "Follows an address through the page tables, bit by bit.",
     show_pages},
    {"gdt", NULL, NULL, show_gdt},
    {"idt", NULL, NULL, show_idt},
    {"tss", NULL, NULL, show_tss},
    {"memmap", NULL, NULL, show_memmap},
    {"stacks", NULL, NULL, show_stacks},
    {"clear", NULL, "Clears the screen.", run_clear},
    {"halt", NULL, "Switches the machine off.", run_halt},
    {"reboot", NULL, "Restarts the machine.", run_reboot},
};

#define BUILTINS (sizeof(builtins) / sizeof(builtins[0]))

unsigned int builtin_count(void)
{
    return BUILTINS;
}

const char *builtin_name(unsigned int number)
{
    return number < BUILTINS ? builtins[number].name : NULL;
}

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
    print_help("NAME", "arguments", "Runs the program /apps/NAME in ring 3, to its end.");
    print_help("NAME", "arguments &", "Runs it in the background.");
    for (size_t i = 0; i < BUILTINS; i++) {
        if (builtins[i].help != NULL)
            print_help(builtins[i].name, builtins[i].arguments, builtins[i].help);
    }
    print_help("gdt idt tss", NULL, "Each explains a table that the CPU reads.");
    print_help("memmap stacks", NULL, "Each shows what memory became.");
    puts("Programs to try: hello, threads, rings, primes, date, bootinfo; `ls` lists all.");
    puts("Tab completes a name, Up and Down bring back lines, Ctrl-C ends a program.");
}

static void run_ls(char *arguments)
{
    struct file_info info;
    (void)arguments;
    for (uint32_t file = 0; file_info(file, &info) >= 0; file++)
        printf("%-32s %8lu\n", info.path, (unsigned long)info.size);
}

/* What would move the cursor or ring the bell becomes a dot. */
static void print_plain(char *text, int32_t size)
{
    for (int32_t i = 0; i < size; i++) {
        if ((text[i] < ' ' && text[i] != '\n' && text[i] != '\t') || text[i] == '\x7F')
            text[i] = '.';
    }
    console_write_all(text, (uint32_t)size);
}

static void run_cat(char *arguments)
{
    char piece[256];
    int32_t size;
    uint32_t offset = 0;
    int32_t file = file_find(arguments);
    if (*arguments == '\0') {
        puts("cat: name a file with its whole path, as ls lists it.");
        return;
    }
    if (file < 0) {
        printf("cat: %s: %s; type ls for the list of files.\n", arguments, error_text(file));
        return;
    }
    while ((size = file_read((uint32_t)file, offset, piece, sizeof(piece))) > 0) {
        print_plain(piece, size);
        offset += (uint32_t)size;
    }
    if (offset > 0 && piece[(offset - 1) % sizeof(piece)] != '\n')
        putchar('\n');
}

static void run_echo(char *arguments)
{
    puts(arguments);
}

static void run_clear(char *arguments)
{
    (void)arguments;
    printf("\033[2J\033[H"); /* erase, cursor to the first row [ECMA48 8.3] */
}

/* The pid that the arguments name, or 0 after saying what is expected. */
static int32_t read_pid(const char *command, const char *arguments)
{
    char *end;
    long pid = strtol(arguments, &end, 10);
    if (*arguments != '\0' && *end == '\0' && pid > 0)
        return (int32_t)pid;
    printf("%s: name a process by its number, as ps lists it: %s 4\n", command, command);
    return 0;
}

static void run_inspect(char *arguments)
{
    int32_t pid = read_pid("inspect", arguments);
    if (pid != 0)
        show_space(pid);
}

static void kill_group(const char *arguments)
{
    int32_t pid = read_pid("kill -g", arguments);
    int error = pid == 0 ? 0 : group_kill(pid);
    if (error == ERR_NOT_ALLOWED)
        printf("kill: the group of process %d may not be ended: the right kill_any is missing.\n",
               (int)pid);
    else if (error == ERR_INVALID)
        printf("kill: process %d is in no group; kill %d ends it alone.\n", (int)pid, (int)pid);
    else if (error < 0)
        printf("kill: there is no process or group %d; type ps for the list.\n", (int)pid);
}

static void run_kill(char *arguments)
{
    if (strncmp(arguments, "-g", 2) == 0) {
        kill_group(arguments + 2);
        return;
    }
    int32_t pid = read_pid("kill", arguments);
    int error = pid == 0 ? 0 : process_kill(pid);
    if (error == ERR_NOT_ALLOWED)
        printf("kill: process %d may not be ended: it is init, or the right kill_any is missing.\n",
               (int)pid);
    else if (error < 0)
        printf("kill: there is no process %d; type ps for the list.\n", (int)pid);
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

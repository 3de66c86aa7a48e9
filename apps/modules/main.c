/* Shows, loads and unloads linked kernel modules. */
#include <megha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_MODULES);

#define FOLDER "/modules/"

static int print_usage(void)
{
    puts("usage: modules                     lists the modules that are loaded\n"
         "       modules load NAME [FILE]    loads /modules/NAME, or the file, under that name\n"
         "       modules unload NAME         takes a module out of the kernel");
    return 2;
}

static void print_needs(const struct module_status *module)
{
    for (unsigned int i = 0; i < MODULE_NEEDS_MAX && module->needs[i][0] != '\0'; i++)
        printf("%s%s", i == 0 ? "" : " ", module->needs[i]);
    if (module->needs[0][0] == '\0')
        putchar('-');
    putchar('\n');
}

static int list_modules(void)
{
    struct module_status module;
    uint32_t count = 0;

    for (; module_info(count, &module) >= 0; count++) {
        if (count == 0)
            puts("name          address     code   data users opens calls needs");
        printf("%-13s 0x%08lX %6lu %6lu %5lu %5lu %5lu ", module.name,
               (unsigned long)module.address, (unsigned long)module.text_size,
               (unsigned long)module.data_size, (unsigned long)module.users,
               (unsigned long)module.opens, (unsigned long)module.calls);
        print_needs(&module);
        printf("  %s %s: %lu functions for programs, %lu for modules\n", module.file, module.text,
               (unsigned long)module.functions, (unsigned long)module.exports);
    }
    if (count == 0)
        puts("No module is loaded; modules load NAME loads one of " FOLDER ".");
    return 0;
}

static int report(const char *what, const char *name, int error)
{
    if (error >= 0)
        return EXIT_SUCCESS;
    if (error == ERR_NOT_ALLOWED)
        printf("modules: %s cannot be %s: this program was started without the right modules.\n",
               name, what);
    else
        printf("modules: %s cannot be %s: %s.\n", name, what, error_text(error));
    return EXIT_FAILURE;
}

static int load(const char *name, const char *file)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s%s", file[0] == '/' ? "" : FOLDER, file);

    return report("loaded", name,
                  length < (int)sizeof(path) ? module_load(name, path) : ERR_TOO_LONG);
}

int main(int count, char **arguments)
{
    if (count == 1 || (count == 2 && strcmp(arguments[1], "list") == 0))
        return list_modules();
    if ((count == 3 || count == 4) && strcmp(arguments[1], "load") == 0)
        return load(arguments[2], arguments[count - 1]);
    if (count == 3 && strcmp(arguments[1], "unload") == 0)
        return report("unloaded", arguments[2], module_unload(arguments[2]));
    return print_usage();
}

#include <megha.h>

struct error_words {
    int value;
    const char *name;
    const char *text;
};

static const struct error_words errors[] = {
    {0, "SUCCESS", "nothing failed"},
#define ERROR(value, name, text) {value, #name, text},
#include <abi/errors.def>
#undef ERROR
};

static const struct error_words *find_error(int error)
{
    int value = error < 0 ? -error : error;
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        if (errors[i].value == value)
            return &errors[i];
    }
    return NULL;
}

const char *error_text(int error)
{
    const struct error_words *words = find_error(error);
    return words == NULL ? "an error without a name" : words->text;
}

const char *error_name(int error)
{
    const struct error_words *words = find_error(error);
    return words == NULL ? "UNKNOWN" : words->name;
}

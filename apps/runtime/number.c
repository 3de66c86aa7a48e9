#include "number.h"

static bool is_blank(char character)
{
    return character == ' ' || (character >= '\t' && character <= '\r');
}

/* The value of a digit, or 36 where it is none. */
static uint32_t digit_value(char character)
{
    if (character >= '0' && character <= '9')
        return (uint32_t)(character - '0');
    if (character >= 'a' && character <= 'z')
        return (uint32_t)(character - 'a') + 10;
    if (character >= 'A' && character <= 'Z')
        return (uint32_t)(character - 'A') + 10;
    return 36;
}

/* Skips 0x where it introduces a digit, and settles the base. */
static const char *skip_prefix(const char *text, uint32_t *base)
{
    bool hexadecimal =
        text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && digit_value(text[2]) < 16;
    if (hexadecimal && (*base == 0 || *base == 16)) {
        *base = 16;
        return text + 2;
    }
    if (*base == 0)
        *base = text[0] == '0' ? 8 : 10;
    return text;
}

struct number number_read(const char *text, int base)
{
    struct number number = {.end = text};
    uint32_t radix = (uint32_t)base;

    while (is_blank(*text))
        text++;
    number.negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    text = skip_prefix(text, &radix);
    for (uint32_t digit = digit_value(*text); digit < radix; digit = digit_value(*text)) {
        /* No room for another digit exactly when value * radix + digit > UINT32_MAX. */
        if (number.too_large || number.value > (UINT32_MAX - digit) / radix) {
            number.too_large = true;
            number.value = UINT32_MAX;
        } else {
            number.value = number.value * radix + digit;
        }
        number.end = ++text;
    }
    return number;
}

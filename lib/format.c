/* printf-style formatting (lib/format.h). */
#include <lib/divide.h>
#include <lib/format.h>
#include <lib/string.h>
#include <stdint.h>

#define DIGITS_MAX 24 /* 22 octal digits of 64 bits, with room to spare */

/* Where output goes. */
struct output {
    format_sink sink;
    void *context;
    size_t size;
};

/* One conversion: what stands between % and its letter. */
struct conversion {
    bool left, zeros, plus, space, alternate;
    int width;
    int precision; /* -1: none */
    int length;    /* bytes of the argument: 1, 2, 4 or 8 */
};

static void emit(struct output *out, const char *text, size_t size)
{
    if (size)
        out->sink(out->context, text, size);
    out->size += size;
}

static void fill(struct output *out, char character, int count)
{
    char block[16];

    if (count <= 0)
        return;
    memset(block, character, sizeof block);
    for (; count > (int)sizeof block; count -= (int)sizeof block)
        emit(out, block, sizeof block);
    emit(out, block, (size_t)count);
}

static void convert_text(struct output *out, const struct conversion *how, const char *text)
{
    size_t limit = how->precision >= 0 ? (size_t)how->precision : SIZE_MAX;
    size_t size = strnlen(text ? text : "(null)", limit);
    int padding = size < (size_t)how->width ? how->width - (int)size : 0;

    fill(out, ' ', how->left ? 0 : padding);
    emit(out, text ? text : "(null)", size);
    fill(out, ' ', how->left ? padding : 0);
}

/* Writes the digits of `value` so that they end at `end`; returns where they begin. */
static char *digits(char *end, uint64_t value, uint32_t base, bool capitals)
{
    const char *letters = capitals ? "0123456789ABCDEF" : "0123456789abcdef";

    while (value) {
        uint32_t digit;

        /* Most numbers are small: one short division instead of two. */
        if (value >> 32) {
            value = divide_by_32(value, base, &digit);
        } else {
            digit = (uint32_t)value % base;
            value = (uint32_t)value / base;
        }
        *--end = letters[digit];
    }
    return end;
}

static void convert_number(struct output *out, const struct conversion *how, uint64_t value,
                           uint32_t base, const char *prefix, bool capitals)
{
    char buffer[DIGITS_MAX];
    char *end = buffer + sizeof buffer;
    char *start = digits(end, value, base, capitals);
    int count = (int)(end - start);
    int zeros = (how->precision < 0 ? 1 : how->precision) - count;
    int padding;

    if (how->alternate && base == 8 && zeros <= 0)
        zeros = 1;
    if (zeros < 0)
        zeros = 0;
    padding = how->width - count - zeros - (int)strlen(prefix);
    if (how->zeros && !how->left && how->precision < 0 && padding > 0) {
        zeros += padding;
        padding = 0;
    }
    fill(out, ' ', how->left ? 0 : padding);
    emit(out, prefix, strlen(prefix));
    fill(out, '0', zeros);
    emit(out, start, (size_t)count);
    fill(out, ' ', how->left ? padding : 0);
}

static void convert_signed(struct output *out, const struct conversion *how, int64_t value)
{
    const char *sign = how->plus ? "+" : how->space ? " " : "";

    if (value < 0)
        convert_number(out, how, -(uint64_t)value, 10, "-", false);
    else
        convert_number(out, how, (uint64_t)value, 10, sign, false);
}

/* va_list may be an array type: only inside a structure can its address travel. */
struct arguments {
    va_list list;
};

static uint64_t next_unsigned(struct arguments *arguments, int length)
{
    if (length == 8)
        return va_arg(arguments->list, uint64_t);
    if (length == 1)
        return (uint8_t)va_arg(arguments->list, unsigned);
    if (length == 2)
        return (uint16_t)va_arg(arguments->list, unsigned);
    return va_arg(arguments->list, unsigned);
}

static int64_t next_signed(struct arguments *arguments, int length)
{
    if (length == 8)
        return va_arg(arguments->list, int64_t);
    if (length == 1)
        return (int8_t)va_arg(arguments->list, int);
    if (length == 2)
        return (int16_t)va_arg(arguments->list, int);
    return va_arg(arguments->list, int);
}

static const char *parse_flags(const char *at, struct conversion *how)
{
    for (;; at++)
        switch (*at) {
        case '-':
            how->left = true;
            break;
        case '0':
            how->zeros = true;
            break;
        case '+':
            how->plus = true;
            break;
        case ' ':
            how->space = true;
            break;
        case '#':
            how->alternate = true;
            break;
        default:
            return at;
        }
}

/* A number or `*`. Numbers stop growing long before they overflow. */
static const char *parse_number(const char *at, int *number, struct arguments *arguments)
{
    *number = 0;
    if (*at == '*') {
        *number = va_arg(arguments->list, int);
        return at + 1;
    }
    for (; *at >= '0' && *at <= '9'; at++)
        if (*number < 100000)
            *number = *number * 10 + (*at - '0');
    return at;
}

static const char *parse_length(const char *at, int *length)
{
    *length = sizeof(int);
    if (*at == 'h') {
        *length = at[1] == 'h' ? 1 : 2;
        return at + (at[1] == 'h' ? 2 : 1);
    }
    if (*at == 'l') {
        *length = at[1] == 'l' ? 8 : (int)sizeof(long);
        return at + (at[1] == 'l' ? 2 : 1);
    }
    if (*at == 'z') {
        *length = sizeof(size_t);
        return at + 1;
    }
    return at;
}

/* From behind the % to the conversion's letter. */
static const char *parse(const char *at, struct conversion *how, struct arguments *arguments)
{
    *how = (struct conversion){.precision = -1};
    at = parse_flags(at, how);
    at = parse_number(at, &how->width, arguments);
    if (how->width < 0) {
        how->left = true;
        how->width = how->width < -100000 ? 100000 : -how->width;
    }
    if (*at == '.') {
        at = parse_number(at + 1, &how->precision, arguments);
        if (how->precision < 0)
            how->precision = -1;
    }
    return parse_length(at, &how->length);
}

/* Converts the next argument; false where the letter is none of ours. */
static bool convert(struct output *out, char letter, struct conversion *how,
                    struct arguments *arguments)
{
    char character;
    uint64_t value;

    switch (letter) {
    case 'd':
    case 'i':
        convert_signed(out, how, next_signed(arguments, how->length));
        return true;
    case 'u':
        convert_number(out, how, next_unsigned(arguments, how->length), 10, "", false);
        return true;
    case 'o':
        convert_number(out, how, next_unsigned(arguments, how->length), 8, "", false);
        return true;
    case 'x':
    case 'X':
        value = next_unsigned(arguments, how->length);
        convert_number(out, how, value, 16,
                       how->alternate && value ? (letter == 'x' ? "0x" : "0X") : "", letter == 'X');
        return true;
    case 'p':
        convert_number(out, how, (uintptr_t)va_arg(arguments->list, void *), 16, "0x", false);
        return true;
    case 's':
        convert_text(out, how, va_arg(arguments->list, const char *));
        return true;
    case 'c':
        character = (char)va_arg(arguments->list, int);
        fill(out, ' ', how->left ? 0 : how->width - 1);
        emit(out, &character, 1);
        fill(out, ' ', how->left ? how->width - 1 : 0);
        return true;
    case '%':
        emit(out, "%", 1);
        return true;
    default:
        return false;
    }
}

size_t format_to(format_sink sink, void *context, const char *format, va_list list)
{
    struct output out = {.sink = sink, .context = context};
    struct arguments arguments;

    va_copy(arguments.list, list);
    while (*format) {
        const char *percent = format;
        const char *letter;
        struct conversion how;

        while (*percent && *percent != '%')
            percent++;
        emit(&out, format, (size_t)(percent - format));
        format = percent;
        if (!*percent)
            break;
        letter = parse(percent + 1, &how, &arguments);
        if (*letter && convert(&out, *letter, &how, &arguments)) {
            format = letter + 1;
        } else {
            /* Not ours: it prints as it stands. */
            format = *letter ? letter + 1 : letter;
            emit(&out, percent, (size_t)(format - percent));
        }
    }
    va_end(arguments.list);
    return out.size;
}

struct text_buffer {
    char *at;
    size_t left;
};

static void store(void *context, const char *text, size_t size)
{
    struct text_buffer *buffer = context;

    if (size > buffer->left)
        size = buffer->left;
    memcpy(buffer->at, text, size);
    buffer->at += size;
    buffer->left -= size;
}

size_t format_text_v(char *buffer, size_t room, const char *format, va_list arguments)
{
    struct text_buffer text = {.at = buffer, .left = room ? room - 1 : 0};
    size_t size = format_to(store, &text, format, arguments);

    if (room)
        *text.at = '\0';
    return size;
}

size_t format_text(char *buffer, size_t room, const char *format, ...)
{
    va_list arguments;
    size_t size;

    va_start(arguments, format);
    size = format_text_v(buffer, room, format, arguments);
    va_end(arguments);
    return size;
}

/*
 * PS/2 keyboard behind the 8042 controller [8042].
 *
 * The controller translates to scan code set 1, which decode() below reads. The keyboard itself is
 * not reset: the BIOS has set it up, and where it stands in for a USB keyboard a reset can end
 * that.
 */
#include <hw/keyboard.h>
#include <hw/pic.h>
#include <kernel/arch.h>
#include <kernel/drivers.h>

#define WAIT_TRIES  20000 /* port reads of about 1 us: 20 ms */
#define DRAIN_BYTES 64    /* more than any controller keeps */

/* Scan codes of set 1 that are not characters. */
enum {
    CODE_RELEASE = 0x80, /* added to the code */
    CODE_CTRL = 0x1D,
    CODE_LEFT_SHIFT = 0x2A,
    CODE_RIGHT_SHIFT = 0x36,
    CODE_CAPS = 0x3A,
    CODE_EXTENDED = 0xE0,
    CODE_PAUSE = 0xE1, /* two more bytes follow */
    CODE_ERROR_LOW = 0x00,
    CODE_ERROR_HIGH = 0xFF
};

/* With the prefix E0. */
enum {
    EXTENDED_ENTER = 0x1C,
    EXTENDED_SLASH = 0x35,
    EXTENDED_HOME = 0x47,
    EXTENDED_UP = 0x48,
    EXTENDED_PAGE_UP = 0x49,
    EXTENDED_LEFT = 0x4B,
    EXTENDED_RIGHT = 0x4D,
    EXTENDED_END = 0x4F,
    EXTENDED_DOWN = 0x50,
    EXTENDED_PAGE_DOWN = 0x51,
    EXTENDED_DELETE = 0x53
};

#define ESCAPE "\033"

/* US layout by scan code; 0 is no character. The keypad gives digits. */
static const char plain[] = "\0\0331234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 "
                            "\0\0\0\0\0\0\0\0\0\0\0\0\0"
                            "789-456+1230.\0\0\\";
static const char shifted[] =
    "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 "
    "\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "789-456+1230.\0\0|";

_Static_assert(sizeof(plain) == 0x58 && sizeof(shifted) == sizeof(plain),
               "both layouts reach to the key beside the left shift, 56h");

static struct {
    void (*key)(char byte);
    void (*page)(bool back);
    bool left_shift, right_shift, left_ctrl, right_ctrl;
    bool caps, caps_held; /* the lock, and its key: a held key repeats */
    bool extended;
    unsigned skip; /* bytes of the Pause key still to come */
} keyboard;

static void keyboard_send(const char *bytes)
{
    while (*bytes != '\0')
        keyboard.key(*bytes++);
}

static void decode_extended(uint8_t code, bool pressed)
{
    if (code == CODE_CTRL)
        keyboard.right_ctrl = pressed;
    if (!pressed)
        return;
    switch (code) {
    case EXTENDED_ENTER:
        keyboard_send("\n");
        break;
    case EXTENDED_SLASH:
        keyboard_send("/");
        break;
    case EXTENDED_HOME:
        keyboard_send(ESCAPE "[H");
        break;
    case EXTENDED_UP:
        keyboard_send(ESCAPE "[A");
        break;
    case EXTENDED_LEFT:
        keyboard_send(ESCAPE "[D");
        break;
    case EXTENDED_RIGHT:
        keyboard_send(ESCAPE "[C");
        break;
    case EXTENDED_END:
        keyboard_send(ESCAPE "[F");
        break;
    case EXTENDED_DOWN:
        keyboard_send(ESCAPE "[B");
        break;
    case EXTENDED_PAGE_UP:
    case EXTENDED_PAGE_DOWN:
        if (keyboard.left_shift || keyboard.right_shift)
            keyboard.page(code == EXTENDED_PAGE_UP);
        break;
    case EXTENDED_DELETE:
        keyboard_send(ESCAPE "[3~");
        break;
    default: /* the shifts that surround some extended keys, and keys without a meaning here */
        break;
    }
}

static void keyboard_character(uint8_t code)
{
    bool shift = keyboard.left_shift || keyboard.right_shift;
    char byte;

    if (code >= sizeof(plain) - 1)
        return;
    byte = plain[code];
    if (byte >= 'a' && byte <= 'z') {
        if (keyboard.left_ctrl || keyboard.right_ctrl) {
            keyboard.key((char)(byte - 'a' + 1));
            return;
        }
        shift = shift != keyboard.caps;
    }
    if (shift)
        byte = shifted[code];
    if (byte != '\0')
        keyboard.key(byte);
}

static void decode_plain(uint8_t code, bool pressed)
{
    switch (code) {
    case CODE_LEFT_SHIFT:
        keyboard.left_shift = pressed;
        break;
    case CODE_RIGHT_SHIFT:
        keyboard.right_shift = pressed;
        break;
    case CODE_CTRL:
        keyboard.left_ctrl = pressed;
        break;
    case CODE_CAPS:
        if (pressed && !keyboard.caps_held)
            keyboard.caps = !keyboard.caps;
        keyboard.caps_held = pressed;
        break;
    default:
        if (pressed)
            keyboard_character(code);
        break;
    }
}

static void decode(uint8_t byte)
{
    bool pressed = (byte & CODE_RELEASE) == 0;
    uint8_t code = byte & (CODE_RELEASE - 1);
    bool extended = keyboard.extended;

    if (byte == CODE_ERROR_LOW || byte == CODE_ERROR_HIGH) {
        keyboard.extended = false;
        keyboard.skip = 0;
        return;
    }
    if (keyboard.skip != 0) {
        keyboard.skip--;
        return;
    }
    if (byte == CODE_PAUSE) {
        keyboard.skip = 2;
        return;
    }
    keyboard.extended = byte == CODE_EXTENDED;
    if (keyboard.extended)
        return;
    if (extended)
        decode_extended(code, pressed);
    else
        decode_plain(code, pressed);
}

static void keyboard_interrupt(void)
{
    for (unsigned i = 0; i < DRAIN_BYTES; i++) {
        uint8_t status = arch_port_read8(KEYBOARD_STATUS);
        uint8_t byte;

        if ((status & KEYBOARD_OUTPUT_FULL) == 0 || status == KEYBOARD_ABSENT)
            return;
        byte = arch_port_read8(KEYBOARD_DATA);
        if ((status & KEYBOARD_FROM_MOUSE) == 0)
            decode(byte);
    }
}

/* Waits until the controller takes a byte, and sends it. */
static bool controller_write(uint16_t port, uint8_t value)
{
    for (unsigned i = 0; i < WAIT_TRIES; i++) {
        if ((arch_port_read8(KEYBOARD_STATUS) & KEYBOARD_INPUT_FULL) == 0) {
            arch_port_write8(port, value);
            return true;
        }
    }
    return false;
}

static bool controller_read(uint8_t *value)
{
    for (unsigned i = 0; i < WAIT_TRIES; i++) {
        if ((arch_port_read8(KEYBOARD_STATUS) & KEYBOARD_OUTPUT_FULL) != 0) {
            *value = arch_port_read8(KEYBOARD_DATA);
            return true;
        }
    }
    return false;
}

/* Throws away what nobody has read: with a full buffer no interrupt would ever come. */
static void controller_drain(void)
{
    for (unsigned i = 0; i < DRAIN_BYTES; i++) {
        if ((arch_port_read8(KEYBOARD_STATUS) & KEYBOARD_OUTPUT_FULL) == 0)
            return;
        (void)arch_port_read8(KEYBOARD_DATA);
    }
}

/* With both devices silent, so that no key falls between a command and its answer. */
static bool controller_configure(void)
{
    uint8_t config;

    if (!controller_write(KEYBOARD_COMMAND, KEYBOARD_DISABLE_1) ||
        !controller_write(KEYBOARD_COMMAND, KEYBOARD_DISABLE_2))
        return false;
    controller_drain();
    if (!controller_write(KEYBOARD_COMMAND, KEYBOARD_READ_CONFIG) || !controller_read(&config))
        return false;
    config |= KEYBOARD_CONFIG_IRQ1 | KEYBOARD_CONFIG_TRANSLATE;
    config &= (uint8_t) ~(KEYBOARD_CONFIG_IRQ12 | KEYBOARD_CONFIG_OFF_1);
    return controller_write(KEYBOARD_COMMAND, KEYBOARD_WRITE_CONFIG) &&
           controller_write(KEYBOARD_DATA, config) &&
           controller_write(KEYBOARD_COMMAND, KEYBOARD_ENABLE_1);
}

bool keyboard_start(void (*key)(char byte), void (*page)(bool back))
{
    if (arch_port_read8(KEYBOARD_STATUS) == KEYBOARD_ABSENT || !controller_configure())
        return false;
    keyboard.key = key;
    keyboard.page = page;
    arch_interrupt_set(IRQ_KEYBOARD, keyboard_interrupt);
    return true;
}

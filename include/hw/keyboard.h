/* The 8042 keyboard controller and a PS/2 keyboard [8042]. */
#ifndef HW_KEYBOARD_H
#define HW_KEYBOARD_H

#define KEYBOARD_DATA    0x60
#define KEYBOARD_STATUS  0x64 /* read */
#define KEYBOARD_COMMAND 0x64 /* write */

#define KEYBOARD_OUTPUT_FULL 0x01 /* there is a byte to read */
#define KEYBOARD_INPUT_FULL  0x02 /* the controller is busy */
#define KEYBOARD_FROM_MOUSE  0x20
#define KEYBOARD_ABSENT      0xFF /* what every port reads where there is no controller */

#define KEYBOARD_READ_CONFIG  0x20
#define KEYBOARD_WRITE_CONFIG 0x60
#define KEYBOARD_DISABLE_2    0xA7 /* the mouse */
#define KEYBOARD_DISABLE_1    0xAD
#define KEYBOARD_ENABLE_1     0xAE
#define KEYBOARD_READ_OUTPUT  0xD0
#define KEYBOARD_WRITE_OUTPUT 0xD1
#define KEYBOARD_RESET_CPU    0xFE

#define KEYBOARD_CONFIG_IRQ1      0x01
#define KEYBOARD_CONFIG_IRQ12     0x02
#define KEYBOARD_CONFIG_OFF_1     0x10 /* the keyboard is disabled */
#define KEYBOARD_CONFIG_TRANSLATE 0x40 /* the controller turns set 2 into set 1 */
#define KEYBOARD_OUTPUT_A20       0x02

#endif

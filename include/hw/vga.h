/* VGA text mode 3: 80 by 25 cells of character and attribute. */
#ifndef HW_VGA_H
#define HW_VGA_H

#define VGA_TEXT_BASE 0xB8000u
#define VGA_TEXT_SIZE 0x8000u
#define VGA_COLUMNS   80
#define VGA_ROWS      25

#define VGA_CRTC_INDEX  0x3D4
#define VGA_CRTC_DATA   0x3D5
#define VGA_START_HIGH  0x0C /* cell that the top left corner shows */
#define VGA_START_LOW   0x0D
#define VGA_CURSOR_HIGH 0x0E
#define VGA_CURSOR_LOW  0x0F

#define VGA_GREY_ON_BLACK 0x07
#define VGA_WHITE_ON_RED  0x4F

#endif

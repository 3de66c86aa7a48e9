/* The two 8259A interrupt controllers of the PC [8259A]. */
#ifndef HW_PIC_H
#define HW_PIC_H

#define PIC1_COMMAND 0x20
#define PIC1_DATA    0x21
#define PIC2_COMMAND 0xA0
#define PIC2_DATA    0xA1

#define PIC_ICW1      0x11 /* start initialisation, edge triggered, cascade, ICW4 follows */
#define PIC_ICW4      0x01 /* 8086 mode */
#define PIC_EOI       0x20 /* non-specific end of interrupt */
#define PIC_EOI_LINE  0x60 /* specific: plus the line, 0-7 */
#define PIC_READ_ISR  0x0B /* the next read of the command port gives the in-service register */
#define PIC_CASCADE   2    /* the line of the first that carries the second */
#define PIC_LINES     16
#define PIC_SPURIOUS1 7
#define PIC_SPURIOUS2 15

#define IRQ_TIMER    0
#define IRQ_KEYBOARD 1
#define IRQ_COM1     4

#endif

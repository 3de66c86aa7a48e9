/* The 16550 UART and its older relatives [16550]. Offsets are from the port's base. */
#ifndef HW_UART_H
#define HW_UART_H

#define UART_COM1 0x3F8

#define UART_DATA         0 /* with DLAB clear: receive and transmit buffer */
#define UART_INTERRUPTS   1 /* with DLAB clear: interrupt enable */
#define UART_DIVISOR_LOW  0 /* with DLAB set */
#define UART_DIVISOR_HIGH 1
#define UART_IDENTITY     2 /* read: interrupt identification */
#define UART_FIFO         2 /* write: FIFO control */
#define UART_LINE         3
#define UART_MODEM        4
#define UART_STATUS       5
#define UART_MODEM_STATUS 6
#define UART_SCRATCH      7

#define UART_INT_RECEIVE        0x01
#define UART_INT_TRANSMIT       0x02
#define UART_ID_NONE            0x01 /* no interrupt is pending */
#define UART_ID_FIFO            0xC0 /* both bits: a working 16550A FIFO */
#define UART_FIFO_ENABLE        0x07 /* enable, clear both */
#define UART_LINE_8N1           0x03
#define UART_LINE_DLAB          0x80
#define UART_MODEM_DTR          0x01
#define UART_MODEM_RTS          0x02
#define UART_MODEM_OUT2         0x08 /* lets the interrupt reach the PIC */
#define UART_MODEM_LOOP         0x10
#define UART_STATUS_DATA        0x01
#define UART_STATUS_FRAMING     0x08 /* the byte's stop bit was missing */
#define UART_STATUS_BREAK       0x10 /* the line was held low: no byte */
#define UART_STATUS_EMPTY       0x20 /* transmit FIFO is empty */
#define UART_STATUS_IDLE        0x40
#define UART_MODEM_STATUS_CTS   0x10
#define UART_MODEM_STATUS_DCD   0x80
#define UART_MODEM_STATUS_LINES 0xF0
#define UART_FIFO_BYTES         16
#define UART_CLOCK              115200u /* baud at divisor 1 */

#endif

/* COM1 (serial.h) [16550]. */
#include "serial.h"

#include <hw/uart.h>
#include <stdbool.h>

#include "clock.h"
#include "io.h"

#define PORT(offset) ((uint16_t)(UART_COM1 + (offset)))
#define SEND_MS                                                                                    \
    1000 /* 16 bytes leave in 1.4 ms; a virtual machine's host may be busy elsewhere               \
          */

static bool present;
static bool stuck;      /* waited in vain: do not wait again before it has moved */
static size_t room = 1; /* bytes that an empty transmitter takes */

void serial_start(void)
{
    out8(PORT(UART_LINE), UART_LINE_DLAB);
    out8(PORT(UART_DIVISOR_LOW), 1);
    out8(PORT(UART_DIVISOR_HIGH), 0);
    /* What was written last has to be there: an absent port reads as all ones. */
    present = in8(PORT(UART_DIVISOR_LOW)) == 1;
    out8(PORT(UART_LINE), UART_LINE_8N1);
    if (!present)
        return;
    out8(PORT(UART_INTERRUPTS), 0);
    out8(PORT(UART_FIFO), UART_FIFO_ENABLE);
    out8(PORT(UART_MODEM), UART_MODEM_DTR | UART_MODEM_RTS);
    if ((in8(PORT(UART_IDENTITY)) & UART_ID_FIFO) == UART_ID_FIFO)
        room = UART_FIFO_BYTES;
}

size_t serial_push(const char *text, size_t size)
{
    if (!present || !(in8(PORT(UART_STATUS)) & UART_STATUS_EMPTY))
        return 0;
    if (size > room)
        size = room;
    for (size_t i = 0; i < size; i++)
        out8(PORT(UART_DATA), (uint8_t)text[i]);
    stuck = false;
    return size;
}

size_t serial_send(const char *text, size_t size)
{
    size_t sent = serial_push(text, size);

    if (!present || stuck)
        return sent;
    clock_bound(SEND_MS);
    while (sent < size && !stuck) {
        size_t pushed = serial_push(text + sent, size - sent);

        sent += pushed;
        if (pushed)
            clock_bound(SEND_MS);
        else
            stuck = clock_bound_over();
    }
    return sent;
}

bool serial_received(void)
{
    return present && in8(PORT(UART_STATUS)) & UART_STATUS_DATA;
}

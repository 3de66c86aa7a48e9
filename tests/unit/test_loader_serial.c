/* sources: */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <hw/uart.h>

#include "../../bootloader/stage2/clock.h"

/* The loader's driver is compiled into this file: its ports are ours. */
#define IO_H
static uint8_t in8(uint16_t port);
static void out8(uint16_t port, uint8_t value);
#include "../../bootloader/stage2/serial.c"

#define TEXT_MAX 8192

/* A UART, and how long its FIFO takes to leave: 1.4 ms by its own clock, much longer where the host
 * of a virtual machine is busy elsewhere. */
static struct {
    bool absent;
    uint64_t ns;
    uint64_t access_ns; /* what an access to a port takes */
    uint64_t leave_ns;
    uint64_t empty_at;
    uint64_t stuck_from; /* from then on nothing leaves, 0: never */
    uint64_t bound_at;
    uint8_t divisor, line;
    char sent[TEXT_MAX];
    size_t count, in_fifo;
} uart;

static bool is_empty(void)
{
    if (uart.in_fifo && uart.stuck_from && uart.ns >= uart.stuck_from)
        return false;
    if (uart.ns < uart.empty_at)
        return false;
    uart.in_fifo = 0;
    return true;
}

static uint8_t in8(uint16_t port)
{
    uart.ns += uart.access_ns;
    if (uart.absent)
        return 0xFF;
    switch (port - UART_COM1) {
    case UART_STATUS:
        return is_empty() ? UART_STATUS_EMPTY : 0;
    case UART_IDENTITY:
        return UART_ID_FIFO;
    case UART_DIVISOR_LOW:
        return uart.divisor;
    default:
        return 0;
    }
}

static void out8(uint16_t port, uint8_t value)
{
    uart.ns += uart.access_ns;
    if (port == UART_COM1 + UART_LINE)
        uart.line = value;
    if (port != UART_COM1 + UART_DATA)
        return;
    if (uart.line & UART_LINE_DLAB) {
        uart.divisor = value;
        return;
    }
    assert_true(uart.in_fifo < UART_FIFO_BYTES);
    assert_true(uart.count < TEXT_MAX);
    if (!uart.in_fifo++)
        uart.empty_at = uart.ns + uart.leave_ns;
    uart.sent[uart.count++] = (char)value;
}

void clock_bound(uint32_t milliseconds)
{
    uart.bound_at = uart.ns + milliseconds * 1000000ull;
}

bool clock_bound_over(void)
{
    return uart.ns >= uart.bound_at;
}

static char text[TEXT_MAX];

static int prepare(void **state)
{
    (void)state;
    memset(&uart, 0, sizeof uart);
    uart.access_ns = 1000;
    uart.leave_ns = 1400000;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i % 26);
    serial_start();
    return 0;
}

static void everything_is_sent(void **state)
{
    (void)state;
    assert_int_equal(serial_send(text, 1000), 1000);
    assert_memory_equal(uart.sent, text, 1000);
}

/* A poll takes nanoseconds there, and the port's time is the host's. */
static void a_fast_machine_waits_as_long_as_the_port_takes(void **state)
{
    (void)state;
    uart.access_ns = 30;
    uart.leave_ns = 40000000;
    assert_int_equal(serial_send(text, 200), 200);
    assert_memory_equal(uart.sent, text, 200);
}

static void a_slow_port_is_waited_for_as_long_as_it_moves(void **state)
{
    (void)state;
    uart.leave_ns = 700000000;
    assert_int_equal(serial_send(text, 160), 160);
    assert_in_range(uart.ns, 6000000000, 8000000000);
}

static void a_port_that_no_longer_moves_is_waited_for_once(void **state)
{
    uint64_t start;

    (void)state;
    uart.stuck_from = uart.ns + 3000000;
    start = uart.ns;
    assert_in_range(serial_send(text, 1000), 16, 64);
    assert_in_range(uart.ns - start, 900000000, 1200000000);
    start = uart.ns;
    assert_int_equal(serial_send(text, 1000), 0);
    assert_in_range(uart.ns - start, 0, 100000);
    uart.stuck_from = 0;
    assert_int_equal(serial_send(text, 1000), 1000);
}

static void without_a_port_nothing_is_waited_for(void **state)
{
    uint64_t start;

    (void)state;
    uart.absent = true;
    serial_start();
    start = uart.ns;
    assert_int_equal(serial_send(text, 1000), 0);
    assert_in_range(uart.ns - start, 0, 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(everything_is_sent, prepare),
        cmocka_unit_test_setup(a_fast_machine_waits_as_long_as_the_port_takes, prepare),
        cmocka_unit_test_setup(a_slow_port_is_waited_for_as_long_as_it_moves, prepare),
        cmocka_unit_test_setup(a_port_that_no_longer_moves_is_waited_for_once, prepare),
        cmocka_unit_test_setup(without_a_port_nothing_is_waited_for, prepare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

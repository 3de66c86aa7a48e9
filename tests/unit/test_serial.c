/* sources: kernel/drivers/serial.c lib/format.c lib/divide.c tests/unit/fakes/ports.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hw/pic.h>
#include <hw/uart.h>
#include <kernel/drivers.h>

#include "fakes/ports.h"

#define SENT_MAX 131072

/* A 16550 that needs `slow` reads of its status to send what is in its FIFO; 0: sends at once. */
static struct {
    uint8_t regs[8];
    uint8_t divisor[2];
    unsigned fifo_limit;
    unsigned in_fifo;
    unsigned slow, wait;
    bool dead;             /* never sends */
    bool transmit_pending; /* its interrupt */
    bool overrun;          /* written to while its FIFO was full */
    bool resets;           /* its FIFO was cleared */
    char sent[SENT_MAX];
    size_t sent_size;
    const char *received;
    uint8_t received_status; /* error bits of the next byte */
} uart;

static uint64_t clock_ns;
static uint32_t read_ns; /* of a port; 0: the clock stands */

uint64_t clock_microseconds(void)
{
    return clock_ns / 1000;
}

static char got[256];
static size_t got_size;

static void receive(char byte)
{
    got[got_size++ % sizeof got] = byte;
}

static void uart_emptied(void)
{
    uart.in_fifo = 0;
    if (uart.regs[UART_INTERRUPTS] & UART_INT_TRANSMIT)
        uart.transmit_pending = true;
}

static uint32_t uart_status(void)
{
    uint32_t status = 0;

    if (uart.in_fifo && !uart.dead && uart.wait-- == 0)
        uart_emptied();
    if (!uart.in_fifo)
        status |= UART_STATUS_EMPTY | UART_STATUS_IDLE;
    if (*uart.received)
        status |= UART_STATUS_DATA | uart.received_status;
    return status;
}

static uint32_t uart_read(uint16_t port)
{
    unsigned reg = port - UART_COM1;
    uint32_t value;

    clock_ns += read_ns;

    if (reg <= UART_DIVISOR_HIGH && (uart.regs[UART_LINE] & UART_LINE_DLAB))
        return uart.divisor[reg];
    switch (reg) {
    case UART_DATA:
        uart.received_status = 0;
        return *uart.received ? (uint8_t)*uart.received++ : 0;
    case UART_IDENTITY:
        value = uart.fifo_limit > 1 ? UART_ID_FIFO : 0;
        if (*uart.received && (uart.regs[UART_INTERRUPTS] & UART_INT_RECEIVE))
            return value | 4;
        if (uart.transmit_pending) {
            uart.transmit_pending = false;
            return value | 2;
        }
        return value | UART_ID_NONE;
    case UART_STATUS:
        return uart_status();
    case UART_MODEM_STATUS:
        return uart.regs[UART_MODEM] & UART_MODEM_LOOP
                   ? (uart.regs[UART_MODEM] & 0xC) << 4 | (uart.regs[UART_MODEM] & 2) << 3
                   : 0xB0;
    default:
        return uart.regs[reg];
    }
}

static void uart_write(uint16_t port, uint32_t value)
{
    unsigned reg = port - UART_COM1;

    if (reg <= UART_DIVISOR_HIGH && (uart.regs[UART_LINE] & UART_LINE_DLAB)) {
        uart.divisor[reg] = (uint8_t)value;
    } else if (reg == UART_FIFO) {
        uart.resets = true;
    } else if (reg == UART_DATA) {
        assert_int_equal(uart.regs[UART_LINE], UART_LINE_8N1);
        assert_true(uart.sent_size < SENT_MAX);
        if (uart.in_fifo++ >= uart.fifo_limit)
            uart.overrun = true;
        uart.sent[uart.sent_size++] = (char)value;
        uart.transmit_pending = false;
        uart.wait = uart.slow;
        if (uart.slow == 0 && !uart.dead)
            uart_emptied();
    } else {
        uart.regs[reg] = (uint8_t)value;
        if (reg == UART_INTERRUPTS)
            uart.transmit_pending = (value & UART_INT_TRANSMIT) != 0 && uart.in_fifo == 0;
    }
}

/* Runs the interrupt handler as long as the port asks for it. */
static void interrupts(void)
{
    for (unsigned i = 0; i < 100000; i++) {
        (void)uart_status();
        if (uart.transmit_pending ||
            (*uart.received && (uart.regs[UART_INTERRUPTS] & UART_INT_RECEIVE)))
            ports_handlers[IRQ_COM1]();
    }
}

static int prepare(void **state)
{
    (void)state;
    /* What an earlier test left in the queue goes first, to nobody. */
    ports_reset();
    memset(&uart, 0, sizeof uart);
    uart.fifo_limit = UART_FIFO_BYTES;
    uart.received = "";
    ports_attach(UART_COM1, UART_COM1 + 7, uart_read, uart_write);
    if (serial_start()) {
        serial_drain();
        serial_interrupts(receive); /* and what it dropped is told */
        interrupts();
        serial_drain();
    }
    memset(&uart, 0, sizeof uart);
    uart.fifo_limit = UART_FIFO_BYTES;
    uart.received = "";
    got_size = 0;
    read_ns = 1000;
    ports_reads = 0;
    ports_writes = 0;
    return 0;
}

static void assert_sent(const char *text)
{
    assert_false(uart.overrun);
    assert_int_equal(uart.sent_size, strlen(text));
    assert_memory_equal(uart.sent, text, uart.sent_size);
}

/* "0123456789..." of that size. */
static char *pattern(size_t size)
{
    char *text = malloc(size + 1);

    assert_non_null(text);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('0' + i % 10);
    text[size] = '\0';
    return text;
}

static void a_machine_without_a_port_costs_nothing(void **state)
{
    (void)state;
    ports_reset();
    assert_false(serial_start());
    ports_reads = 0;
    ports_writes = 0;
    serial_interrupts(receive);
    serial_write("text", 4);
    serial_write_now("text", 4);
    serial_drain();
    assert_int_equal(ports_reads + ports_writes, 0);
    assert_int_equal(serial_dropped(), 0);
    assert_null(ports_handlers[IRQ_COM1]);
    assert_true(serial_room() > 256);
}

static uint32_t zero(uint16_t port)
{
    (void)port;
    return 0;
}

static void a_port_that_holds_nothing_is_none(void **state)
{
    (void)state;
    ports_reset();
    ports_attach(UART_COM1, UART_COM1 + 7, zero, NULL);
    assert_false(serial_start());
}

static void the_port_is_set_to_115200_8n1(void **state)
{
    (void)state;
    uart.divisor[0] = 12;
    assert_true(serial_start());
    assert_int_equal(uart.divisor[0], 1);
    assert_int_equal(uart.divisor[1], 0);
    assert_int_equal(uart.regs[UART_LINE], UART_LINE_8N1);
    assert_int_equal(uart.regs[UART_MODEM] & UART_MODEM_LOOP, 0);
    assert_true(uart.resets);
}

static void a_port_that_the_loader_set_up_keeps_its_bytes(void **state)
{
    (void)state;
    uart.divisor[0] = 1;
    uart.regs[UART_LINE] = UART_LINE_8N1;
    uart.in_fifo = 16;
    uart.dead = true;
    assert_true(serial_start());
    assert_false(uart.resets);
    assert_int_equal(uart.in_fifo, 16);
    assert_int_equal(uart.regs[UART_LINE], UART_LINE_8N1);
    assert_int_equal(uart.regs[UART_MODEM] & UART_MODEM_LOOP, 0);
}

static void a_newline_gets_a_return(void **state)
{
    (void)state;
    assert_true(serial_start());
    serial_write("a\nb\n", 4);
    assert_sent("a\r\nb\r\n");
    serial_write("c\r", 2); /* the loader's lines have theirs */
    serial_write("\n\n", 2);
    assert_sent("a\r\nb\r\nc\r\n\r\n");
}

static void before_interrupts_nothing_is_waited_for(void **state)
{
    uint32_t room;

    (void)state;
    uart.slow = 1000;
    assert_true(serial_start());
    ports_reads = 0;
    room = serial_room();
    serial_write("0123456789abcdefghij", 20);
    assert_sent("0123456789abcdef");
    assert_true(ports_reads < 4);
    assert_int_equal(serial_room(), room - 20 + UART_FIFO_BYTES);
    uart.wait = 0;
    serial_write("k", 1);
    assert_sent("0123456789abcdefghijk");
}

static void interrupts_send_the_rest(void **state)
{
    char *text = pattern(5000);

    (void)state;
    uart.slow = 3;
    assert_true(serial_start());
    serial_interrupts(receive);
    assert_non_null(ports_handlers[IRQ_COM1]);
    assert_int_not_equal(uart.regs[UART_MODEM] & UART_MODEM_OUT2, 0);
    serial_write(text, 5000);
    assert_true(uart.sent_size < 100);
    interrupts();
    assert_sent(text);
    free(text);
}

static void a_port_without_a_fifo_gets_single_bytes(void **state)
{
    (void)state;
    uart.fifo_limit = 1;
    uart.slow = 3;
    assert_true(serial_start());
    serial_interrupts(receive);
    serial_write("hello", 5);
    assert_int_equal(uart.sent_size, 1);
    interrupts();
    assert_sent("hello");
}

/* Whatever the port does: a write looks at it once, however much text there is. */
static void a_write_never_waits(void **state)
{
    char *text = pattern(60000);

    (void)state;
    uart.slow = 1000000;
    assert_true(serial_start());
    serial_interrupts(receive);
    for (int i = 0; i < 1000; i++) {
        ports_reads = 0;
        ports_writes = 0;
        serial_write(text, 60);
        assert_true(ports_reads <= 2 && ports_writes <= UART_FIFO_BYTES);
    }
    serial_write(text, 60000);
    assert_true(ports_reads <= 4 && ports_writes <= UART_FIFO_BYTES);
    free(text);
}

/* A port that is emulated is empty again at once. */
static void a_write_fills_one_fifo_where_interrupts_send_the_rest(void **state)
{
    char *text = pattern(5000);

    (void)state;
    assert_true(serial_start());
    serial_interrupts(receive);
    serial_write(text, 5000);
    assert_int_equal(uart.sent_size, UART_FIFO_BYTES);
    for (int i = 0; uart.sent_size < 5000; i++) {
        assert_true(i < 200);
        serial_tick();
        interrupts();
    }
    assert_sent(text);
    free(text);
}

static void what_has_no_room_is_dropped_and_told(void **state)
{
    char *text = pattern(30000);
    uint32_t dropped = serial_dropped();
    char note[64];
    uint32_t kept;

    (void)state;
    uart.slow = 50;
    assert_true(serial_start());
    serial_interrupts(receive);
    serial_write(text, 30000);
    dropped = serial_dropped() - dropped;
    assert_in_range(dropped, 30000 - 16384 - 32, 30000 - 16384 + 32);
    kept = 30000 - dropped;
    interrupts();
    snprintf(note, sizeof note, "\r\n[%u bytes were dropped here]\r\n", (unsigned)dropped);
    assert_int_equal(uart.sent_size, kept + strlen(note));
    assert_memory_equal(uart.sent, text, kept);
    assert_memory_equal(uart.sent + kept, note, strlen(note));

    /* Once. */
    serial_write("more", 4);
    interrupts();
    assert_int_equal(uart.sent_size, kept + strlen(note) + 4);
    free(text);
}

static void a_newline_at_the_end_of_the_queue_stays_whole(void **state)
{
    static char text[60000], expected[2 * sizeof text];
    size_t size = 0;

    (void)state;
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = rand() % 3 == 0 ? '\n' : (char)('a' + i % 26);
        if (text[i] == '\n')
            expected[size++] = '\r';
        expected[size++] = text[i];
    }
    uart.slow = 1;
    assert_true(serial_start());
    serial_write(text, 45000);
    serial_drain();
    assert_in_range(uart.sent_size, 16384 - 2, 16384 + 64);
    assert_memory_equal(uart.sent, expected, 16384 - 2);
}

static void a_port_that_does_not_move_is_waited_for_once(void **state)
{
    char *text = pattern(20000);
    uint32_t dropped = serial_dropped(), sent;
    unsigned reads;

    (void)state;
    uart.dead = true;
    assert_true(serial_start());
    serial_write(text, 20000);
    assert_in_range(serial_dropped() - dropped, 20000 - 16384 - 32, 20000 - 16384 + 32);
    assert_true(serial_room() < 32);
    sent = serial_sent();
    serial_give_up();
    assert_int_equal(serial_room(), 16384);
    reads = ports_reads;
    serial_write_now(text, 20000);
    serial_drain();
    assert_true(ports_reads - reads < 100);
    assert_int_equal(serial_sent(), sent);

    /* It moves again: what waited is sent, and new text is taken. */
    uart.dead = false;
    uart.slow = 2;
    dropped = serial_dropped();
    uart.wait = 0;
    serial_write("", 0);
    serial_drain();
    assert_true(serial_sent() != sent);
    serial_write("end", 3);
    serial_drain();
    assert_int_equal(serial_dropped(), dropped);
    assert_memory_equal(&uart.sent[uart.sent_size - 3], "end", 3);
    assert_true(uart.sent_size >= 16384);
    free(text);
}

static void a_panic_sends_first_what_waits(void **state)
{
    (void)state;
    uart.slow = 10;
    assert_true(serial_start());
    serial_write("0123456789abcdefghij", 20);
    serial_write_now("PANIC\n", 6);
    assert_sent("0123456789abcdefghijPANIC\r\n");
}

static void received_bytes_are_reported(void **state)
{
    (void)state;
    assert_true(serial_start());
    serial_interrupts(receive);
    uart.received = "hello from the other end, more than a FIFO holds";
    interrupts();
    assert_int_equal(got_size, 48);
    assert_memory_equal(got, "hello from the other end, more than a FIFO holds", 48);
}

static void noise_is_no_key(void **state)
{
    (void)state;
    assert_true(serial_start());
    serial_interrupts(receive);
    uart.received = "\001x";
    uart.received_status = UART_STATUS_BREAK | UART_STATUS_FRAMING;
    interrupts();
    assert_int_equal(got_size, 1);
    assert_int_equal(got[0], 'x');
}

/* A virtual machine polls a port in nanoseconds, and its host has other work. */
static void a_port_that_is_slow_by_the_clock_is_waited_for(void **state)
{
    char *text = pattern(200);
    uint32_t dropped = serial_dropped();

    (void)state;
    assert_true(serial_start());
    uart.slow = 400000;
    read_ns = 100;
    serial_write_now(text, 200);
    assert_int_equal(serial_dropped(), dropped);
    assert_sent(text);
    free(text);
}

static void a_dead_port_is_waited_for_a_second(void **state)
{
    uint64_t start = clock_ns;
    uint32_t clocks[] = {50, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        prepare(NULL);
        read_ns = clocks[i];
        assert_true(serial_start());
        uart.dead = true;
        start = clock_ns;
        serial_write_now("0123456789ABCDEF0123456789ABCDEF", 32);
        assert_in_range(clock_ns - start, 1000000000, 1100000000);
        start = clock_ns;
        serial_write_now("0123456789ABCDEF", 16);
        assert_in_range(clock_ns - start, 0, 1000000);
    }
}

static void a_dead_port_beside_a_clock_that_stands_is_not_waited_for_for_ever(void **state)
{
    (void)state;
    read_ns = 0;
    assert_true(serial_start());
    uart.dead = true;
    serial_write_now("0123456789ABCDEF0123456789ABCDEF", 32);
    assert_in_range(ports_reads, 1000000, 20000000);
}

static void the_handler_ends_on_a_port_that_never_falls_silent(void **state)
{
    (void)state;
    assert_true(serial_start());
    serial_interrupts(receive);
    ports_reset();
    ports_attach(UART_COM1, UART_COM1 + 7, zero, NULL);
    serial_interrupts(receive);
    ports_reads = 0;
    ports_handlers[IRQ_COM1]();
    assert_true(ports_reads < 20);
}

/* It is heard again at the next tick. */
static void a_port_that_never_falls_silent_is_silenced(void **state)
{
    char *text = pattern(1000);

    (void)state;
    assert_true(serial_start());
    serial_interrupts(receive);
    uart.received = text;
    ports_handlers[IRQ_COM1]();
    assert_in_range(got_size, 16, 3 * UART_FIFO_BYTES);
    assert_int_equal(uart.regs[UART_INTERRUPTS], 0);
    serial_tick();
    assert_int_equal(uart.regs[UART_INTERRUPTS], UART_INT_RECEIVE | UART_INT_TRANSMIT);
    for (int i = 0; *uart.received; i++) {
        assert_true(i < 100);
        interrupts();
        serial_tick();
    }
    assert_int_equal(got_size, 1000);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_machine_without_a_port_costs_nothing, prepare),
        cmocka_unit_test_setup(a_port_that_holds_nothing_is_none, prepare),
        cmocka_unit_test_setup(the_port_is_set_to_115200_8n1, prepare),
        cmocka_unit_test_setup(a_port_that_the_loader_set_up_keeps_its_bytes, prepare),
        cmocka_unit_test_setup(a_newline_gets_a_return, prepare),
        cmocka_unit_test_setup(before_interrupts_nothing_is_waited_for, prepare),
        cmocka_unit_test_setup(interrupts_send_the_rest, prepare),
        cmocka_unit_test_setup(a_port_without_a_fifo_gets_single_bytes, prepare),
        cmocka_unit_test_setup(a_write_never_waits, prepare),
        cmocka_unit_test_setup(a_write_fills_one_fifo_where_interrupts_send_the_rest, prepare),
        cmocka_unit_test_setup(what_has_no_room_is_dropped_and_told, prepare),
        cmocka_unit_test_setup(a_port_that_never_falls_silent_is_silenced, prepare),
        cmocka_unit_test_setup(a_newline_at_the_end_of_the_queue_stays_whole, prepare),
        cmocka_unit_test_setup(a_port_that_does_not_move_is_waited_for_once, prepare),
        cmocka_unit_test_setup(a_panic_sends_first_what_waits, prepare),
        cmocka_unit_test_setup(received_bytes_are_reported, prepare),
        cmocka_unit_test_setup(noise_is_no_key, prepare),
        cmocka_unit_test_setup(a_port_that_is_slow_by_the_clock_is_waited_for, prepare),
        cmocka_unit_test_setup(a_dead_port_is_waited_for_a_second, prepare),
        cmocka_unit_test_setup(a_dead_port_beside_a_clock_that_stands_is_not_waited_for_for_ever,
                               prepare),
        cmocka_unit_test_setup(the_handler_ends_on_a_port_that_never_falls_silent, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Serial port COM1: 115200 8N1 [16550].
 *
 * What is written waits in a ring. Whoever finds the transmitter empty refills its FIFO: the
 * writer, and from serial_interrupts on the interrupt that says so. Both interrupts stay enabled
 * for good: the transmitter's comes once each time the FIFO has run empty, so it needs no
 * switching.
 */
#include <hw/pic.h>
#include <hw/uart.h>
#include <kernel/arch.h>
#include <kernel/drivers.h>
#include <lib/format.h>

#define RING_SIZE 16384u /* a power of two */

/*
 * A full FIFO takes 1.4 ms to leave. A virtual machine polls in nanoseconds, while its host may be
 * busy elsewhere: so the wait is a second by the clock, which is read only now and then. Without a
 * time stamp counter the clock stands while interrupts are off, but for a tick: there the tries
 * count, of about 1 us each on such a PC.
 */
#define WAIT_US       1000000u
#define STANDS_US     10000u
#define WAIT_TRIES    1000000u
#define TRIES_A_CLOCK 1024u

/* Passes of one interrupt; a port that is real needs one or two. */
#define INTERRUPT_PASSES 3

#define NOTE_MAX 48

#define DIVISOR_115200 (UART_CLOCK / 115200u)

static struct {
    bool present;
    bool has_interrupts;
    bool stuck;             /* waited in vain: do not wait again before it has moved */
    bool paused;            /* its interrupts are off until the next tick */
    uint32_t fifo;          /* bytes that an empty transmitter takes */
    uint32_t put, got;      /* running counts of bytes; their difference is what waits */
    char last;              /* byte queued */
    uint32_t dropped, told; /* bytes of text; how many of them the port was told of */
    void (*receive)(char byte);
} serial;

static uint8_t ring[RING_SIZE];

static uint8_t uart_read(unsigned reg)
{
    return arch_port_read8((uint16_t)(UART_COM1 + reg));
}

static void uart_write(unsigned reg, unsigned value)
{
    arch_port_write8((uint16_t)(UART_COM1 + reg), (uint8_t)value);
}

/* Waits until a bit of the line status is set. */
static bool uart_wait(uint8_t bit)
{
    uint64_t start = clock_microseconds();

    for (uint32_t tries = 1;; tries++) {
        uint64_t passed;

        if ((uart_read(UART_STATUS) & bit) != 0)
            return true;
        if (tries % TRIES_A_CLOCK != 0)
            continue;
        passed = clock_microseconds() - start;
        if (passed >= WAIT_US || (tries >= WAIT_TRIES && passed < STANDS_US))
            return false;
    }
}

/* The interrupt enables hold what is written to them: where there is no UART, nothing does. */
static bool uart_answers(void)
{
    bool answers;

    if (uart_read(UART_STATUS) == 0xFF)
        return false;
    uart_write(UART_INTERRUPTS, 0);
    answers = (uart_read(UART_INTERRUPTS) & 0x0F) == 0;
    uart_write(UART_INTERRUPTS, 0x0F);
    answers = answers && (uart_read(UART_INTERRUPTS) & 0x0F) == 0x0F;
    uart_write(UART_INTERRUPTS, 0);
    return answers;
}

/* True where the loader has set the port up: then its last bytes are still on their way, and a
 * reset would lose them. */
static bool uart_is_set_up(void)
{
    uint32_t divisor;

    if (uart_read(UART_LINE) != UART_LINE_8N1)
        return false;
    uart_write(UART_LINE, UART_LINE_8N1 | UART_LINE_DLAB);
    divisor = uart_read(UART_DIVISOR_LOW);
    divisor |= (uint32_t)uart_read(UART_DIVISOR_HIGH) << 8;
    uart_write(UART_LINE, UART_LINE_8N1);
    return divisor == DIVISOR_115200;
}

/* Sets the port up. Returns false where the modem lines do not come back in loopback mode: then it
 * is something else than a UART. */
static bool uart_set_up(void)
{
    uint8_t lines;

    uart_write(UART_LINE, UART_LINE_8N1 | UART_LINE_DLAB);
    uart_write(UART_DIVISOR_LOW, DIVISOR_115200 & 0xFF);
    uart_write(UART_DIVISOR_HIGH, DIVISOR_115200 >> 8);
    uart_write(UART_LINE, UART_LINE_8N1);
    uart_write(UART_FIFO, UART_FIFO_ENABLE);

    uart_write(UART_MODEM, UART_MODEM_LOOP | UART_MODEM_OUT2 | UART_MODEM_RTS);
    lines = uart_read(UART_MODEM_STATUS) & UART_MODEM_STATUS_LINES;
    uart_write(UART_MODEM, UART_MODEM_DTR | UART_MODEM_RTS);
    return lines == (UART_MODEM_STATUS_DCD | UART_MODEM_STATUS_CTS);
}

bool serial_start(void)
{
    serial.present = false;
    serial.has_interrupts = false;
    if (!uart_answers())
        return false;
    if (!uart_is_set_up() && !uart_set_up())
        return false;
    serial.fifo = (uart_read(UART_IDENTITY) & UART_ID_FIFO) == UART_ID_FIFO ? UART_FIFO_BYTES : 1;
    serial.present = true;
    return true;
}

static void serial_queue(char byte)
{
    ring[serial.put++ % RING_SIZE] = (uint8_t)byte;
    serial.last = byte;
}

/* Whoever reads the port learns that something is missing, as soon as an interrupt finds that all
 * before it has been sent. */
static void serial_tell_dropped(void)
{
    char note[NOTE_MAX];
    size_t size;

    if (serial.put != serial.got)
        return;
    size = format_text(note, sizeof(note), "\r\n[%u bytes were dropped here]\r\n",
                       (unsigned)(serial.dropped - serial.told));
    serial.told = serial.dropped;
    for (size_t i = 0; i < size; i++)
        serial_queue(note[i]);
}

/* Fills the empty transmitter from the ring. */
static void serial_fill(void)
{
    uint32_t count = serial.put - serial.got;

    if (count > serial.fifo)
        count = serial.fifo;
    for (; count != 0; count--)
        uart_write(UART_DATA, ring[serial.got++ % RING_SIZE]);
    serial.stuck = false;
}

/* Sends as much as the port takes at once. Where the interrupt sends the rest, that is one FIFO: a
 * port that is emulated takes any amount at once, which would take long. */
static void serial_push(void)
{
    do {
        if (serial.put == serial.got || (uart_read(UART_STATUS) & UART_STATUS_EMPTY) == 0)
            return;
        serial_fill();
    } while (!serial.has_interrupts);
}

/* Waits for the transmitter and refills it; returns whether that has made room. */
static bool serial_wait_fill(void)
{
    if (serial.stuck)
        return false;
    if (!uart_wait(UART_STATUS_EMPTY)) {
        serial.stuck = true;
        return false;
    }
    serial_fill();
    return true;
}

uint32_t serial_room(void)
{
    return serial.present && !serial.stuck ? RING_SIZE - (serial.put - serial.got) : RING_SIZE;
}

void serial_write(const char *text, size_t size)
{
    if (!serial.present)
        return;
    for (size_t i = 0; i < size; i++) {
        if (serial.put - serial.got > RING_SIZE - 2) { /* '\n' needs two */
            serial.dropped += (uint32_t)(size - i);
            break;
        }
        if (text[i] == '\n' && serial.last != '\r')
            serial_queue('\r');
        serial_queue(text[i]);
    }
    serial_push();
}

/* Sends all that waits, by polling. */
static void serial_flush(void)
{
    while (serial.put != serial.got && serial_wait_fill()) {
    }
}

void serial_write_now(const char *text, size_t size)
{
    serial_flush();
    serial_write(text, size);
    serial_flush();
}

void serial_drain(void)
{
    if (serial.present) {
        serial_flush();
        if (!serial.stuck)
            (void)uart_wait(UART_STATUS_IDLE);
    }
}

uint32_t serial_dropped(void)
{
    return serial.dropped;
}

uint32_t serial_sent(void)
{
    return serial.got;
}

void serial_give_up(void)
{
    serial.stuck = true;
}

/* Takes what has been received. Returns the last status. */
static uint8_t serial_take(void)
{
    uint8_t status = uart_read(UART_STATUS);

    for (unsigned i = 0; i < UART_FIFO_BYTES && (status & UART_STATUS_DATA) != 0; i++) {
        char byte = (char)uart_read(UART_DATA);

        /* Noise is no key. After an overrun the byte itself is good; those before it are lost. */
        if ((status & (UART_STATUS_FRAMING | UART_STATUS_BREAK)) == 0)
            serial.receive(byte);
        status = uart_read(UART_STATUS);
    }
    return status;
}

static void allow_interrupts(void)
{
    serial.paused = false;
    uart_write(UART_INTERRUPTS, UART_INT_RECEIVE | UART_INT_TRANSMIT);
}

/* The PIC sees edges only: the UART has to fall silent before the handler may return. One that is
 * emulated may take and give bytes without end: it is silenced until the next tick. */
static void serial_interrupt(void)
{
    for (unsigned i = 0; i < INTERRUPT_PASSES; i++) {
        if ((uart_read(UART_IDENTITY) & UART_ID_NONE) != 0)
            return;
        if ((serial_take() & UART_STATUS_EMPTY) == 0)
            continue;
        if (serial.dropped != serial.told)
            serial_tell_dropped();
        serial_fill();
    }
    uart_write(UART_INTERRUPTS, 0);
    serial.paused = true;
}

void serial_tick(void)
{
    if (serial.paused)
        allow_interrupts();
}

void serial_interrupts(void (*receive)(char byte))
{
    if (!serial.present)
        return;
    serial.receive = receive;
    arch_interrupt_set(IRQ_COM1, serial_interrupt);
    uart_write(UART_MODEM, UART_MODEM_DTR | UART_MODEM_RTS | UART_MODEM_OUT2);
    allow_interrupts();
    serial.has_interrupts = true;
    serial_push();
}

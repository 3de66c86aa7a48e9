/* sources: kernel/drivers/power.c tests/unit/fakes/ports.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hw/keyboard.h>
#include <hw/power.h>
#include <kernel/debug.h>
#include <kernel/drivers.h>

#include "fakes/ports.h"

static jmp_buf end;
static bool said, stopped, tripled, reset;
static unsigned drains;
static char bochs[16];     /* what its shutdown port got */
static uint16_t off_port;  /* where a sleep was asked for */
static const char *answer; /* of QEMU's configuration device */
static uint32_t chip, chip_device, chip_function, chip_base, pci_address;

void serial_drain(void)
{
    drains++;
}

void log_plain(const char *format, ...)
{
    said = strstr(format, "safe to switch the machine off") != NULL;
}

void arch_stop(void)
{
    stopped = true;
    longjmp(end, 1);
}

void arch_triple_fault(void)
{
    tripled = true;
    longjmp(end, 1);
}

static uint32_t bochs_read(uint16_t port)
{
    return port;
}

static void bochs_write(uint16_t port, uint32_t value)
{
    size_t size = strlen(bochs);

    (void)port;
    bochs[size] = (char)value;
    if (strcmp(bochs, "Shutdown") == 0)
        longjmp(end, 1);
}

static uint32_t fw_cfg_read(uint16_t port)
{
    (void)port;
    return *answer ? (uint8_t)*answer++ : 0;
}

static void fw_cfg_write(uint16_t port, uint32_t value)
{
    if (port == FW_CFG_SELECTOR && value == FW_CFG_SIGNATURE)
        answer = "QEMU";
}

static uint32_t pci_data(uint16_t port)
{
    uint32_t place = PCI_ENABLE | chip_device << 11 | chip_function << 8;

    (void)port;
    if (chip && pci_address == place)
        return chip;
    if (chip && pci_address == (place | PCI_PM_BASE))
        return chip_base | 1;
    return 0xFFFFFFFF;
}

static void pci_select(uint16_t port, uint32_t value)
{
    (void)port;
    pci_address = value;
}

static void sleep_write(uint16_t port, uint32_t value)
{
    assert_int_equal(value, ACPI_SLEEP_ENABLE);
    off_port = port;
    longjmp(end, 1);
}

static void reset_write(uint16_t port, uint32_t value)
{
    if ((port == KEYBOARD_COMMAND && value == KEYBOARD_RESET_CPU) ||
        (port == RESET_PORT && value == RESET_NOW)) {
        reset = true;
        longjmp(end, 1);
    }
}

static int prepare(void **state)
{
    (void)state;
    ports_reset();
    said = stopped = tripled = reset = false;
    drains = 0;
    memset(bochs, 0, sizeof bochs);
    off_port = 0;
    answer = "";
    chip = 0;
    return 0;
}

static void be_qemu(uint32_t identity, uint32_t device, uint32_t function, uint32_t base)
{
    chip = identity;
    chip_device = device;
    chip_function = function;
    chip_base = base;
    ports_attach(FW_CFG_SELECTOR, FW_CFG_DATA, fw_cfg_read, fw_cfg_write);
    ports_attach(PCI_ADDRESS, PCI_ADDRESS, NULL, pci_select);
    ports_attach(PCI_DATA, PCI_DATA, pci_data, NULL);
}

static void bochs_is_told_to_shut_down(void **state)
{
    (void)state;
    ports_attach(BOCHS_PORT, BOCHS_PORT, bochs_read, NULL);
    ports_attach(BOCHS_SHUTDOWN_PORT, BOCHS_SHUTDOWN_PORT, NULL, bochs_write);
    if (!setjmp(end))
        power_off();
    assert_string_equal(bochs, "Shutdown");
    assert_true(drains > 0);
    assert_false(said);
}

static void qemus_pc_is_switched_off_by_its_power_chip(void **state)
{
    (void)state;
    be_qemu(PCI_PIIX4_PM, 1, 3, 0xB000);
    ports_attach(0xB004, 0xB004, NULL, sleep_write);
    if (!setjmp(end))
        power_off();
    assert_int_equal(off_port, 0xB004);
    assert_false(said);
}

static void qemus_q35_is_switched_off_by_its_bridge(void **state)
{
    (void)state;
    be_qemu(PCI_ICH9_LPC, 31, 0, 0x680);
    ports_attach(0x684, 0x684, NULL, sleep_write);
    if (!setjmp(end))
        power_off();
    assert_int_equal(off_port, 0x684);
}

static void qemu_with_another_chip_is_tried_at_the_usual_place(void **state)
{
    (void)state;
    be_qemu(0, 0, 0, 0);
    ports_attach(0x604, 0x604, NULL, sleep_write);
    if (!setjmp(end))
        power_off();
    assert_int_equal(off_port, 0x604);
}

static void a_pc_says_that_it_can_be_switched_off(void **state)
{
    (void)state;
    ports_attach(0x604, 0x604, NULL, sleep_write);
    if (!setjmp(end))
        power_off();
    assert_int_equal(off_port, 0);
    assert_true(said && stopped);
    assert_true(ports_reads < 1000);
}

static void the_keyboard_controller_restarts(void **state)
{
    (void)state;
    ports_attach(KEYBOARD_COMMAND, KEYBOARD_COMMAND, NULL, reset_write);
    if (!setjmp(end))
        power_restart();
    assert_true(reset && drains > 0);
    assert_false(tripled);
}

static void without_one_the_chip_set_restarts(void **state)
{
    (void)state;
    ports_attach(RESET_PORT, RESET_PORT, NULL, reset_write);
    if (!setjmp(end))
        power_restart();
    assert_true(reset);
}

static void at_last_a_triple_fault_restarts(void **state)
{
    (void)state;
    if (!setjmp(end))
        power_restart();
    assert_true(tripled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(bochs_is_told_to_shut_down, prepare),
        cmocka_unit_test_setup(qemus_pc_is_switched_off_by_its_power_chip, prepare),
        cmocka_unit_test_setup(qemus_q35_is_switched_off_by_its_bridge, prepare),
        cmocka_unit_test_setup(qemu_with_another_chip_is_tried_at_the_usual_place, prepare),
        cmocka_unit_test_setup(a_pc_says_that_it_can_be_switched_off, prepare),
        cmocka_unit_test_setup(the_keyboard_controller_restarts, prepare),
        cmocka_unit_test_setup(without_one_the_chip_set_restarts, prepare),
        cmocka_unit_test_setup(at_last_a_triple_fault_restarts, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

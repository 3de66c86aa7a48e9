/*
 * Switching off and restarting.
 *
 * A PC is switched off by its ACPI registers, whose place and values only an interpreter of the
 * ACPI tables knows in general. The emulators' are known here.
 */
#include <hw/keyboard.h>
#include <hw/power.h>
#include <kernel/arch.h>
#include <kernel/debug.h>
#include <kernel/drivers.h>
#include <lib/string.h>

#define SETTLE_READS 100000 /* about 100 ms: port 80h takes 1 us on a PC */
#define WAIT_TRIES   20000

static void power_settle(void)
{
    for (unsigned i = 0; i < SETTLE_READS; i++)
        (void)arch_port_read8(POST_PORT);
}

/* Bochs shows itself where its port E9 is on (`port_e9_hack` in bochsrc). */
static void power_off_bochs(void)
{
    const char *word = BOCHS_SHUTDOWN_WORD;

    if (arch_port_read8(BOCHS_PORT) != BOCHS_PORT)
        return;
    while (*word != '\0')
        arch_port_write8(BOCHS_SHUTDOWN_PORT, (uint8_t)*word++);
    power_settle();
}

/* QEMU answers with its name when its configuration device is asked for item 0. */
static bool power_is_qemu(void)
{
    char signature[5] = {0};

    arch_port_write16(FW_CFG_SELECTOR, FW_CFG_SIGNATURE);
    for (unsigned i = 0; i < sizeof(signature) - 1; i++)
        signature[i] = (char)arch_port_read8(FW_CFG_DATA);
    return strcmp(signature, "QEMU") == 0;
}

static uint32_t pci_read(uint32_t device, uint32_t function, uint32_t reg)
{
    arch_port_write32(PCI_ADDRESS, PCI_ENABLE | device << 11 | function << 8 | reg);
    return arch_port_read32(PCI_DATA);
}

/*
 * The port of the ACPI register PM1a control, by the chip that QEMU's machines have; 0 where none
 * of them is there. Both chips keep the base of the registers at 40h.
 */
static uint16_t power_pm1_control(void)
{
    for (uint32_t device = 0; device < PCI_DEVICES; device++) {
        for (uint32_t function = 0; function < PCI_FUNCTIONS; function++) {
            uint32_t identity = pci_read(device, function, PCI_IDENTITY);

            if (identity == PCI_PIIX4_PM || identity == PCI_ICH9_LPC) {
                uint32_t base = pci_read(device, function, PCI_PM_BASE) & PCI_PM_BASE_MASK;

                return base != 0 ? (uint16_t)(base + ACPI_PM1_CONTROL) : 0;
            }
        }
    }
    return 0;
}

static void power_off_qemu(void)
{
    uint16_t port;

    if (!power_is_qemu())
        return;
    port = power_pm1_control();
    if (port == 0)
        port = QEMU_PM_BASE_USUAL + ACPI_PM1_CONTROL;
    arch_port_write16(port, ACPI_SLEEP_ENABLE | QEMU_SLEEP_TYPE_OFF);
    power_settle();
}

void power_off(void)
{
    serial_drain();
    power_off_bochs();
    power_off_qemu();
    log_plain("It is now safe to switch the machine off.");
    serial_drain();
    arch_stop();
}

void power_restart(void)
{
    serial_drain();
    for (unsigned i = 0; i < WAIT_TRIES; i++)
        if ((arch_port_read8(KEYBOARD_STATUS) & KEYBOARD_INPUT_FULL) == 0)
            break;
    arch_port_write8(KEYBOARD_COMMAND, KEYBOARD_RESET_CPU);
    power_settle();

    arch_port_write8(RESET_PORT, RESET_PREPARE);
    arch_port_write8(RESET_PORT, RESET_NOW);
    power_settle();
    arch_triple_fault();
}

/* Ports that switch a PC, or an emulator, off or on again [PCI, ACPI, PIIX4, ICH9]. */
#ifndef HW_POWER_H
#define HW_POWER_H

#define POST_PORT 0x80 /* reading it takes about a microsecond and does nothing */

/* Reset control register of the chip set. */
#define RESET_PORT    0xCF9
#define RESET_PREPARE 0x02 /* the reset will be a full one */
#define RESET_NOW     0x06

/* PCI configuration mechanism 1: bus 0. */
#define PCI_ADDRESS   0xCF8
#define PCI_DATA      0xCFC
#define PCI_ENABLE    0x80000000u
#define PCI_DEVICES   32u
#define PCI_FUNCTIONS 8u
#define PCI_IDENTITY  0x00 /* device in the upper, vendor in the lower half */

/* The chips with the ACPI registers in QEMU's machines pc and q35. */
#define PCI_PIIX4_PM     0x71138086u
#define PCI_ICH9_LPC     0x29188086u
#define PCI_PM_BASE      0x40
#define PCI_PM_BASE_MASK 0xFF80u

/* PM1a control, from the base on, and its bits. */
#define ACPI_PM1_CONTROL  4
#define ACPI_SLEEP_ENABLE 0x2000
/* The sleep type is the machine's choice. In QEMU 0 is off. */
#define QEMU_SLEEP_TYPE_OFF 0x0000
#define QEMU_PM_BASE_USUAL  0x600 /* where its BIOS puts the registers */

/* QEMU's firmware configuration device. */
#define FW_CFG_SELECTOR  0x510
#define FW_CFG_DATA      0x511
#define FW_CFG_SIGNATURE 0

/* Bochs. */
#define BOCHS_PORT          0xE9 /* reads as its own number */
#define BOCHS_SHUTDOWN_PORT 0x8900
#define BOCHS_SHUTDOWN_WORD "Shutdown"

#endif

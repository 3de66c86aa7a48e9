/* The 8254 interval timer [8254]. */
#ifndef HW_PIT_H
#define HW_PIT_H

#define PIT_HZ 1193182u /* 14.31818 MHz / 12 */

#define PIT_CHANNEL0 0x40
#define PIT_CHANNEL2 0x42
#define PIT_COMMAND  0x43

#define PIT_RATE_GENERATOR0 0x34 /* channel 0, low then high byte, mode 2, binary */
#define PIT_LATCH0          0x00 /* freeze channel 0's count for reading */
#define PIT_ONE_SHOT2       0xB0 /* channel 2, low then high byte, mode 0, binary */

/* Channel 2's gate and output are bits of system port B. */
#define PIT_PORT_B         0x61
#define PIT_PORT_B_GATE2   0x01
#define PIT_PORT_B_SPEAKER 0x02
#define PIT_PORT_B_OUT2    0x20

#endif

/* The clock of the PC's CMOS memory [MC146818]: what the kernel's own clock looks at. */
#ifndef HW_CMOS_H
#define HW_CMOS_H

#define CMOS_INDEX 0x70 /* bit 7 stays 0: NMI stays on */
#define CMOS_DATA  0x71

#define CMOS_SECOND 0x00
#define CMOS_A      0x0A

#define CMOS_A_UPDATING 0x80 /* what the registers of the date show is nonsense */

#endif

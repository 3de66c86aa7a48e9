/*
 * The numbers that NASM shares with C. This file is compiled to assembly and never linked;
 * tools/offsets.py turns each marked line into `NAME equ VALUE` in build/generated/loader.inc.
 */
#include <boot/info.h>
#include <boot/layout.h>
#include <hw/keyboard.h>
#include <hw/uart.h>
#include <hw/x86.h>
#include <stddef.h>

#include "real.h"

#define CONSTANT(name) __asm__ volatile(".ascii \"->" #name " %c0\"" : : "i"(name))
#define OFFSET(name, structure, part)                                                              \
    __asm__ volatile(".ascii \"->" #name " %c0\"" : : "i"(offsetof(structure, part)))

void offsets(void);

void offsets(void)
{
    CONSTANT(SECTOR_SIZE);
    CONSTANT(STAGE2_LBA);
    CONSTANT(STAGE2_FIRST_SECTORS);
    CONSTANT(STAGE2_FIRST_BASE);
    CONSTANT(STAGE2_FIRST_SIZE);
    CONSTANT(STAGE2_MAX_SECTORS);
    CONSTANT(STAGE2_REST_BASE);
    CONSTANT(STAGE2_STACK_TOP);
    CONSTANT(STAGE2_MAGIC);
    CONSTANT(STAGE1_BASE);
    CONSTANT(STAGE1_RECORD);
    CONSTANT(LOADER_LIMIT);
    CONSTANT(BOOT_MAGIC);
    CONSTANT(READ_EDD);
    CONSTANT(READ_CHS);

    OFFSET(RECORD_TICK, struct stage1_record, tick);
    OFFSET(RECORD_HEADS, struct stage1_record, heads);
    OFFSET(RECORD_SPT, struct stage1_record, sectors_per_track);
    OFFSET(RECORD_GIVEN, struct stage1_record, drive_given);
    OFFSET(RECORD_DRIVE, struct stage1_record, drive);
    OFFSET(RECORD_METHOD, struct stage1_record, method);
    OFFSET(RECORD_READS, struct stage1_record, reads);
    OFFSET(RECORD_RETRIES, struct stage1_record, retries);
    OFFSET(RECORD_STATUS, struct stage1_record, status);
    OFFSET(RECORD_TRIES, struct stage1_record, tries);
    OFFSET(FACTS_TSC, struct real_facts, tsc);
    OFFSET(FACTS_TICK, struct real_facts, tick);
    OFFSET(FACTS_HAS_TSC, struct real_facts, has_tsc);
    OFFSET(FACTS_CONVENTIONAL_KB, struct real_facts, conventional_kb);
    OFFSET(FACTS_VIDEO_MODE, struct real_facts, video_mode);
    __asm__ volatile(".ascii \"->FACTS_SIZE %c0\"" : : "i"(sizeof(struct real_facts)));
    __asm__ volatile(".ascii \"->RECORD_SIZE %c0\"" : : "i"(sizeof(struct stage1_record)));
    __asm__ volatile(".ascii \"->BIOS_REGISTERS_SIZE %c0\"" : : "i"(sizeof(struct bios_registers)));

    CONSTANT(CR0_PE);
    CONSTANT(CR0_PG);
    CONSTANT(EFLAGS_AC);
    CONSTANT(EFLAGS_ID);
    CONSTANT(CPUID_TSC);
    CONSTANT(SEGMENT_CODE);
    CONSTANT(SEGMENT_DATA);
    CONSTANT(SEGMENT_PAGES_32);
    CONSTANT(SEGMENT_BYTES_16);
    CONSTANT(GATE_INTERRUPT);
    CONSTANT(VECTOR_EXCEPTIONS);
    CONSTANT(VECTORS_WITH_ERROR_CODE);
    CONSTANT(UART_COM1);
    CONSTANT(UART_DATA);
    CONSTANT(UART_DIVISOR_LOW);
    CONSTANT(UART_DIVISOR_HIGH);
    CONSTANT(UART_FIFO);
    CONSTANT(UART_LINE);
    CONSTANT(UART_MODEM);
    CONSTANT(UART_STATUS);
    CONSTANT(UART_FIFO_ENABLE);
    CONSTANT(UART_LINE_8N1);
    CONSTANT(UART_LINE_DLAB);
    CONSTANT(UART_MODEM_DTR);
    CONSTANT(UART_MODEM_RTS);
    CONSTANT(UART_STATUS_DATA);
    CONSTANT(UART_STATUS_EMPTY);
    CONSTANT(KEYBOARD_COMMAND);
    CONSTANT(KEYBOARD_RESET_CPU);
}

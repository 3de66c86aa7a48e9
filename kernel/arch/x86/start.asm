; The kernel's first instructions: turns paging on and moves to the high half. The loader has cleared
; what follows the file in memory (bss), as the header's two sizes tell.
;
; Entered from:  stage 2 (bootloader/stage2/main.c), at the physical address in the header
; CPU state:     32-bit protected mode, flat segments, paging off, interrupts off, A20 on;
;                EAX = BOOT_MAGIC, EBX = physical address of struct boot_info; ESP is not used
; Leaves to:     kernel_main (kernel/main.c), at KERNEL_BASE

%include "kernel.inc"

BOOT_STACK_SIZE equ 8192

extern kernel_main
extern kernel_header_file_size, kernel_header_memory_size

%define PHYSICAL(symbol) (symbol - KERNEL_BASE)

; Keeps the time stamp counter of a milestone in boot_stamps, where the loader found that there is one.
; Clobbers EAX and EDX. %1 = index, %2 = what to subtract from addresses while they are physical.
%macro STAMP 2
        cmp     dword [ebx + INFO_TSC_KHZ], 0
        je      %%no_counter
        rdtsc
        mov     [boot_stamps - %2 + %1 * 8], eax
        mov     [boot_stamps - %2 + %1 * 8 + 4], edx
%%no_counter:
%endmacro

; ---- struct kernel_header ------------------------------------------------------------------------
section .header progbits alloc noexec nowrite align=4
        dd      KERNEL_MAGIC, KERNEL_VERSION, KERNEL_LOAD, milestone_60_kernel_entry
        dd      kernel_header_file_size, kernel_header_memory_size
        dd      0                               ; CRC-32, by tools/finish_kernel.py
        times 20 db 0                           ; build id, by the same

; ---- At the physical address ---------------------------------------------------------------------
section .boot progbits alloc exec nowrite align=16

global milestone_60_kernel_entry:function
milestone_60_kernel_entry:
        cld
        cmp     eax, BOOT_MAGIC
        jne     not_our_loader
        STAMP   0, KERNEL_BASE

        ; One page table serves the first 4 MiB twice: at 0, because the instruction behind the one
        ; that turns paging on still has a low address, and at KERNEL_BASE.
        mov     edi, PHYSICAL(boot_page_table)
        mov     eax, PTE_PRESENT | PTE_WRITE
        mov     ecx, PAGE_ENTRIES
.next_page:
        stosd
        add     eax, PAGE_SIZE
        loop    .next_page
        mov     eax, PHYSICAL(boot_page_table) + PTE_PRESENT + PTE_WRITE
        mov     [PHYSICAL(master_directory)], eax
        mov     [PHYSICAL(master_directory) + (KERNEL_BASE >> TABLE_SHIFT) * 4], eax
        mov     eax, PHYSICAL(master_directory)
        mov     cr3, eax

        ; WP: the kernel too obeys read-only pages. EM: an x87 instruction is a fault. CD, NW: a reset
        ; turns the caches off, and not every BIOS turns them on.
        mov     eax, cr0
        or      eax, CR0_PG | CR0_WP | CR0_NE | CR0_EM | CR0_MP
        and     eax, ~(CR0_TS | CR0_CD | CR0_NW)
        mov     cr0, eax

global milestone_62_paging_on:function
milestone_62_paging_on:
        STAMP   1, KERNEL_BASE
        mov     eax, high_half
        jmp     eax

; Whoever started this file passed no boot_info: there is nothing to go on with.
not_our_loader:
        mov     esi, PHYSICAL(not_our_loader_text)
        mov     edi, VGA_TEXT_BASE
        mov     ah, VGA_WHITE_ON_RED
.next_character:
        lodsb
        test    al, al
        jz      .stop
        stosw
        jmp     .next_character
.stop:
        cli
        hlt
        jmp     .stop

; ---- At KERNEL_BASE ------------------------------------------------------------------------------
section .text

high_half:
        mov     esp, boot_stack_top
        xor     ebp, ebp                        ; the end of every backtrace

global milestone_64_mapped_high:function
milestone_64_mapped_high:
        STAMP   2, 0
        add     ebx, KERNEL_BASE
        push    ebx
        call    kernel_main                     ; does not return

section .rodata
not_our_loader_text:
        db      "Megha's kernel was not started by its own loader. Write the whole disk image to the stick.", 0

section .data align=8
; Time stamp counter at milestones 60, 62 and 64.
global boot_stamps
boot_stamps:
        dq      0, 0, 0

section .bss.page nobits alloc noexec write align=4096
global master_directory, boot_page_table, boot_stack, boot_stack_top
master_directory:
        resb    PAGE_SIZE
boot_page_table:
        resb    PAGE_SIZE
boot_stack:
        resb    BOOT_STACK_SIZE
boot_stack_top:

section .note.GNU-stack noalloc noexec nowrite progbits

; The way into protected mode, and the doors between it and the 16-bit code.
;
; Entered from  entry.asm, in real mode
; CPU state     CS = DS = ES = SS = 0, interrupts on
; Leaves to     stage2_main (main.c): flat 32-bit segments, interrupts off, ESP = STAGE2_STACK_TOP, bss zeroed

%define PROTECTED_MODE_MODULE
%include "loader.inc"
%include "stage2/real/real.inc"

        extern  stage2_main             ; main.c
        extern  exceptions_idt_pointer  ; real/exceptions.asm
        extern  stage2_bss_start, stage2_bss_dwords     ; stage2.ld

        bits 16
        section .first progbits alloc exec write

        global protected_mode_start
protected_mode_start:
        cli
        lgdt    [gdt_pointer]
        mov     eax, cr0
        or      al, CR0_PE
        mov     cr0, eax
        jmp     dword CODE32:.flat

        bits 32
.flat:
        mov     ax, DATA32
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     esp, STAGE2_STACK_TOP

        global milestone_22_protected_mode:function
milestone_22_protected_mode:
        mov     edi, stage2_bss_start
        mov     ecx, stage2_bss_dwords
        xor     eax, eax
        xor     ebp, ebp                ; the end of the chain of frames
        rep stosd
        lidt    [exceptions_idt_pointer]
        call    stage2_main             ; does not return

; void kernel_enter(uint32_t entry, uint32_t boot_info)
        global kernel_enter:function
kernel_enter:
        mov     ecx, [esp + 4]
        mov     ebx, [esp + 8]
        mov     eax, BOOT_MAGIC
        jmp     ecx

; void real_restart(void): the end of a fatal failure. The BIOS's entry is wanted there, so it is 16-bit code.
        global real_restart:function
real_restart:
        mov     esp, REAL_STACK
        jmp     CODE16:.limited

        bits 16
.limited:
        mov     ax, DATA16
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        lidt    [real_idt_pointer]
        mov     eax, cr0
        and     al, ~CR0_PE & 0xFF
        mov     cr0, eax
        jmp     0:.real
.real:
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        jmp     restart_machine

; An access byte and flags for base 0; the limit is in bytes or pages as the flags say.
%macro descriptor 3                     ; limit, access, flags
        dw      (%1) & 0xFFFF
        dw      0
        db      0, %2, (%3) << 4 | (%1) >> 16, 0
%endmacro

        section .first.data
        align   8
gdt:
        dq      0
        descriptor 0xFFFFF, SEGMENT_CODE, SEGMENT_PAGES_32      ; CODE32
        descriptor 0xFFFFF, SEGMENT_DATA, SEGMENT_PAGES_32      ; DATA32
        ; A segment register keeps its limit when PE is cleared: real mode needs 64 KiB.
        descriptor 0xFFFF, SEGMENT_CODE, SEGMENT_BYTES_16       ; CODE16
        descriptor 0xFFFF, SEGMENT_DATA, SEGMENT_BYTES_16       ; DATA16
gdt_end:

        global gdt_pointer, real_idt_pointer
gdt_pointer:
        dw      gdt_end - gdt - 1
        dd      gdt
real_idt_pointer:
        dw      0x3FF
        dd      0

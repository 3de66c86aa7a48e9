; Instructions that ring 3 must not be able to use, and some that only look harmless.

%include "tests/hostile/programs/hostile_code/cases.inc"

CASES privileged_cases

%macro GP 2+
CASE %1, 13
        %2
%endmacro
; Where the CPU knows the instruction it is a general protection fault, else an invalid opcode.
%macro REFUSED 2+
CASE %1, ENDS_BY_FAULT
        %2
%endmacro
; QEMU 10 lets a program go on behind these, and has done nothing.
%macro GP_OR_NOTHING 2+
CASE %1, GP_OR_NOTHING
        %2
        LEAVE
%endmacro
%macro HARMLESS 2+
CASE %1, ENDS_WELL
        %2
        LEAVE
%endmacro

        GP "hlt", hlt
        GP "cli", cli
        GP "sti", sti
        GP "in from the keyboard", in al, 0x60
        GP "in from the power port", in ax, dx
        GP "out to the PIC", out 0x20, al
        GP "out of 32 bits", out dx, eax
        GP "insb", insb
        GP "outsd", outsd
        GP "lgdt", lgdt [esp]
        GP "lidt", lidt [esp]
        GP "lldt", lldt ax
        GP "ltr", ltr ax
        GP "lmsw", lmsw ax
        GP "clts", clts
        GP "read CR0", mov eax, cr0
        GP "write CR0", mov cr0, eax
        GP "read CR2", mov eax, cr2
        GP "write CR2", mov cr2, eax
        GP "read CR3", mov eax, cr3
        GP "write CR3", mov cr3, eax
        GP "read CR4", mov eax, cr4
        GP "write CR4", mov cr4, eax
        GP "read DR6", mov eax, dr6
        GP "write DR0", mov dr0, eax
        GP "write DR7", mov dr7, eax
        GP_OR_NOTHING "invd", invd
        GP_OR_NOTHING "wbinvd", wbinvd
        GP "invlpg", invlpg [esp]
        GP "rdmsr", rdmsr
        GP "wrmsr", wrmsr
        GP "int of the timer's line", int 32
        REFUSED "CR1", db 0x0F, 0x20, 0xC8
        REFUSED "CR8", db 0xF0, 0x0F, 0x20, 0xC0
        REFUSED "sysexit", sysexit
        REFUSED "rdpmc", rdpmc
        REFUSED "rsm", rsm
        REFUSED "syscall", db 0x0F, 0x05
        REFUSED "sysret", db 0x0F, 0x07
        REFUSED "xsetbv", db 0x0F, 0x01, 0xD1
        REFUSED "monitor", db 0x0F, 0x01, 0xC8
        REFUSED "mwait", db 0x0F, 0x01, 0xC9
        REFUSED "stac", db 0x0F, 0x01, 0xCB
        REFUSED "vmcall", db 0x0F, 0x01, 0xC1
        REFUSED "vmmcall", db 0x0F, 0x01, 0xD9
        REFUSED "vmrun", db 0x0F, 0x01, 0xD8
        REFUSED "vmxon", db 0xF3, 0x0F, 0xC7, 0x34, 0x24
        REFUSED "invpcid", db 0x66, 0x0F, 0x38, 0x82, 0x04, 0x24
        REFUSED "swapgs", db 0x0F, 0x01, 0xF8
        REFUSED "an AVX instruction", db 0xC5, 0xF8, 0x77
        HARMLESS "popfd with IOPL", SET_FLAGS FLAG_IOPL
        HARMLESS "popfd with VM", SET_FLAGS FLAG_VM
        HARMLESS "lar of a task", lar eax, eax
        HARMLESS "verw of ring 0", verw ax
CASE "popfd cannot turn interrupts off", ENDS_WELL
        push    2
        popfd
        SPIN
        pushfd
        pop     eax
        and     eax, 1 << 9
        cmp     eax, 1 << 9
        LEAVE_IF_EQUAL
CASE "popfd cannot change IOPL", ENDS_WELL
        SET_FLAGS FLAG_IOPL
        pushfd
        pop     eax
        and     eax, FLAG_IOPL
        cmp     eax, 0
        LEAVE_IF_EQUAL

CASES_END

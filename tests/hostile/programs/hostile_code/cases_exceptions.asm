; Every exception that a program in ring 3 can raise, most of them in several ways.

%include "tests/hostile/programs/hostile_code/cases.inc"

CASES exception_cases

CASE "divide by zero", 0
        xor     ecx, ecx
        div     ecx
CASE "quotient too large", 0
        mov     eax, 0x80000000
        cdq
        or      ecx, -1
        idiv    ecx
CASE "aam 0", 0
        db      0xD4, 0
CASE "single step", 1
        SET_FLAGS FLAG_TF
        nop
        nop
CASE "icebp", ENDS_BY_FAULT
        db      0xF1
CASE "int3", 3
        int3
CASE "into", 4
        mov     al, 0x7F
        inc     al
        into
CASE "bound", 5
        push    1
        push    0
        mov     eax, 2
        bound   eax, [esp]
CASE "ud2", 6
        ud2
CASE "lock nop", 6
        db      0xF0, 0x90
CASE "lock cmpxchg8b eax", 6
        db      0xF0, 0x0F, 0xC7, 0xC8
CASE "mov cs", 6
        db      0x8E, 0xC8
CASE "unknown opcode", 6
        db      0x0F, 0xFF, 0xC0
CASE "lea of a register", 6
        db      0x8D, 0xC0
CASE "sixteen prefixes", 13
        times 16 db 0x66
        nop
CASE "x87 division by zero", 16
        fninit
        push    0x037B
        fldcw   [esp]
        fld1
        fldz
        fdivp
        fwait
CASE "x87 error left pending", ENDS_WELL
        fninit
        push    0x037B
        fldcw   [esp]
        fld1
        fldz
        fdivp
        LEAVE
CASE "x87 stack overflow", ENDS_BY_FAULT
        fninit
        push    0x037E
        fldcw   [esp]
        times 9 fld1
        fwait
CASE "SSE invalid operation", ENDS
        push    0x1F00
        ldmxcsr [esp]
        mov     eax, 0xBF800000
        movd    xmm0, eax
        sqrtss  xmm0, xmm0
        LEAVE
CASE "reserved bits of MXCSR", ENDS
        push    -1
        ldmxcsr [esp]
        LEAVE
CASE "SSE operand not aligned", ENDS
        movaps  xmm0, [esp + 1]
        LEAVE
CASE "AC and an odd address", ENDS_WELL
        SET_FLAGS FLAG_AC
        mov     eax, [esp - 7]
        mov     [esp - 7], eax
        LEAVE

; ---- Segments ----------------------------------------------------------------------------------------
%macro LOAD_CASE 4                              ; name, register, selector, end
CASE %1, %4
        mov     eax, %3
        mov     %2, ax
%endmacro
        LOAD_CASE "DS of ring 0", ds, 0x10, 13
        LOAD_CASE "ES of ring 0's code", es, 0x08, 13
        LOAD_CASE "FS behind the table", fs, 0xFFF8, 13
        LOAD_CASE "GS of no local table", gs, 0x07, 13
        LOAD_CASE "DS of a task", ds, 0x28, 13
        LOAD_CASE "SS null", ss, 0, 13
        LOAD_CASE "SS of ring 0", ss, 0x10, 13
        LOAD_CASE "SS of code", ss, 0x1B, 13
        LOAD_CASE "SS with RPL 0", ss, 0x20, 13
CASE "jump to ring 0", 13
        jmp     0x08:TEXT
CASE "call of ring 0", 13
        call    0x0B:TEXT
CASE "jump to the main task", 13
        jmp     0x28:0
CASE "call of the double-fault task", 13
        call    0x30:0
CASE "jump to a null selector", 13
        jmp     0:0
CASE "far return to ring 0", ENDS_BY_FAULT ; QEMU with SMAP pops as the kernel: a page fault
        push    0x08
        push    TEXT
        retf
CASE "IRET to ring 0", ENDS_BY_FAULT
        pushfd
        push    0x08
        push    TEXT
        iret
CASE "IRET to data", ENDS_BY_FAULT
        pushfd
        push    0x23
        push    0x400000
        iret
CASE "IRET with NT", 10
        SET_FLAGS FLAG_NT
        iret
CASE "IRET to a segment of virtual-8086 mode", ENDS_BY_FAULT
        push    FLAG_VM | 2
        push    8
        push    0
        iret
CASE "IRET with VM and IOPL", ENDS
        call    .next
.next:
        pop     eax
        pushfd
        or      dword [esp], FLAG_VM | FLAG_IOPL
        push    cs
        add     eax, .there - .next
        push    eax
        iret
.there:
        LEAVE
CASE "access through a null segment", ENDS_BY_FAULT
        xor     eax, eax
        mov     fs, ax
        mov     eax, [fs:eax]
CASE "stack through a null DS", ENDS_WELL
        xor     eax, eax
        mov     ds, ax
        mov     es, ax
        push    eax
        pop     eax
        LEAVE

; ---- Pages -------------------------------------------------------------------------------------------
%macro READ_CASE 2
CASE %1, 14
        mov     eax, [%2]
%endmacro
%macro WRITE_CASE 2
CASE %1, 14
        mov     dword [%2], 0
%endmacro
%macro JUMP_CASE 2
CASE %1, 14
        mov     eax, %2
        jmp     eax
%endmacro
        READ_CASE "read page 0", 0
        READ_CASE "read below the program", 0x3FFFFF
        READ_CASE "read nowhere", NOWHERE
        READ_CASE "read the kernel", TEXT
        READ_CASE "read kernel stacks", 0xF4001000
        READ_CASE "read the screen", 0xC00B8000
        READ_CASE "read over the end of user memory", KERNEL - 2
        READ_CASE "read the last page", 0xFFFFF000
        READ_CASE "read the guard below the stack", STACK_LOW - 4
        READ_CASE "read the guard above the stack", STACK_TOP
        WRITE_CASE "write page 0", 0
        WRITE_CASE "write the kernel", TEXT
        WRITE_CASE "write kernel stacks", 0xF4001000
        WRITE_CASE "write process information", INFO
        WRITE_CASE "write the call stub", STUB
        WRITE_CASE "write the guard below the stack", STACK_LOW - 4
        JUMP_CASE "jump to 0", 0
        JUMP_CASE "jump to the kernel", TEXT
        JUMP_CASE "jump to nowhere", NOWHERE
        JUMP_CASE "jump to the last byte", 0xFFFFFFFF
        JUMP_CASE "jump to the end of user memory", KERNEL - 1
CASE "read around the end of memory", ENDS_BY_FAULT
        mov     eax, [0xFFFFFFFE]
CASE "copy off the end", 14
        mov     esi, 0x400000
        mov     edi, STACK_TOP - 16
        or      ecx, -1
        rep movsb
CASE "copy off the start", 14
        mov     esi, 0x400000
        mov     edi, STACK_LOW + 8
        or      ecx, -1
        std
        rep movsd
CASE "push for ever", 14
.again:
        push    eax
        jmp     .again
CASE "call for ever", 14
.again:
        call    .again
CASE "push with ESP 0", ENDS_BY_FAULT
        xor     esp, esp
        push    eax
CASE "push into the kernel", ENDS_BY_FAULT
        mov     esp, TEXT
        push    eax
CASE "enter with every level", ENDS_BY_FAULT
        mov     ebp, STACK_LOW + 64
        mov     esp, STACK_LOW + 64
        enter   0xFFFF, 31
        push    eax

CASES_END

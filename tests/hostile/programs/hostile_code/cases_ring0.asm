; Programs in ring 0 are trusted, but they make mistakes: stacks that are full or lost, wild jumps, faults with
; interrupts off. Only the program ends. (What cannot be survived is left out: CLI and a loop, overwritten kernel data,
; an NMI or machine check by INT.)

%include "tests/hostile/programs/hostile_code/cases.inc"

CASES ring0_cases

; ---- Faults on a good stack --------------------------------------------------------------------------
CASE "ud2", 6
        ud2
CASE "cli, ud2", 6
        cli
        ud2
CASE "std, ud2", 6
        std
        ud2
CASE "NT, ud2", 6
        SET_FLAGS FLAG_NT
        ud2
CASE "NT, int 0x80", ENDS_WELL
        SET_FLAGS FLAG_NT
        xor     eax, eax
        int     0x80
        LEAVE
CASE "AC and DF, int 0x80", ENDS_WELL
        SET_FLAGS FLAG_AC | FLAG_DF
        xor     eax, eax
        int     0x80
        LEAVE
CASE "DS and ES null, int 0x80", ENDS_WELL
        xor     eax, eax
        mov     ds, ax
        mov     es, ax
        int     0x80
        LEAVE
CASE "DS and ES null, interrupt", ENDS_WELL
        xor     eax, eax
        mov     ds, ax
        mov     es, ax
        SPIN
        LEAVE
CASE "DS of the kernel, interrupt", ENDS_WELL
        mov     eax, 0x10
        mov     ds, ax
        mov     fs, ax
        SPIN
        LEAVE
CASE "DS null, fault", 6
        xor     eax, eax
        mov     ds, ax
        ud2
CASE "call of 0", 14
        xor     eax, eax
        call    eax
CASE "jump to 0", 14
        xor     eax, eax
        jmp     eax
CASE "jump to nowhere", 14
        mov     eax, NOWHERE
        jmp     eax
CASE "jump to the module area", 14
        mov     eax, 0xF3FFF000
        jmp     eax
CASE "divide by zero", 0
        xor     ecx, ecx
        div     ecx
CASE "single step", 1
        SET_FLAGS FLAG_TF
        nop
        nop
CASE "int3", 3
        int3
CASE "read page 0", 14
        mov     eax, [0]
CASE "write the kernel's code", 14
        mov     dword [TEXT], 0
CASE "write the call stub", 14
        mov     dword [STUB], 0
CASE "write process information", 14
        mov     dword [INFO], 0
CASE "selector behind the table", 13
        mov     eax, 0xFFF8
        mov     gs, ax
CASE "far jump to a null selector", 13
        jmp     0:0
CASE "jump to the task that runs", 13
        jmp     0x28:0
CASE "int 8 by hand", 8
        int     8
CASE "int 8 by hand with interrupts off", 8
        cli
        int     8
CASE "int 13 by hand", ENDS_BY_FAULT
        int     13
CASE "int 14 by hand", ENDS_BY_FAULT
        int     14
CASE "int behind the table", 13
        int     0xFF
CASE "int of the timer's line", ENDS_WELL
        int     32
        LEAVE
CASE "int of a spurious line", ENDS_WELL
        int     39
        LEAVE
CASE "SYSENTER from ring 0", ENDS_BY_FAULT
        mov     ebp, esp
        xor     eax, eax
        sysenter
CASE "x87 error", 16
        fninit
        push    0x037B
        fldcw   [esp]
        fld1
        fldz
        fdivp
        fwait

; ---- Stacks that are full ----------------------------------------------------------------------------
CASE "push for ever", 8
.again:
        push    eax
        jmp     .again
CASE "call for ever", 8
.again:
        call    .again
CASE "call for ever with interrupts off", 8
        cli
.again:
        call    .again

; The CPU's frame of 12 bytes fits or not, and then the entry stub's pushes or not.
%assign room 0
%rep 7
  %defstr digits room
CASE {"int 0x80 with room for bytes: ", digits}, ENDS
        mov     esp, STACK_LOW + room
        mov     eax, CALL_EXIT
        xor     ebx, ebx
        int     0x80
CASE {"ud2 with room for bytes: ", digits}, ENDS_BY_FAULT
        mov     esp, STACK_LOW + room
        ud2
CASE {"page fault with room for bytes: ", digits}, ENDS_BY_FAULT
        mov     esp, STACK_LOW + room
        mov     eax, [0]
CASE {"interrupt with room for bytes: ", digits}, ENDS
        mov     esi, esp
        mov     esp, STACK_LOW + room
        SPIN
        mov     esp, esi
        LEAVE
  %assign room room + 4
%endrep

; ---- Stacks that are none ----------------------------------------------------------------------------
%macro LOST_STACK 2                             ; name, value
CASE {"ESP ", %1, ", push"}, 8
        mov     esp, %2
        push    eax
CASE {"ESP ", %1, ", int 0x80"}, 8
        mov     esp, %2
        xor     eax, eax
        int     0x80
CASE {"ESP ", %1, ", ud2"}, 8
        mov     esp, %2
        ud2
CASE {"ESP ", %1, ", interrupt"}, 8
        mov     esp, %2
        SPIN
        SPIN
        SPIN
        SPIN
        SPIN
        SPIN
        SPIN
        SPIN
        jmp     $
CASE {"ESP ", %1, ", fault with interrupts off"}, 8
        cli
        mov     esp, %2
        mov     eax, [0]
%endmacro
        LOST_STACK "0", 0
        LOST_STACK "4", 4
        LOST_STACK "FFFFFFF0h", 0xFFFFFFF0
        LOST_STACK "nowhere", NOWHERE
        LOST_STACK "on the guard above", STACK_TOP + 0x800
        LOST_STACK "in the kernel's code", TEXT
        LOST_STACK "in the call stub", STUB + 0x800
        LOST_STACK "in the module area", 0xF3FFF000
CASE "odd ESP, int 0x80", ENDS_WELL
        sub     esp, 33
        xor     eax, eax
        int     0x80
        LEAVE
CASE "odd ESP, interrupt", ENDS_WELL
        sub     esp, 33
        SPIN
        LEAVE

; ---- A stack that goes away while it is in use -------------------------------------------------------
CASE "unmaps its own stack", ENDS_BY_FAULT
        mov     eax, CALL_MAP
        mov     ebx, 4096
        mov     ecx, 6
        int     0x80
        lea     esp, [eax + 4096]
        mov     ebx, eax
        mov     ecx, 4096
        mov     eax, CALL_UNMAP
        int     0x80
        LEAVE
CASE "another thread unmaps the stack of an interrupted one", ENDS_BY_FAULT
        mov     eax, CALL_MAP
        mov     ebx, 4096
        mov     ecx, 6
        int     0x80
        mov     ebp, eax
        call    .here
.here:
        pop     ebx
        add     ebx, .thread - .here
        mov     eax, CALL_THREAD
        mov     ecx, ebp
        xor     edx, edx
        mov     esi, 4096
        mov     edi, 1
        int     0x80
        SPIN
        SPIN
        SPIN
        mov     eax, CALL_UNMAP
        mov     ebx, ebp
        mov     ecx, 4096
        int     0x80
        jmp     $
.thread:
        lea     esp, [eax + 4096]
        jmp     $

CASES_END

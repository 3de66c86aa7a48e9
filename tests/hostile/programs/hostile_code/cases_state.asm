; Odd flags, segments, EBP and ESP of ring 3 on every way into the kernel: a system call by int 0x80, by the stub
; page, by a bare SYSENTER; an interrupt; a fault. The program goes on as if nothing had been, or ends alone.

%include "tests/hostile/programs/hostile_code/cases.inc"

; The five ways. Each keeps ESP in ESI, so that a case may spoil it, and wants 0 from memory_info, which clears and
; copies memory in the kernel. Loading the call's registers changes no flag.
%macro CALL_REGISTERS 0
        mov     eax, CALL_INFO
        mov     ebx, BUFFER
%endmacro

%macro BY_INT 0
        CALL_REGISTERS
        int     0x80
%endmacro

; After a comparison: ends well if that was of equals, and if nothing was written before the buffer, as a copy with DF
; set would do.
%macro LEAVE_IF_WHOLE 0
        jne     %%leave
        cmp     dword [ss:BUFFER - 4], 0
%%leave:
        LEAVE_IF_EQUAL
%endmacro

; Call and return through the stub need a stack.
%macro BY_STUB 0
        mov     edi, STUB
        CALL_REGISTERS
        call    edi
%endmacro

; SYSENTER comes back in the stub page, which pops EBP, EDX, ECX and returns. Without SYSENTER in this CPU it is an
; invalid opcode.
%macro PREPARE_SYSENTER 0
        call    %%next
%%next:
        add     dword [ss:esp], %%back - %%next
        push    ecx
        push    edx
        push    ebp
        mov     ebp, esp
        jmp     %%on
%%back:
        mov     esp, esi
        cmp     eax, [ss:esp]
        LEAVE_IF_WHOLE
%%on:
%endmacro

; After the way in: 0 is the result, and the program still has a stack.
%macro FINISH 0
        mov     esp, esi
        test    eax, eax
        LEAVE_IF_WHOLE
%endmacro

; A case for each way. %1 name, %2 how it ends at SYSENTER, the rest spoils the state: flags or segments.
%macro ON_EVERY_WAY 3+
CASE {%1, ", int 0x80"}, ENDS_WELL
        mov     esi, esp
        %3
        BY_INT
        FINISH
CASE {%1, ", stub page"}, ENDS_WELL
        mov     esi, esp
        %3
        BY_STUB
        FINISH
CASE {%1, ", SYSENTER"}, %2
        push    0
        mov     esi, esp
        PREPARE_SYSENTER
        %3
        CALL_REGISTERS
        sysenter
CASE {%1, ", interrupt"}, ENDS_WELL
        mov     esi, esp
        %3
        SPIN
        xor     eax, eax
        FINISH
CASE {%1, ", fault"}, 6
        %3
        ud2
%endmacro

%define EVERY ON_EVERY_WAY

; Loads a selector through EAX, without touching the stack afterwards.
%macro SELECTOR 2
        mov     eax, %2
        mov     %1, ax
%endmacro

%macro ALL_SELECTORS 1
        mov     eax, %1
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
%endmacro

CASES state_cases

        EVERY "DF", ENDS, SET_FLAGS FLAG_DF
        EVERY "NT", ENDS, SET_FLAGS FLAG_NT
        EVERY "AC", ENDS, SET_FLAGS FLAG_AC
        EVERY "ID, IOPL and VM", ENDS, SET_FLAGS FLAG_ID | FLAG_IOPL | FLAG_VM
        EVERY "DF, NT and AC", ENDS, SET_FLAGS FLAG_DF | FLAG_NT | FLAG_AC
        EVERY "DS null", ENDS, SELECTOR ds, 0
        EVERY "DS null with RPL 3", ENDS, SELECTOR ds, 3
        EVERY "ES null", ENDS, SELECTOR es, 0
        EVERY "DS is code", ENDS, SELECTOR ds, 0x1B
        EVERY "DS with RPL 0", ENDS, SELECTOR ds, 0x20
        EVERY "FS and GS data", ENDS, SELECTOR gs, 0x23
        EVERY "all selectors null", ENDS, ALL_SELECTORS 0
        EVERY "all selectors code", ENDS, ALL_SELECTORS 0x1B

; ---- EBP and ESP -------------------------------------------------------------------------------------
%macro POINTER_CASES 2                          ; name, value
CASE {"EBP ", %1, ", int 0x80"}, ENDS_WELL
        mov     esi, esp
        mov     ebp, %2
        BY_INT
        FINISH
CASE {"EBP ", %1, ", stub page"}, ENDS_WELL
        mov     esi, esp
        mov     ebp, %2
        BY_STUB
        cmp     ebp, %2
        jne     $                               ; it has to come back; main.c does not wait for ever
        FINISH
CASE {"EBP ", %1, ", SYSENTER"}, ENDS_BY_FAULT
        mov     ebp, %2
        xor     eax, eax
        sysenter
        LEAVE
CASE {"EBP ", %1, ", SYSENTER with TF"}, ENDS_BY_FAULT
        push    FLAG_TF | 2
        popfd
        mov     ebp, %2
        sysenter
CASE {"EBP and ESP ", %1, ", interrupt"}, ENDS_WELL
        mov     esi, esp
        mov     ebp, %2
        mov     esp, %2
        SPIN
        xor     eax, eax
        FINISH
CASE {"EBP and ESP ", %1, ", fault"}, 6
        mov     ebp, %2
        mov     esp, %2
        ud2
CASE {"ESP ", %1, ", int 0x80"}, ENDS_WELL
        mov     esi, esp
        mov     esp, %2
        BY_INT
        FINISH
CASE {"ESP ", %1, ", SYSENTER"}, ENDS
        push    0
        mov     esi, esp
        PREPARE_SYSENTER
        mov     esp, %2
        xor     eax, eax
        sysenter
%endmacro

        POINTER_CASES "0", 0
        POINTER_CASES "1", 1
        POINTER_CASES "FFFFFFFFh", 0xFFFFFFFF
        POINTER_CASES "FFFFFFF0h", 0xFFFFFFF0
        POINTER_CASES "in the kernel's code", TEXT
        POINTER_CASES "on a kernel stack", 0xF4001FF0
        POINTER_CASES "at the end of user memory", KERNEL
        POINTER_CASES "nowhere", NOWHERE

; ---- More about SYSENTER and single steps ------------------------------------------------------------
CASE "TF, then SYSENTER", ENDS_BY_FAULT
        mov     ebp, esp
        push    FLAG_TF | 2
        popfd
        sysenter
CASE "TF and NT, then SYSENTER with a null DS", ENDS_BY_FAULT
        mov     ebp, esp
        xor     eax, eax
        push    FLAG_TF | FLAG_NT | FLAG_DF | 2
        mov     ds, ax
        popfd
        sysenter
CASE "TF, then int 0x80", ENDS_BY_FAULT
        xor     eax, eax
        push    FLAG_TF | 2
        popfd
        int     0x80
        nop
        nop
CASE "TF, load of SS, then int 0x80", ENDS_BY_FAULT
        xor     eax, eax
        push    ss
        push    FLAG_TF | 2
        popfd
        pop     ss
        int     0x80
        nop
        nop
CASE "TF, load of SS, then SYSENTER", ENDS_BY_FAULT
        mov     ebp, esp
        push    ss
        push    FLAG_TF | 2
        popfd
        pop     ss
        sysenter
CASE "SYSENTER with a number that is no call", ENDS
        push    NO_CALL
        mov     esi, esp
        PREPARE_SYSENTER
        or      eax, -1
        sysenter
CASE "SYSENTER to sleep", ENDS
        push    0
        mov     esi, esp
        PREPARE_SYSENTER
        mov     eax, CALL_SLEEP
        mov     ebx, 3
        sysenter
CASE "NT, DF and AC, then SYSENTER to sleep", ENDS
        push    0
        mov     esi, esp
        PREPARE_SYSENTER
        SET_FLAGS FLAG_NT | FLAG_DF | FLAG_AC
        mov     eax, CALL_SLEEP
        mov     ebx, 3
        sysenter
CASE "SYSENTER to yield", ENDS
        push    0
        mov     esi, esp
        PREPARE_SYSENTER
        mov     eax, CALL_YIELD
        sysenter
CASE "SYSENTER to end", ENDS
        mov     ebp, esp
        mov     eax, CALL_EXIT
        xor     ebx, ebx
        sysenter
CASE "call of the stub's second byte", ENDS
        push    ecx
        mov     eax, STUB + 1
        call    eax
        LEAVE
CASE "a stub without a stack", ENDS_BY_FAULT
        xor     esp, esp
        mov     eax, STUB
        jmp     eax

CASES_END

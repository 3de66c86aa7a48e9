; Every way into the kernel and back: exceptions, interrupts, system calls.
;
; Three origins need three ways in:
;
;   ring 3               the CPU has switched to the thread's kernel stack (TSS.esp0) and pushed SS
;                        and ESP; the stubs only complete struct trap_frame.
;   a program in ring 0  the CPU has switched nothing: its frame (EIP, CS, EFLAGS) lies on the program's
;                        stack, below KERNEL_BASE, which another address space does not have. The code
;                        here moves to the thread's kernel stack and builds the same frame there; the
;                        CPU's frame stays untouched and IRET uses it in the end.
;   the kernel itself    a fault or an interrupt on a kernel stack; the frame has no SS and ESP.
;
; CPU state: interrupts off (interrupt gates), CS = kernel code, any DS, ES, FS, GS, and any flag of
; a program but IF, TF, NT, which the gate clears: so DF = 1 and null DS arrive here.
; A static variable may serve as scratch, because nothing comes in between: interrupts are off, and an
; NMI or machine check is a panic.

%include "kernel.inc"

extern trap_dispatch, trap_attention, arch_attention, syscall_table, main_tss
DOUBLE_FAULT_STACK_SIZE equ 8192

global trap_entries, syscall_entry, arch_enter_program

; Moves from the program's ring-0 stack to the thread's kernel stack and pushes what the CPU pushes for
; ring 3, and error code and vector. Only SS can be trusted here. Keeps every register but ESP.
; %1 = bytes between ESP and the CPU's frame; %2, %3 = error code and vector as operands, which may
; use EAX, the CPU's frame.
%macro LEAVE_PROGRAM_STACK 3
        mov     [ss:entry_scratch], eax
        lea     eax, [esp + %1]
        mov     esp, [ss:main_tss + TSS_ESP0]
        push    ss
        push    eax                             ; frame.esp: the CPU's own frame
        push    dword [ss:eax + 8]              ; EFLAGS
        push    dword [ss:eax + 4]              ; CS
        push    dword [ss:eax]                  ; EIP
        push    dword %2
        push    dword %3
        mov     eax, [ss:entry_scratch]
%endmacro

; Completes struct trap_frame and gives the kernel its segments, a clear direction flag and an EBP
; that ends backtraces. Clobbers EBP only, after it was saved.
%macro SAVE_REGISTERS 0
        push    ds
        push    es
        pushad
        cld
        mov     ebp, SELECTOR_USER_DATA
        mov     ds, ebp
        mov     es, ebp
        xor     ebp, ebp
%endmacro

; Takes back what SAVE_REGISTERS and the entry pushed, up to EIP.
%macro RESTORE_REGISTERS 0
        popad
        pop     es
        pop     ds
%endmacro

; void trap_dispatch(struct trap_frame *, enum trap_origin), which come in EAX and EDX
%macro DISPATCH 1
        mov     eax, esp
        mov     edx, %1
        call    trap_dispatch
%endmacro

section .text.entry progbits alloc exec nowrite align=16

; ---- Exceptions and interrupts -------------------------------------------------------------------

; One stub a vector: the error code where the CPU pushed none, and the vector. On a program's ring-0
; stack these two pushes may be the ones that find no room: a double fault with EIP in here.
%assign vector 0
%rep TRAP_ENTRIES
trap_entry_ %+ vector:
  %if vector >= VECTOR_EXCEPTIONS || (VECTORS_WITH_ERROR_CODE & (1 << (vector & 31))) == 0
        push    dword 0
  %endif
        push    dword vector
        jmp     trap_common
  %assign vector vector + 1
%endrep

trap_common:
        cmp     esp, KERNEL_BASE
        jb      trap_from_ring0_program
        SAVE_REGISTERS
        test    byte [esp + FRAME_CS], 3
        jz      trap_from_kernel
        DISPATCH FROM_USER
        jmp     leave_to_user

; QEMU lets ring 3 enter virtual-8086 mode by IRET, which a CPU does not: CS has no ring then, and no
; page is mapped where such code would lie. The fault is the program's.
trap_from_kernel:
        test    dword [esp + FRAME_EFLAGS], EFLAGS_VM
        jz      .kernel
        DISPATCH FROM_USER
        jmp     leave_to_user
.kernel:
        DISPATCH FROM_KERNEL
        RESTORE_REGISTERS
        add     esp, 8
        iret

trap_from_ring0_program:
        LEAVE_PROGRAM_STACK 8, [ss:eax - 4], [ss:eax - 8]
        SAVE_REGISTERS
        DISPATCH FROM_RING0_PROGRAM
        ; What the handler changed goes into the frame that IRET will use.
        mov     ebx, [esp + FRAME_ESP]
        mov     eax, [esp + FRAME_EIP]
        mov     [ebx], eax
        mov     eax, [esp + FRAME_EFLAGS]
        mov     [ebx + 8], eax
        jmp     leave_to_ring0_program

; ---- System calls --------------------------------------------------------------------------------

; EAX = number, EBX ECX EDX ESI EDI = arguments. %1 = where to go when there is no such call.
%macro CALL_SERVICE 1
        cmp     eax, SYSCALL_TABLE_SIZE
        jae     %1
        push    edi
        push    esi
        push    edx
        push    ecx
        push    ebx
        call    [syscall_table + eax * 4]
        add     esp, 5 * 4
%endmacro

syscall_entry:
        cmp     esp, KERNEL_BASE
        jb      syscall_from_ring0_program
        sub     esp, 8                          ; error code and vector: nobody asks for a call's
        SAVE_REGISTERS
        CALL_SERVICE .unknown
.store_result:
        mov     [esp + FRAME_EAX], eax

leave_to_user:
        cmp     dword [arch_attention], 0
        jne     .attention
        RESTORE_REGISTERS
        add     esp, 8
        iret
.attention:
        call    trap_attention
        jmp     leave_to_user

syscall_entry.unknown:
        mov     eax, ERROR_NO_CALL
        jmp     syscall_entry.store_result

syscall_from_ring0_program:
        LEAVE_PROGRAM_STACK 0, 0, SYSCALL_VECTOR
        SAVE_REGISTERS
        CALL_SERVICE .unknown
.store_result:
        mov     [esp + FRAME_EAX], eax

leave_to_ring0_program:
        cmp     dword [arch_attention], 0
        jne     .attention
        RESTORE_REGISTERS
        mov     esp, [esp + FRAME_ESP - FRAME_VECTOR]
        iret
.attention:
        call    trap_attention
        jmp     leave_to_ring0_program

syscall_from_ring0_program.unknown:
        mov     eax, ERROR_NO_CALL
        jmp     syscall_from_ring0_program.store_result

; ---- The double-fault task -----------------------------------------------------------------------

; Entered by the task gate of vector 8: own TSS, own stack, the master directory, an error code of 0 on
; the stack, but none after an INT 8 of a program in ring 0: so the stack begins anew each time. IRET
; goes back to the task that faulted, whose TSS double_fault_serve has rewritten to end the thread; the
; next double fault continues behind that IRET.
global double_fault_entry, double_fault_stack, double_fault_stack_top
extern double_fault_serve
double_fault_entry:
        mov     esp, double_fault_stack_top
        call    double_fault_serve
        iret
        jmp     double_fault_entry

; ---- The first instruction of a thread -----------------------------------------------------------

; void arch_enter_program(uint32_t entry, uint32_t esp, uint32_t mode, uint32_t eax, uint32_t edx)
; Leaves by IRET with every register but EAX, EDX, ESP 0: no kernel value goes out.
arch_enter_program:
        mov     esi, [esp + 4]                  ; entry
        mov     edi, [esp + 8]                  ; the program's ESP
        mov     ebx, [esp + 12]                 ; mode
        mov     eax, [esp + 16]
        mov     edx, [esp + 20]
        test    ebx, ebx
        jnz     .to_ring0

        push    dword SELECTOR_USER_DATA
        push    edi
        push    dword EFLAGS_FIXED | EFLAGS_IF
        push    dword SELECTOR_USER_CODE
        push    esi
        jmp     .clear

        ; IRET changes no stack inside ring 0: its frame has to lie on the program's.
.to_ring0:
        mov     esp, edi
        push    dword EFLAGS_FIXED | EFLAGS_IF
        push    dword SELECTOR_KERNEL_CODE
        push    esi

.clear:
        xor     ebx, ebx
        xor     ecx, ecx
        xor     esi, esi
        xor     edi, edi
        xor     ebp, ebp
        mov     fs, ebx
        mov     gs, ebx
        iret

section .rodata
; Where the IDT's gates lead.
trap_entries:
%assign vector 0
%rep TRAP_ENTRIES
        dd      trap_entry_ %+ vector
  %assign vector vector + 1
%endrep

section .bss align=16
double_fault_stack:
        resb    DOUBLE_FAULT_STACK_SIZE
double_fault_stack_top:
entry_scratch:
        resd    1

section .note.GNU-stack noalloc noexec nowrite progbits

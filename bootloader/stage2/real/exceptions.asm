; Exceptions while stage 2 runs in protected mode: a fault there is a mistake of ours or damaged memory, and is told
; instead of ending in a silent reset. The table stands in the first block, below 64 KiB, so that the upper half of
; each handler's address is 0 and the assembler can write the gates.

%include "loader.inc"
%include "stage2/real/real.inc"

        extern  fatal_exception         ; fatal.c

        bits 32
        section .first progbits alloc exec write

; Each stub pushes a dummy where the CPU pushes no error code, then the vector.
%assign vector 0
%rep VECTOR_EXCEPTIONS
stub_ %+ vector:
%if (VECTORS_WITH_ERROR_CODE >> vector & 1) == 0
        push    byte 0
%endif
        push    byte vector
        jmp     raise
%assign vector vector + 1
%endrep

raise:
        cld
        call    fatal_exception         ; (vector, error code, EIP, CS, EFLAGS); does not return

        section .first.data
        align   8
idt:
%assign vector 0
%rep VECTOR_EXCEPTIONS
        dw      stub_ %+ vector, CODE32, GATE_INTERRUPT << 8, 0
%assign vector vector + 1
%endrep
idt_end:

        global exceptions_idt_pointer
exceptions_idt_pointer:
        dw      idt_end - idt - 1
        dd      idt

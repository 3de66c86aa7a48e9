; Exceptions while stage 2 runs in protected mode, and from there until the kernel has a table of its own (milestone
; 70): a fault there is a mistake of ours or damaged memory, and is told instead of ending in a silent reset. The table
; stands in the first block, below 64 KiB, so that the upper half of each handler's address is 0 and the assembler can
; write the gates. The kernel keeps this block mapped at its own address until then.

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

; The report needs stage 2's own world: its stack, since ESP may be what is wrong, or an address of the kernel's; paging
; off, its own GDT and segments, since it calls the BIOS. A fault in the report itself stops the machine.
raise:
        cld
        pop     esi                     ; vector
        pop     edi                     ; error code
        pop     ebx                     ; EIP
        pop     ecx                     ; CS
        pop     edx                     ; EFLAGS
        bts     dword [raised], 0
        jc      .stop
        mov     eax, cr0
        and     eax, ~CR0_PG
        mov     cr0, eax
        lgdt    [gdt_pointer]
        jmp     CODE32:.own
.own:
        mov     ax, DATA32
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     esp, STAGE2_STACK_TOP
        xor     ebp, ebp
        mov     eax, cr2
        push    eax
        push    edx
        push    ecx
        push    ebx
        push    edi
        push    esi
        call    fatal_exception         ; does not return
.stop:
        hlt
        jmp     .stop

        section .first.data
raised: dd      0
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

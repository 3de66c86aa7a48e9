; The instructions of fpu.c. Arguments on the stack, result in EAX; EAX, ECX, EDX are clobbered.

%include "kernel.inc"

section .text

; bool fpu_present(void)
; Without an x87 nothing writes the status word, and the pattern stays [SDM1 8.1.9]. CR0.EM and TS have
; to be clear meanwhile.
global fpu_present:function
fpu_present:
        mov     ecx, cr0
        mov     eax, ecx
        and     eax, ~(CR0_EM | CR0_TS)
        mov     cr0, eax
        fninit
        push    dword 0x5A5A
        fnstsw  [esp]
        pop     eax
        mov     cr0, ecx
        test    al, al
        sete    al
        movzx   eax, al
        ret

; void fpu_fxsave(void *state)
global fpu_fxsave:function
fpu_fxsave:
        mov     eax, [esp + 4]
        fxsave  [eax]
        ret

; void fpu_fxrstor(const void *state)
; Some CPUs restore the pointers of the last x87 instruction only with a pending exception: an
; instruction of our own overwrites what another thread would see there.
global fpu_fxrstor:function
fpu_fxrstor:
        fnclex
        ffree   st7
        fild    dword [esp + 4]
        mov     eax, [esp + 4]
        fxrstor [eax]
        ret

; void fpu_fsave(void *state)
global fpu_fsave:function
fpu_fsave:
        mov     eax, [esp + 4]
        fnsave  [eax]
        ret

; void fpu_frstor(const void *state)
global fpu_frstor:function
fpu_frstor:
        fnclex                                  ; FRSTOR raises an error that an ended thread left
        mov     eax, [esp + 4]
        frstor  [eax]
        ret

section .note.GNU-stack noalloc noexec nowrite progbits

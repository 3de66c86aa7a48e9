; From one thread to the next.
;
; Entered from:  kernel/core/sched, interrupts off, on the running thread's kernel stack
; Leaves to:     where the next thread last called arch_switch, on its kernel stack

%include "kernel.inc"

extern main_tss, arch_running, fpu_owner
global arch_switch

section .text

; void arch_switch(struct thread *from, struct thread *to), which come in EAX and EDX
; Saves what a C function keeps for its caller, and FS and GS, which the kernel does not use and
; programs may. Kernel stacks stand in every address space: so CR3 changes after ESP, and only where it
; has to.
arch_switch:
        push    ebp
        push    ebx
        push    esi
        push    edi
        mov     [eax + THREAD_FS], fs
        mov     [eax + THREAD_GS], gs
        mov     [eax + THREAD_KERNEL_ESP], esp
        cmp     dword [fpu_owner], 0
        jne     .fpu_owned
.fpu_done:

        mov     esp, [edx + THREAD_KERNEL_ESP]
        mov     [arch_running], edx
        mov     ecx, [edx + THREAD_STACK_TOP]
        mov     [main_tss + TSS_ESP0], ecx
        mov     ecx, [edx + THREAD_DIRECTORY]
        cmp     ecx, [eax + THREAD_DIRECTORY]
        je      .same_space
        mov     cr3, ecx
.same_space:
        mov     ecx, [edx + THREAD_CR4]
        cmp     ecx, [eax + THREAD_CR4]
        jne     .other_cr4
.same_cr4:
        mov     fs, [edx + THREAD_FS]
        mov     gs, [edx + THREAD_GS]
        pop     edi
        pop     esi
        pop     ebx
        pop     ebp
        ret

        ; CR0.TS is clear exactly while the owner of the x87 registers runs.
.fpu_owned:
        cmp     eax, [fpu_owner]
        je      .leave_owner
        cmp     edx, [fpu_owner]
        jne     .fpu_done
        clts
        jmp     .fpu_done
.leave_owner:
        mov     ecx, cr0
        or      ecx, CR0_TS
        mov     cr0, ecx
        jmp     .fpu_done

.other_cr4:
        mov     cr4, ecx
        jmp     .same_cr4

section .note.GNU-stack noalloc noexec nowrite progbits

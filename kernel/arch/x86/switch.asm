; From one thread to the next.
;
; Entered from:  arch_switch (include/kernel/arch.h), interrupts off, on the running thread's kernel stack
; Leaves to:     where the next thread last called it, on its kernel stack

%include "kernel.inc"

extern main_tss, arch_running
global switch_stacks

VIEW_FLAGS equ VIEW_RING0 | VIEW_FPU

section .text

; EBX = the thread that runs, ESI = the next one. Keeps ESP of each thread, and FS and GS, which the
; kernel does not use and programs may; no other register. Kernel stacks stand in every address space:
; so CR3 changes after ESP, and only where it has to.
switch_stacks:
        mov     [ebx + THREAD_FS], fs
        mov     [ebx + THREAD_GS], gs
        mov     [ebx + THREAD_KERNEL_ESP], esp

        mov     esp, [esi + THREAD_KERNEL_ESP]
        mov     [arch_running], esi
        mov     ecx, [esi + THREAD_STACK_TOP]
        mov     [main_tss + TSS_ESP0], ecx
        mov     ecx, [esi + THREAD_VIEW]
        cmp     ecx, [ebx + THREAD_VIEW]
        jne     .other_view
.same_view:
        mov     fs, [esi + THREAD_FS]
        mov     gs, [esi + THREAD_GS]
        ret

        ; Flags first: most often there are none.
.other_view:
        mov     edx, ecx
        or      edx, [ebx + THREAD_VIEW]
        test    dl, VIEW_FLAGS
        jnz     .flags
.flags_done:
        and     ecx, PTE_FRAME
        mov     edx, [ebx + THREAD_VIEW]
        and     edx, PTE_FRAME
        cmp     ecx, edx
        je      .same_view
        mov     cr3, ecx
        jmp     .same_view

        ; CR0.TS is clear exactly while the owner of the x87 registers runs. CR4 goes with the ring.
.flags:
        test    cl, VIEW_FPU
        jz      .not_owner
        clts
.not_owner:
        test    byte [ebx + THREAD_VIEW], VIEW_FPU
        jz      .not_from_owner
        mov     edx, cr0
        or      edx, CR0_TS
        mov     cr0, edx
.not_from_owner:
        mov     edx, [esi + THREAD_CR4]
        cmp     edx, [ebx + THREAD_CR4]
        je      .flags_done
        mov     cr4, edx
        jmp     .flags_done

section .note.GNU-stack noalloc noexec nowrite progbits

; Where every further thread of a program begins.
;
; Entered from: the kernel, in ring 3 or ring 0.
; State on entry: ESP = top of the thread's stack, 16-byte aligned; EBP = 0, so that a backtrace ends here; flat
; segments; DF clear; EAX = int (*function)(void *), EDX = its argument. Does not return.

bits 32

extern thread_exit

section .text.thread_entry progbits alloc exec nowrite align=16
global thread_entry:function
thread_entry:
    sub esp, 12
    push edx
    call eax
    mov [esp], eax
    call thread_exit

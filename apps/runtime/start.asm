; Where a program's threads begin.
;
; Entered from: the kernel, in ring 3 or ring 0.
; State on entry: ESP = top of the thread's stack, 16-byte aligned; EBP = 0, so that a backtrace ends here; flat
; segments; DF clear. Both leave to C and never return.

bits 32

extern runtime_start
extern thread_exit

; The first thread. No register carries anything: the process information page does.
section .text.start progbits alloc exec nowrite align=16
global _start:function
_start:
    call runtime_start          ; [SYSV386]: ESP is 16-byte aligned before a call

; Every further thread. EAX = int (*function)(void *), EDX = its argument.
section .text.thread_entry progbits alloc exec nowrite align=16
global thread_entry:function
thread_entry:
    sub esp, 12
    push edx
    call eax
    mov [esp], eax
    call thread_exit

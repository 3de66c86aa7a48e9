; Where a program's first thread begins.
;
; Entered from: the kernel, in ring 3 or ring 0.
; State on entry: ESP = top of the thread's stack, 16-byte aligned; EBP = 0, so that a backtrace ends here; flat
; segments; DF clear. No register carries anything: the process information page does. Leaves to C, never returns.

bits 32

extern runtime_start

section .text.start progbits alloc exec nowrite align=16
global _start:function
_start:
    call runtime_start          ; [SYSV386]: ESP is 16-byte aligned before a call

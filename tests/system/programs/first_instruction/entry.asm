; Notes what a thread finds at its very first instruction.

bits 32

extern first_registers
extern thread_exit

; Entered by the kernel as a thread's entry point. Stores EAX EBX ECX EDX ESI EDI EBP ESP EFLAGS CS SS DS ES in
; first_registers, each as 32 bits, and ends the thread.
section .text.first_entry progbits alloc exec nowrite align=16
global first_entry:function
first_entry:
    mov [first_registers + 0], eax
    mov [first_registers + 4], ebx
    mov [first_registers + 8], ecx
    mov [first_registers + 12], edx
    mov [first_registers + 16], esi
    mov [first_registers + 20], edi
    mov [first_registers + 24], ebp
    mov [first_registers + 28], esp
    pushfd
    pop dword [first_registers + 32]
    xor eax, eax
    mov ax, cs
    mov [first_registers + 36], eax
    mov ax, ss
    mov [first_registers + 40], eax
    mov ax, ds
    mov [first_registers + 44], eax
    mov ax, es
    mov [first_registers + 48], eax
    push 0
    call thread_exit

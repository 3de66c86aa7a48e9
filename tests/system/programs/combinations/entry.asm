; The first instruction of a thread that combinations creates: notes what is in the registers before anything changes.

bits 32

extern created_thread
extern thread_exit

; Entered by the kernel as a thread's entry point. EDX = struct first *: receives ESP EBP EAX CS SS, each as 32 bits.
; Calls int created_thread(struct first *) and ends with its result.
section .text.created_entry progbits alloc exec nowrite align=16
global created_entry:function
created_entry:
    mov [edx + 0], esp
    mov [edx + 4], ebp
    mov [edx + 8], eax
    mov [edx + 12], cs
    mov [edx + 16], ss
    sub esp, 12
    push edx
    call created_thread
    mov [esp], eax
    call thread_exit

; Calls whose result is more than EAX. They use int 0x80 directly: it keeps the registers that the kernel's stub page
; may need for itself.

bits 32

; int32_t message_exchange(uint32_t call, int32_t number, uint32_t words[3], struct message_options *options)
; The words go out and come back in ECX, EDX and ESI. Clobbers nothing that C keeps.
section .text.message_exchange progbits alloc exec nowrite align=16
global message_exchange:function
message_exchange:
    push ebx
    push esi
    push edi
    push ebp
    mov eax, [esp + 20]
    mov ebx, [esp + 24]
    mov ebp, [esp + 28]
    mov ecx, [ebp]
    mov edx, [ebp + 4]
    mov esi, [ebp + 8]
    mov edi, [esp + 32]
    int 0x80
    mov [ebp], ecx
    mov [ebp + 4], edx
    mov [ebp + 8], esi
    pop ebp
    pop edi
    pop esi
    pop ebx
    ret

section .note.GNU-stack noalloc noexec nowrite progbits

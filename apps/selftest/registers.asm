; Do the registers of a thread survive? C cannot say what is in them, so this is assembly.
;
; Each routine loads every register and the direction flag with known values, lets the kernel come in, and compares.
; C convention [SYSV386]: returns 1 in EAX where all values are back, else 0. Clobbers what C allows: EAX ECX EDX.

bits 32

MARK_EBX equ 0xB1B2B3B4
MARK_EDX equ 0xD1D2D3D4
MARK_ESI equ 0x51525354
MARK_EDI equ 0x61626364
MARK_EBP equ 0x71727374
MARK_TOP equ 0x81828384
FLAG_DF  equ 1 << 10

%macro ENTER_MARKED 0
    push ebx
    push esi
    push edi
    push ebp
    mov ebx, MARK_EBX
    mov edx, MARK_EDX
    mov esi, MARK_ESI
    mov edi, MARK_EDI
    mov ebp, MARK_EBP
    push MARK_TOP
%endmacro

; Jumps to `changed`, with the stack as it is here, at the first difference.
%macro COMPARE_MARKED 0
    cmp dword [esp], MARK_TOP
    jne changed
    cmp ebx, MARK_EBX
    jne changed
    cmp edx, MARK_EDX
    jne changed
    cmp esi, MARK_ESI
    jne changed
    cmp edi, MARK_EDI
    jne changed
    cmp ebp, MARK_EBP
    jne changed
%endmacro

section .text.registers progbits alloc exec nowrite align=16

; int registers_survive_call(uint32_t number): a system call without arguments.
global registers_survive_call:function
registers_survive_call:
    mov eax, [esp + 4]
    ENTER_MARKED
    mov ecx, MARK_TOP
    int 0x80
    cmp ecx, MARK_TOP
    jne changed
    COMPARE_MARKED
    jmp unchanged

; int registers_survive_spin(uint32_t turns): whatever interrupts these turns, at least 1. The direction flag is set
; meanwhile: the kernel must not rely on it, and must give it back.
global registers_survive_spin:function
registers_survive_spin:
    mov ecx, [esp + 4]
    ENTER_MARKED
    mov eax, MARK_TOP
    std
.turn:
    dec ecx
    jnz .turn
    cmp eax, MARK_TOP
    jne changed
    pushfd
    pop eax
    cld
    test eax, FLAG_DF
    jz changed
    COMPARE_MARKED

unchanged:
    mov eax, 1
    jmp leave_marked
changed:
    cld
    xor eax, eax
leave_marked:
    add esp, 4
    pop ebp
    pop edi
    pop esi
    pop ebx
    ret

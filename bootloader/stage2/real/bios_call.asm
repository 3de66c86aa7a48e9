; void real_call(uint32_t vector, struct bios_registers *registers)
;
; The one door from C to the BIOS: protected mode -> real mode -> interrupt -> protected mode.
;
; The registers travel through the real-mode stack. They are placed there in the order in which POPAD, POP ES, POP DS
; and POPF take them, and after the interrupt pushes in the reverse order leave them in the same place.

%include "loader.inc"
%include "stage2/real/real.inc"

        extern  exceptions_idt_pointer  ; real/exceptions.asm

; The structure with its padding ends where the real-mode stack begins.
IMAGE           equ REAL_STACK - BIOS_REGISTERS_SIZE

        bits 32
        section .first progbits alloc exec write

        global real_call:function
real_call:
        push    ebp
        mov     ebp, esp
        push    ebx
        push    esi
        push    edi
        mov     esi, [ebp + 12]
        mov     edi, IMAGE
        mov     ecx, BIOS_REGISTERS_SIZE / 4
        rep movsd
        mov     eax, [ebp + 8]
        mov     eax, [eax * 4]          ; the vector's entry: segment and offset
        mov     [vector], eax
        mov     [saved_esp], esp
        jmp     CODE16:.limited

        bits 16
.limited:
        mov     ax, DATA16
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        lidt    [real_idt_pointer]
        mov     eax, cr0
        and     al, ~CR0_PE & 0xFF
        mov     cr0, eax
        jmp     0:.real
.real:
        xor     ax, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     sp, IMAGE
        popad
        pop     es
        pop     ds
        popf                            ; the caller's flags, with IF set
        pop     word [cs:padding]

        ; What INT does: push the flags, switch interrupts off, far call.
        pushf
        cli
        call far [cs:vector]

        push    word [cs:padding]
        pushf
        push    ds
        push    es
        pushad
        cli
        cld
        xor     ax, ax
        mov     ds, ax
        lgdt    [gdt_pointer]           ; the BIOS may have loaded its own
        mov     eax, cr0
        or      al, CR0_PE
        mov     cr0, eax
        jmp     dword CODE32:.flat

        bits 32
.flat:
        mov     ax, DATA32
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     esp, [saved_esp]
        lea     ebp, [esp + 12]         ; three pushes below the frame
        lidt    [exceptions_idt_pointer]
        mov     esi, IMAGE
        mov     edi, [ebp + 12]
        mov     ecx, BIOS_REGISTERS_SIZE / 4
        rep movsd
        pop     edi
        pop     esi
        pop     ebx
        pop     ebp
        ret

        section .first.data
        align   4
vector:         dd 0
saved_esp:      dd 0
padding:        dw 0

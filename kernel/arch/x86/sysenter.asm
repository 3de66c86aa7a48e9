; The fast way into the kernel from ring 3, where the CPU has SYSENTER [SDM3 5.8.7], and the page through
; which programs call the kernel: KERNEL_STUB_VA, mapped read-only into every process. Its first
; byte is a function: number in EAX, arguments in EBX ECX EDX ESI EDI, result in EAX, every other
; register kept. Programs need not know which instruction this CPU has.

%include "kernel.inc"

extern syscall_table, arch_attention, main_tss, trap_attention, sysenter_debug
global sysenter_entry, sysenter_entry_end, sysenter_stack, sysenter_stack_top, sysenter_escape
global stub_sysenter, stub_sysenter_end, stub_interrupt, stub_interrupt_end

; ---- Contents of the stub page; position-independent ---------------------------------------------
section .rodata

; With SYSENTER. It keeps neither EIP nor ESP, and the kernel's way back needs ECX and EDX: so these
; three are kept here, and the kernel gets ESP in EBP. SYSEXIT always returns to ring 3: ring 0 uses
; INT instead.
stub_sysenter:
        push    ecx
        push    edx
        push    ebp
        mov     ebp, cs
        test    ebp, 3
        jz      .ring0
        mov     ebp, esp
        sysenter
.return:
        pop     ebp
        pop     edx
        pop     ecx
        ret
.ring0:
        pop     ebp
        pop     edx
        pop     ecx
        int     SYSCALL_VECTOR
        ret
stub_sysenter_end:

SYSENTER_RETURN equ KERNEL_STUB_VA + (stub_sysenter.return - stub_sysenter)

; Without.
stub_interrupt:
        int     SYSCALL_VECTOR
        ret
stub_interrupt_end:

; ---- Entry ---------------------------------------------------------------------------------------
section .text.entry progbits alloc exec nowrite align=16

; Entered from:  stub_sysenter, ring 3
; CPU state:     interrupts off, flat CS and SS of ring 0, ESP = sysenter_stack_top; TF, NT, AC, DF and
;                DS, ES are the program's: flags are reloaded first. With TF set a debug exception
;                comes before the first instruction here; trap_dispatch knows it.
; The frame is lean: C keeps EBX ESI EDI EBP, the stub keeps ECX EDX.
sysenter_entry:
        push    dword EFLAGS_FIXED
        popfd
        mov     esp, [ss:main_tss + TSS_ESP0]
        sub     esp, FRAME_SIZE                 ; arch_result_words may write there
        push    ebp                             ; the program's ESP
        mov     ebp, SELECTOR_USER_DATA
        mov     ds, ebp
        mov     es, ebp
        cmp     eax, SYSCALL_TABLE_SIZE
        jae     .unknown
        push    edi
        push    esi
        push    edx
        push    ecx
        push    ebx
        xor     ebp, ebp
        call    [syscall_table + eax * 4]
        add     esp, 5 * 4
.leave:
        cmp     dword [arch_attention], 0
        jne     .attention
        pop     ecx
        mov     edx, SYSENTER_RETURN
        sti                                     ; works behind the next instruction
        sysexit
.unknown:
        mov     eax, ERROR_NO_CALL
        jmp     .leave
.attention:
        push    eax
        call    trap_attention
        pop     eax
        jmp     .leave
sysenter_entry_end:

; void sysenter_escape(void) - from the debug exception on the small stack below to the thread's own.
sysenter_escape:
        mov     esp, [main_tss + TSS_ESP0]
        call    sysenter_debug                  ; does not return

section .bss align=16
sysenter_stack:
        resb    1024
sysenter_stack_top:

section .note.GNU-stack noalloc noexec nowrite progbits

; Single instructions that C has no words for, as functions. Arguments on the stack, result in EAX;
; EAX, ECX, EDX are clobbered, nothing else.

%include "kernel.inc"

%macro FUNCTION 1
global %1:function
%1:
%endmacro

section .text

; ---- Control registers ---------------------------------------------------------------------------
FUNCTION cpu_read_cr0
        mov     eax, cr0
        ret
FUNCTION cpu_write_cr0
        mov     eax, [esp + 4]
        mov     cr0, eax
        ret
FUNCTION cpu_read_cr2
        mov     eax, cr2
        ret
FUNCTION cpu_read_cr3
        mov     eax, cr3
        ret
FUNCTION cpu_write_cr3
        mov     eax, [esp + 4]
        mov     cr3, eax
        ret
FUNCTION cpu_read_cr4
        mov     eax, cr4
        ret
FUNCTION cpu_write_cr4
        mov     eax, [esp + 4]
        mov     cr4, eax
        ret
FUNCTION cpu_clear_ts
        clts
        ret

; void cpu_write_msr(uint32_t number, uint32_t value)
FUNCTION cpu_write_msr
        mov     ecx, [esp + 4]
        mov     eax, [esp + 8]
        xor     edx, edx
        wrmsr
        ret

; void arch_flush_page(uint32_t address)
FUNCTION arch_flush_page
        mov     eax, [esp + 4]
        invlpg  [eax]
        ret

; ---- Tables --------------------------------------------------------------------------------------

; void cpu_load_gdt(const void *table, uint32_t limit)
; Loads the table and its code, stack and data segments; FS and GS become null, and there is no local
; table.
FUNCTION cpu_load_gdt
        call    push_table_register
        lgdt    [esp]
        add     esp, 8
        jmp     SELECTOR_KERNEL_CODE:.reload
.reload:
        mov     eax, SELECTOR_KERNEL_DATA
        mov     ss, eax
        mov     eax, SELECTOR_USER_DATA
        mov     ds, eax
        mov     es, eax
        xor     eax, eax
        mov     fs, eax
        mov     gs, eax
        lldt    ax                              ; a CPU starts with one of 64 KiB at address 0
        ret

; void cpu_load_idt(const void *table, uint32_t limit)
FUNCTION cpu_load_idt
        call    push_table_register
        lidt    [esp]
        add     esp, 8
        ret

; void cpu_load_task(uint32_t selector)
FUNCTION cpu_load_task
        ltr     [esp + 4]
        ret

; void cpu_store_gdt(struct table_register *to)
FUNCTION cpu_store_gdt
        mov     eax, [esp + 4]
        sgdt    [eax]
        ret

; void cpu_store_idt(struct table_register *to)
FUNCTION cpu_store_idt
        mov     eax, [esp + 4]
        sidt    [eax]
        ret

; uint32_t cpu_store_task(void)
FUNCTION cpu_store_task
        xor     eax, eax
        str     ax
        ret

; Makes the 6 bytes that LGDT and LIDT want at ESP (8 bytes there) from the caller's arguments
; (table, limit), which lie behind two return addresses.
push_table_register:
        pop     ecx                             ; our return address
        mov     eax, [esp + 4]                  ; table
        mov     edx, [esp + 8]                  ; limit
        sub     esp, 8
        mov     [esp], dx
        mov     [esp + 2], eax
        jmp     ecx

; ---- Features ------------------------------------------------------------------------------------

; uint32_t cpu_flag_changes(uint32_t mask)
FUNCTION cpu_flag_changes
        pushfd
        pop     eax
        mov     ecx, eax
        xor     eax, [esp + 4]
        push    eax
        popfd
        pushfd
        pop     eax
        push    ecx
        popfd
        xor     eax, ecx
        and     eax, [esp + 4]
        ret

; void cpu_id(uint32_t leaf, uint32_t registers[4])
FUNCTION cpu_id
        push    ebx
        push    edi
        mov     eax, [esp + 12]
        mov     edi, [esp + 16]
        xor     ecx, ecx
        cpuid
        mov     [edi], eax
        mov     [edi + 4], ebx
        mov     [edi + 8], ecx
        mov     [edi + 12], edx
        pop     edi
        pop     ebx
        ret

; uint64_t arch_tsc_read(void)
FUNCTION arch_tsc_read
        rdtsc
        ret

; ---- Interrupts ----------------------------------------------------------------------------------
FUNCTION arch_interrupt_window
        sti
        nop                                     ; STI works behind the next instruction
        cli
        ret
FUNCTION arch_idle
        sti
        hlt
        cli
        ret
FUNCTION arch_stop
        cli
        hlt
        jmp     arch_stop

; ---- Ports ---------------------------------------------------------------------------------------
FUNCTION arch_port_read8
        mov     edx, [esp + 4]
        xor     eax, eax
        in      al, dx
        ret
FUNCTION arch_port_read16
        mov     edx, [esp + 4]
        xor     eax, eax
        in      ax, dx
        ret
FUNCTION arch_port_read32
        mov     edx, [esp + 4]
        in      eax, dx
        ret
FUNCTION arch_port_write8
        mov     edx, [esp + 4]
        mov     eax, [esp + 8]
        out     dx, al
        ret
FUNCTION arch_port_write16
        mov     edx, [esp + 4]
        mov     eax, [esp + 8]
        out     dx, ax
        ret
FUNCTION arch_port_write32
        mov     edx, [esp + 4]
        mov     eax, [esp + 8]
        out     dx, eax
        ret

; void arch_triple_fault(void): an empty IDT leaves the CPU nothing but a reset.
FUNCTION arch_triple_fault
        push    dword 0
        push    dword 0
        lidt    [esp]
        int3

section .note.GNU-stack noalloc noexec nowrite progbits

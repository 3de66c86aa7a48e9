; The operations that bench counts to the instruction: each is called like a C function without arguments, and what
; stands beside the measured instruction also stands in its empty twin, whose cost is subtracted.
;
; Entered from: row_measure, in ring 3 or ring 0
; They keep EBX ESI EDI EBP, as C expects.

bits 32

%include "calls.inc"

PAGE_SIZE   equ 4096
BARE_VECTOR equ 0x7F ; as floors.c puts it up

extern stub_page_address
global operation_empty:function, operation_null_interrupt:function, operation_null_stub:function
global operation_module_call:function, module_handle, module_function
global operation_message:function, message_port
global operation_yield:function, partner_loop:function, partner_wanted
global operation_bare_call:function, operation_bare_switch:function, operation_bare_page:function
global bare_handler, bare_frame
global code_that_yields, code_that_yields_end, code_that_exits, code_that_exits_end
global code_that_sleeps, code_that_sleeps_end, code_that_naps, code_that_naps_end
global code_that_replies, code_that_replies_end

section .text.operations progbits alloc exec nowrite align=16

operation_empty:
    xor eax, eax
    ret

operation_null_interrupt:
    mov eax, CALL_null
    int 0x80
    ret

operation_null_stub:
    mov eax, CALL_null
    call [stub_page_address]
    ret

; A call into a linked module, with its arguments as they are.
operation_module_call:
    push ebx
    mov eax, CALL_module_call
    mov ebx, [module_handle]
    mov ecx, [module_function]
    int 0x80
    pop ebx
    ret

; A call to the server below, with the words as they are and no bytes.
operation_message:
    push ebx
    push esi
    push edi
    mov eax, CALL_message_call
    mov ebx, [message_port]
    xor edi, edi
    int 0x80
    pop edi
    pop esi
    pop ebx
    ret

operation_yield:
    mov eax, CALL_thread_yield
    int 0x80
    ret

; ---- Floors: the least that an entry can do -------------------------------------------------------------------------

operation_bare_call:
    xor eax, eax
    int BARE_VECTOR
    ret

operation_bare_switch:
    mov eax, 1
    int BARE_VECTOR
    ret

operation_bare_page:
    mov eax, 2
    int BARE_VECTOR
    ret

; The handler of BARE_VECTOR, in ring 0: keeps all registers, looks at the number, calls through a table, returns.
bare_handler:
    push ebp
    push edi
    push esi
    push edx
    push ecx
    push ebx
    cld
    cmp eax, BARE_COUNT
    jae .leave
    call [bare_table + eax * 4]
.leave:
    pop ebx
    pop ecx
    pop edx
    pop esi
    pop edi
    pop ebp
    iret

bare_nothing:
    xor eax, eax
    ret

; Leaves the stack for the other thread's, which is its own, and loads the address space.
bare_other_thread:
    mov [bare_stack], esp
    mov eax, cr3
    mov cr3, eax
    mov esp, [bare_stack]
    ret

; Zeroes a page and stores its entry.
bare_zeroed_page:
    mov edi, bare_frame
    mov ecx, PAGE_SIZE / 4
    xor eax, eax
    rep stosd
    mov [bare_entry], edi
    ret

; int partner_loop(void *) - gives the processor back each time, until nobody wants it any more.
partner_loop:
    mov eax, CALL_thread_yield
    int 0x80
    cmp dword [partner_wanted], 0
    jne partner_loop
    xor eax, eax
    ret

; Processes from machine code; position-independent.
section .rodata.operations progbits alloc noexec nowrite align=16
bare_table:
    dd bare_nothing, bare_other_thread, bare_zeroed_page
BARE_COUNT equ ($ - bare_table) / 4

code_that_yields:
    mov eax, CALL_thread_yield
    int 0x80
    jmp code_that_yields
code_that_yields_end:

code_that_exits:
    mov eax, CALL_process_exit
    xor ebx, ebx
    int 0x80
code_that_exits_end:

; As long as it takes to make a thousand of them.
code_that_naps:
    mov eax, CALL_thread_sleep
    mov ebx, 1000
    int 0x80
    mov eax, CALL_process_exit
    xor ebx, ebx
    int 0x80
code_that_naps_end:

code_that_sleeps:
    mov eax, CALL_thread_sleep
    mov ebx, 0xFFFFFFFE
    int 0x80
    jmp code_that_sleeps
code_that_sleeps_end:

; A server: makes the port "bench" and replies to whoever calls it.
code_that_replies:
    call .behind_the_name
    db "bench", 0
.behind_the_name:
    pop ebx
    mov eax, CALL_port_create
    int 0x80
    mov ebx, eax
    mov eax, CALL_message_receive
    xor edi, edi
    int 0x80
.next:
    mov ebx, eax
    mov eax, CALL_message_reply_receive
    int 0x80
    jmp .next
code_that_replies_end:

section .data.operations progbits alloc noexec write align=4
partner_wanted:
    dd 0
module_handle:
    dd 0
module_function:
    dd 0
message_port:
    dd 0
bare_stack:
    dd 0
bare_entry:
    dd 0

section .bss.operations nobits alloc noexec write align=4096
bare_frame:
    resb PAGE_SIZE

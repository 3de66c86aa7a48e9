; Plain machine code that becomes processes: it is copied to PROGRAM_BASE and entered at its first byte, so it may
; jump only relatively. Each piece lies between NAME and NAME_end.

bits 32

%include "calls.inc"

%define INFO_PARENT  0xBFFFE004 ; struct process_info, `parent`

section .rodata.code progbits alloc noexec nowrite align=16

; Sends what it finds at its first instruction to its parent, as events: ESP, EBP, CS, SS, ESI. Ends with status 5.
global code_report:data
code_report:
    mov edx, esi
    mov esi, esp
    mov ebx, [INFO_PARENT]
    mov ecx, esi
    call .send
    lea ecx, [ebp + 1]
    call .send
    mov ecx, cs
    call .send
    mov ecx, ss
    call .send
    lea ecx, [edx + 2]
    call .send
    mov eax, CALL_process_exit
    mov ebx, 5
    int 0x80
.send:
    mov eax, CALL_event_send
    int 0x80
    ret
global code_report_end:data
code_report_end:

; Ends with status 42.
global code_exit:data
code_exit:
    mov eax, CALL_process_exit
    mov ebx, 42
    int 0x80
global code_exit_end:data
code_exit_end:

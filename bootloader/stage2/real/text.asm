; Text from real mode: on the screen by INT 10h, on COM1 by polling with a bound. And the end of every fatal failure:
; wait for a key, restart.

%define REAL_TEXT_MODULE
%include "loader.inc"
%include "stage2/real/real.inc"

BDA_TICKS       equ 0x46C
BDA_WARM_BOOT   equ 0x472
SEND_TICKS      equ 19                  ; a second

        bits 16
        section .first progbits alloc exec write

; Shows the text at SI, offers the restart and does not return.
        global real_fatal
real_fatal:
        call    print_text
        mov     si, text_restart
        call    print_text

; Waits for a key or a byte on COM1 and restarts the machine. HLT wakes at each tick of the BIOS clock.
.forget:
        mov     ah, 0x01                ; forget keys that were typed before
        int     0x16
        jz      .wait
        mov     ah, 0
        int     0x16
        jmp     .forget
.wait:
        hlt
        mov     ah, 0x01
        int     0x16
        jnz     restart_machine
        mov     dx, UART_COM1 + UART_STATUS
        in      al, dx
        cmp     al, 0xFF                ; no port
        je      .wait
        test    al, UART_STATUS_DATA
        jz      .wait

        global restart_machine
restart_machine:
        mov     word [BDA_WARM_BOOT], 0x1234    ; no memory test
        mov     al, KEYBOARD_RESET_CPU
        out     KEYBOARD_COMMAND, al
        mov     cx, 0xFFFF
.pause:
        in      al, 0x80                ; about a microsecond
        loop    .pause
        jmp     0xFFFF:0                ; no keyboard controller: the BIOS's own entry

; Shows the text at SI, up to its zero byte. Keeps all registers but SI.
        global print_text
print_text:
        push    ax
.next:
        cld                             ; whatever INT 10h left
        lodsb
        test    al, al
        jz      .done
        call    print_character
        jmp     .next
.done:
        pop     ax
        ret

; Shows AX as a decimal number. Clobbers AX DX.
        global print_decimal
print_decimal:
        push    bx
        mov     bx, 10
        xor     dx, dx
        div     bx
        pop     bx
        test    ax, ax
        jz      .last
        push    dx
        call    print_decimal
        pop     dx
.last:
        mov     al, dl
        add     al, '0'
        jmp     print_character

; Shows EAX as 8, or AL as 2, hexadecimal digits. Clobbers EAX CX.
        global print_hex_dword
print_hex_dword:
        mov     cx, 8
        jmp     print_hex
        global print_hex_byte
print_hex_byte:
        shl     eax, 24
        mov     cx, 2
print_hex:
        rol     eax, 4
        push    eax
        and     al, 0x0F
        cmp     al, 10                  ; 0-9 A-F without a branch
        sbb     al, 0x69
        das
        call    print_character
        pop     eax
        loop    print_hex
        ret

; Shows AL on screen and COM1. Keeps all registers. The port is waited for by the BIOS's clock: a virtual machine polls
; a port in nanoseconds, and its host may be busy elsewhere. Once it was waited for in vain, never again.
print_character:
        pusha
        push    ax
        mov     ah, 0x0E
        mov     bx, 7
        int     0x10
        call    uart_start
        pop     ax
        mov     bl, al
        cmp     byte [uart_stuck], 0
        jne     .done
        mov     dx, UART_COM1 + UART_STATUS
        mov     cx, [BDA_TICKS]
        sti                             ; a BIOS may have switched interrupts off, and the clock with them
.wait:
        in      al, dx
        cmp     al, 0xFF                ; no port
        je      .done
        test    al, UART_STATUS_EMPTY
        jnz     .send
        mov     ax, [BDA_TICKS]
        sub     ax, cx
        cmp     ax, SEND_TICKS
        jb      .wait
        mov     byte [uart_stuck], 1
        jmp     .done
.send:
        mov     al, bl
        mov     dx, UART_COM1 + UART_DATA
        out     dx, al
.done:
        popa
        ret

; 115200 baud, 8 bits, no parity, the first time that it is called. Some emulators drop what is sent before.
uart_start:
        cmp     byte [uart_started], 0
        jne     .done
        mov     byte [uart_started], 1
        mov     si, uart_settings
.next:
        lodsw
        test    ah, ah
        jz      .done
        movzx   dx, ah
        add     dx, UART_COM1 - 1
        out     dx, al
        jmp     .next
.done:
        ret

; Value, register + 1; ends with 0.
uart_settings:
        db      UART_LINE_DLAB, UART_LINE + 1
        db      1, UART_DIVISOR_LOW + 1
        db      0, UART_DIVISOR_HIGH + 1
        db      UART_LINE_8N1, UART_LINE + 1
        db      UART_FIFO_ENABLE, UART_FIFO + 1
        db      UART_MODEM_DTR | UART_MODEM_RTS, UART_MODEM + 1
        dw      0

text_restart:   db      13, 10, "Press a key to restart.", 13, 10, 0

        section .first.data
uart_started:   db      0
uart_stuck:     db      0

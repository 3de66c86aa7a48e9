; A program whose bss is a segment of its own: no bytes in the file, and an offset behind the file's end, as lld and
; older GNU linkers write it. Nothing is read of it, so nothing is wrong with it [ELF 2-2]. Ends with the status 42.
;
;       nasm -f bin -o bss-behind bss_behind.asm
        bits    32
BASE    equ     0x400000
BSS     equ     BASE + 0x1000
CALL_EXIT equ   1                       ; process_exit
        org     BASE

        db      0x7F, "ELF", 1, 1, 1
        times   9 db 0
        dw      2, 3                    ; executable, 386
        dd      1, start, segments - BASE, 0, 0
        dw      52, 32, 2, 0, 0, 0
segments:
        dd      1, 0, BASE, BASE, SIZE, SIZE, 5, 0x1000
        dd      1, OFFSET, BSS, 0, 0, 64, 6, 0x1000

start:
        mov     eax, CALL_EXIT
        mov     ebx, [BSS]
        add     ebx, 42
        int     0x80
SIZE    equ     $ - BASE
%ifndef OFFSET
%define OFFSET  0x2000
%endif

; An option ROM that makes a good BIOS a bad one. The tests assemble it, set bytes of the table `switches` and the
; checksum, and put it into QEMU and Bochs.
;
; A ROM cannot be written to: the BIOS's own handlers are called through interrupt vectors that nobody uses, and the
; count of reads lies in another one.

ROM_SIZE        equ 2048
OLD_13          equ 0x60                ; the BIOS's INT 13h and 15h
OLD_15          equ 0x61
READS           equ 0x63 * 4            ; word: reads since Megha's first instruction
ARMED           equ READS + 2           ; byte: Megha runs

CARRY           equ 0x01                ; in the low byte of the flags
DIRECTION       equ 0x04                ; in the high byte
INTERRUPTS      equ 0x02
SMAP            equ 0x534D4150

        bits 16
        org 0
        db      0x55, 0xAA, ROM_SIZE / 512
        jmp     near start

; Set by the tests, by these names; 0 is off.
        align   16
switches:
no_edd:         db 0                    ; INT 13h knows neither AH=41h nor 42h
edd_no_packets: db 0                    ; AH=41h succeeds, but offers no packet reads
edd_wrong_mark: db 0                    ; AH=41h succeeds with another BX
edd_fails:      db 0                    ; AH=41h offers them, but 42h always fails with this status
max_sectors:    db 0                    ; AH=42h fails for more sectors than these
short_reads:    db 0                    ; AH=42h reads so many sectors at most, and only the packet tells
big_blocks:     db 0                    ; blocks are 4096 bytes, from Megha's first instruction on
fail_first:     db 0                    ; so many reads fail
fail_every:     db 0                    ; every so many-th read fails
no_geometry:    db 0                    ; AH=08h fails
zero_spt:       db 0                    ; AH=08h tells 0 sectors a track
swap_drives:    db 0                    ; drives 80h and 81h change places
a20_off:        db 0                    ; INT 13h switches A20 off by port 92h
clobber:        db 0                    ; registers that are no results change, DF is set and IF cleared
no_e820:        db 0
no_e801:        db 0
no_88:          db 0
no_2401:        db 0                    ; AH=24h is not known
e820_list:      db 0                    ; 1 to 6: see give_e820
video:          db 0                    ; 1 to 6: see set_video
low_kb:         db 0                    ; INT 12h tells 4 times this many KiB
entry:          db 0                    ; ENTRY_ bits
drive:          db 0x80                 ; DL at entry
boot_from:      db 0x80                 ; the drive whose boot record is started
switches_end:

start:
        push    ds
        push    eax
        xor     ax, ax
        mov     ds, ax
        mov     eax, [0x13 * 4]
        mov     [OLD_13 * 4], eax
        mov     eax, [0x15 * 4]
        mov     [OLD_15 * 4], eax
        mov     dword [READS], 0
        mov     word [0x13 * 4], int_13
        mov     [0x13 * 4 + 2], cs
        mov     word [0x15 * 4], int_15
        mov     [0x15 * 4 + 2], cs
        mov     word [0x19 * 4], int_19
        mov     [0x19 * 4 + 2], cs
        cmp     byte [cs:low_kb], 0
        je      .done
        mov     word [0x12 * 4], int_12
        mov     [0x12 * 4 + 2], cs
.done:
        pop     eax
        pop     ds
        retf

; ---- Ends of a handler: the flags of the caller lie above the return address ----------------------------------------
; Jump here with the carry as it shall be told.
finish:
        push    bp
        mov     bp, sp
        jc      .carry
        and     byte [bp + 6], ~CARRY & 0xFF
        jmp     short .clobber
.carry:
        or      byte [bp + 6], CARRY
.clobber:
        cmp     byte [cs:clobber], 0
        je      .done
        or      byte [bp + 7], DIRECTION
        and     byte [bp + 7], ~INTERRUPTS & 0xFF
.done:
        pop     bp
        iret

; With AH as the status.
fail:
        stc
        jmp     short finish
unknown:
        mov     ah, 0x86
        jmp     short fail

%include "disk.inc"
%include "memory.inc"
%include "start.inc"

        times   ROM_SIZE - ($ - $$) db 0

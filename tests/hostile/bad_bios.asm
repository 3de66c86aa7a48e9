; An option ROM that makes a good BIOS bad, for test_bios.py. Each symbol that is defined adds a misbehaviour:
;
;   NO_EDD       INT 13h has no extensions
;   BAD_READS=N  every Nth read fails with status 20h
;   TRASH        reads return with other values in the registers they need not keep
;   NO_E820, NO_E801, NO_A20    INT 15h lacks that service
;   WRONG_ENTRY  the boot record is entered at 07C0:0000 with drive 81h in DL, DF set, IF clear, odd segments, and with
;                a parameter block that was written over
;
; Entered by the BIOS at byte 3, by a far call. Keeps the old vectors in unused ones: a ROM cannot be written.

        bits 16
        org 0

OLD_13          equ 0x60 * 4
OLD_15          equ 0x61 * 4
READS           equ 0x62 * 4
BOOT            equ 0x7C00

        db      0x55, 0xAA, 4           ; 4 x 512 bytes; the test sets the checksum
start:
        push    ds
        push    eax
        xor     ax, ax
        mov     ds, ax
        mov     dword [READS], 0
        mov     eax, [0x13 * 4]
        mov     [OLD_13], eax
        mov     word [0x13 * 4], disk
        mov     [0x13 * 4 + 2], cs
        mov     eax, [0x15 * 4]
        mov     [OLD_15], eax
        mov     word [0x15 * 4], system
        mov     [0x15 * 4 + 2], cs
%ifdef WRONG_ENTRY
        mov     word [0x19 * 4], boot
        mov     [0x19 * 4 + 2], cs
%endif
        pop     eax
        pop     ds
        retf

; Goes to the old handler whose vector is in slot %1; all registers are as they came.
%macro chain 1
        sub     sp, 4
        push    bp
        mov     bp, sp
        push    ds
        push    eax
        xor     ax, ax
        mov     ds, ax
        mov     eax, [%1]
        mov     [bp + 2], eax
        pop     eax
        pop     ds
        pop     bp
        retf
%endmacro

; Returns from the interrupt with carry set; AH is the status.
refuse:
        push    bp
        mov     bp, sp
        or      byte [bp + 6], 1
        pop     bp
        iret

disk:
%ifdef NO_EDD
        cmp     ah, 0x41
        jb      .no_extension
        cmp     ah, 0x49
        jae     .no_extension
        mov     ah, 0x01
        jmp     refuse
.no_extension:
%endif
        cmp     ah, 0x02
        je      .read
        cmp     ah, 0x42
        jne     old_disk
.read:
%ifdef BAD_READS
        push    ds
        push    ax
        xor     ax, ax
        mov     ds, ax
        inc     word [READS]
        cmp     word [READS], BAD_READS
        jb      .good
        mov     word [READS], 0
        pop     ax
        pop     ds
        mov     ah, 0x20
        jmp     refuse
.good:
        pop     ax
        pop     ds
%endif
%ifdef TRASH
        pushf
        push    cs
        push    .done
        jmp     old_disk
.done:
        jc      refuse
        mov     ebx, 0xBBBBBBBB
        mov     ecx, 0xCCCCCCCC
        mov     edx, 0xDDDDDDDD
        mov     esi, 0x51515151
        mov     edi, 0xD1D1D1D1
        mov     ebp, 0xB9B9B9B9
        push    bp
        mov     bp, sp
        and     byte [bp + 6], 0xFE
        pop     bp
        iret
%endif
old_disk:
        chain   OLD_13

system:
%ifdef NO_E820
        cmp     ax, 0xE820
        je      .refuse
%endif
%ifdef NO_E801
        cmp     ax, 0xE801
        je      .refuse
%endif
%ifdef NO_A20
        cmp     ah, 0x24
        je      .refuse
%endif
        chain   OLD_15
.refuse:
        mov     ah, 0x86
        jmp     refuse

boot:
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7000
        sti
        mov     ax, 0x0201
        mov     bx, BOOT
        mov     cx, 0x0001
        mov     dx, 0x0080
        int     0x13
        jc      boot
        cld
        mov     di, BOOT + 3
        mov     cx, 0x5A - 3
        mov     al, 0xA5
        rep     stosb
        cli
        mov     ax, 0x1234
        mov     ds, ax
        mov     ax, 0x2345
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x0100
        mov     ebx, 0xFFFFFFFF
        mov     ebp, ebx
        mov     dx, 0x0081
        std
        jmp     0x07C0:0

        times   2048 - ($ - $$) db 0

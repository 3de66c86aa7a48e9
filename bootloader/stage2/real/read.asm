; Reads sectors for the first block of stage 2, in real mode. C has its own reader on top of bios_call (disk.c).

%define REAL_READ_MODULE
%include "loader.inc"
%include "stage2/real/real.inc"

TRIES           equ 3
RECORD          equ STAGE1_RECORD

        bits 16
        section .first progbits alloc exec write

; Reads CX sectors (1 to 127) from LBA AX on to BX:0: all of them by EDD, or else one by one, each by EDD where the
; drive has it and then by CHS. Returns carry set when a sector cannot be read: then AX is its LBA, and the record's
; status the BIOS's answer. Clobbers all but DS, ES and SP.
        global real_read
real_read:
        mov     [lba], ax
        mov     [count], cx
        mov     [target], bx
        cmp     byte [RECORD + RECORD_METHOD], READ_EDD
        jne     .one_by_one
        mov     di, read_edd
        call    try_three_times
        jnc     .done

.one_by_one:
        mov     cx, [count]
        mov     word [count], 1
.sector:
        push    cx
        call    read_sector
        pop     cx
        mov     ax, [lba]
        jc      .done
        inc     word [lba]
        add     word [target], SECTOR_SIZE / 16
        loop    .sector                 ; leaves with carry clear: ADD did not overflow
.done:
        ret

; One sector: by the method that served so far; should EDD fail, by CHS, which stays the method when it succeeds.
read_sector:
        cmp     byte [RECORD + RECORD_METHOD], READ_EDD
        jne     .by_chs
        mov     di, read_edd
        call    try_three_times
        jnc     .done
.by_chs:
        mov     al, [RECORD + RECORD_STATUS]
        push    ax
        call    ask_geometry
        pop     ax
        mov     [RECORD + RECORD_STATUS], al    ; why reading failed tells more than why asking did
        jc      .done
        mov     di, read_chs
        call    try_three_times
        jc      .done
        mov     byte [RECORD + RECORD_METHOD], READ_CHS
.done:
        ret

; Calls the reader DI until it succeeds, three times at most, with a reset of the drive in between.
try_three_times:
        mov     byte [RECORD + RECORD_TRIES], TRIES
.again:
        push    di
        call    di
        pop     di
        jnc     .done
        inc     byte [RECORD + RECORD_RETRIES]
        dec     byte [RECORD + RECORD_TRIES]
        stc                             ; keeps ZF
        jz      .done
        mov     al, [RECORD + RECORD_STATUS]
        push    ax
        push    di
        mov     ah, 0
        call    disk
        pop     di
        pop     ax
        mov     [RECORD + RECORD_STATUS], al
        jmp     .again
.done:
        ret

; Packet reads of everything that is left [EDD3]. Some BIOSes read less than asked, report no error, and say so in the
; packet only: the rest is read then.
read_edd:
        inc     word [RECORD + RECORD_READS]
        push    dword 0                 ; LBA, high half
        push    word 0
        push    word [lba]
        push    word [target]
        push    word 0
        push    word [count]
        push    word 16
        mov     si, sp
        mov     ah, 0x42
        call    disk
        popa                            ; drops the packet's 16 bytes and keeps the carry; SI = its count
        jc      .done
        cmp     si, [count]
        jae     .done                   ; carry clear
        cmp     si, 1                   ; sets the carry for 0
        jc      .done
        add     [lba], si
        sub     [count], si
        shl     si, 5                   ; sectors to paragraphs
        add     [target], si
        jmp     read_edd
.done:
        ret

; One sector: no BIOS objects to that, whatever the geometry.
read_chs:
        mov     ax, [lba]
        xor     dx, dx
        div     word [RECORD + RECORD_SPT]
        mov     cx, dx
        inc     cx                      ; sectors count from 1
        xor     dx, dx
        div     word [RECORD + RECORD_HEADS]
        mov     ch, al                  ; stage 2 lies in the first cylinders
        mov     dh, dl
        mov     ax, 0x0201
        mov     es, [target]
        xor     bx, bx
        inc     word [RECORD + RECORD_READS]
        call    disk
        push    ds                      ; DS = 0
        pop     es
        ret

; The geometry by INT 13h AH=08h into the record. Returns carry set when there is none that can be used.
ask_geometry:
        mov     ah, 0x08
        call    disk
        push    ds
        pop     es
        jc      .done
        and     cx, 0x3F
        mov     [RECORD + RECORD_SPT], cx
        movzx   dx, dh
        inc     dx
        mov     [RECORD + RECORD_HEADS], dx
        cmp     cx, 1                   ; sets the carry for 0 sectors a track
.done:
        ret

; INT 13h for the drive that holds Megha; AH becomes the status. May change every register but DS and SP.
disk:
        mov     dl, [RECORD + RECORD_DRIVE]
        push    ds
        stc
        int     0x13
        cld                             ; some BIOSes return with DF set
        pop     ds
        mov     [RECORD + RECORD_STATUS], ah
        ret

        section .first.data
lba:            dw 0
count:          dw 0
target:         dw 0

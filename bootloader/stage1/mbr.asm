; Stage 1: the master boot record. Reads the first 4 KiB of stage 2, checks them and jumps there.
;
; Entered from  the BIOS, at 0x7C00 as 0000:7C00 or 07C0:0000
; CPU state     real mode; DL = boot drive, perhaps wrong; nothing else is certain
; Leaves to     stage 2 at 0000:8000 with CS = DS = ES = SS = 0, DF clear, IF set; struct stage1_record of
;               bootloader/stage2/real.h lies at STAGE1_RECORD, and the stack below it
;
; Tries the drive given, then 80h; each by EDD, then by cylinder, head and sector; each three times with a reset
; between. A way that failed leaves a short code on the screen: a letter, and AH of the BIOS call in hexadecimal.
;   R  reading failed          G  the BIOS gives no usable geometry
;   S  there is no stage 2     C  stage 2 is damaged: its checksum is wrong
;
; Every variable lives in the record, because BIOSes trash registers; BP points to it and is set again after each call.

%include "loader.inc"

BDA_TICKS       equ 0x46C
TRIES           equ 3
RECORD          equ STAGE1_RECORD

        bits 16
        section .mbr progbits alloc exec

        global milestone_10_mbr_entry:function
milestone_10_mbr_entry:
        jmp     short begin
        nop

; Firmware that takes a USB stick for a floppy reads the parameter block, or writes over it.
%include "stage1/parameter_block.inc"
%if $ - $$ != 0x5A
%error "the parameter block ends at 5Ah, where begin has to stand"
%endif

begin:
        cli
        cld
        jmp     0:.normal
.normal:
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, RECORD + RECORD_SIZE
        sti

; Push struct stage1_record, from its end.
        push    ax                      ; retries, tries
        push    ax                      ; reads
        push    ax                      ; method, status
        push    dx                      ; drive_given, drive
        push    ax                      ; sectors_per_track
        push    ax                      ; heads
        push    dword [BDA_TICKS]       ; tick
        mov     bp, sp

; ---- One drive: EDD where the BIOS has it, then CHS ----------------------------------------------------------------
try_drive:
        mov     [bp + RECORD_DRIVE], dl
        mov     ah, 0x41                ; [EDD3] extensions present? Some BIOSes clobber DL here
        mov     bx, 0x55AA
        stc
        call    disk
        jc      .chs
        cmp     bx, 0xAA55
        jne     .chs
        test    cl, 1                   ; packet reads among them?
        jz      .chs
        mov     byte [bp + RECORD_METHOD], READ_EDD
        mov     di, read_edd
        call    try_reader

.chs:
        push    word next_drive         ; where try_reader and show_code return to
        mov     ah, 0x08                ; geometry
        call    disk
        mov     bl, 'G'
        jc      show_code
        and     cx, 0x3F
        jz      show_code               ; a stick below 32 MiB in SeaBIOS has 0 sectors a track
        mov     [bp + RECORD_SPT], cx
        mov     cl, dh
        inc     cx                      ; CH is 0; 256 heads do occur
        mov     [bp + RECORD_HEADS], cx
        mov     byte [bp + RECORD_METHOD], READ_CHS
        mov     di, read_chs

; Reads with DI up to three times; does not return when that brought a good stage 2.
try_reader:
        mov     byte [bp + RECORD_TRIES], TRIES
.again:
        push    di
        call    di
        pop     di
        mov     bl, 'R'
        jnc     check
        inc     byte [bp + RECORD_RETRIES]
        dec     byte [bp + RECORD_TRIES]
        jz      show_code
        mov     ah, 0                   ; some BIOSes stay in an error state without a reset
        call    disk
        jmp     short .again

; The sum over all dwords, rotated by one bit before each addition, is 0: tools/finish_stage2.py sets the last one so.
check:
        mov     bl, 'S'
        mov     si, STAGE2_FIRST_BASE
        cmp     word [si + 4], STAGE2_MAGIC & 0xFFFF
        jne     show_code
        mov     bl, 'C'
        xor     edx, edx
        mov     cx, STAGE2_FIRST_SIZE / 4
.sum:
        lodsd
        rol     edx, 1
        add     edx, eax
        loop    .sum                    ; keeps the flags of ADD
        jnz     show_code

        global milestone_12_stage2_read:function
milestone_12_stage2_read:
        jmp     0:STAGE2_FIRST_BASE

; ---- The screen ----------------------------------------------------------------------------------------------------
; Shows the letter in BL, the status in hexadecimal, and a space.
show_code:
        mov     al, bl
        call    show_character
        mov     al, [bp + RECORD_STATUS]
        aam     16                      ; AH = high digit, AL = low digit
        push    ax
        mov     al, ah
        call    show_digit
        pop     ax
        call    show_digit
        mov     al, ' '
        jmp     short show_character
show_digit:
        cmp     al, 10                  ; 0-9 A-F without a branch
        sbb     al, 0x69
        das
show_character:
        pusha
        mov     ah, 0x0E
        mov     bx, 7                   ; page 0; grey, should the screen be in a graphics mode
        int     0x10
        popa
        ret

next_drive:
        mov     dl, 0x80                ; DL at entry can be plain wrong
        cmp     [bp + RECORD_DRIVE], dl
        jne     try_drive

; Nothing worked.
        mov     si, sorry
.next_character:
        lodsb
        call    show_character
        cmp     al, '.'
        jne     .next_character
        mov     ah, 0
        int     0x16                    ; wait for a key
        jmp     0xFFFF:0                ; restart

; ---- Readers: carry as INT 13h leaves it ---------------------------------------------------------------------------
read_edd:
        inc     word [bp + RECORD_READS]
        push    dword 0                 ; [EDD3] disk address packet, from its end: LBA, 64 bits
        push    dword STAGE2_LBA
        push    word 0                  ; to segment : offset
        push    word STAGE2_FIRST_BASE
        push    word STAGE2_FIRST_SECTORS
        push    word 16                 ; size of the packet
        mov     si, sp
        mov     ah, 0x42
        call    disk
        popa                            ; drops the 16 bytes and keeps the carry
        mov     bp, RECORD
        ret

; Sector by sector: no BIOS objects to that, whatever the geometry.
read_chs:
        mov     si, STAGE2_LBA
        mov     bx, STAGE2_FIRST_BASE
.sector:
        mov     ax, si
        cwd
        div     word [bp + RECORD_SPT]
        mov     cx, dx
        inc     cx                      ; sectors count from 1
        cwd
        div     word [bp + RECORD_HEADS]
        mov     ch, al                  ; the cylinder is small: stage 2 is near the disk's start
        mov     dh, dl
        mov     ax, 0x0201
        inc     word [bp + RECORD_READS]
        push    bx
        call    disk
        pop     bx
        jc      .done
        inc     si
        add     bh, SECTOR_SIZE >> 8
        cmp     bh, (STAGE2_FIRST_BASE + STAGE2_FIRST_SIZE) >> 8
        jb      .sector                 ; leaves with carry clear
.done:
        ret

; INT 13h for the drive; AH becomes the status. Keeps SI, DI and ES = 0.
disk:
        push    si
        push    di
        mov     dl, [bp + RECORD_DRIVE]
        int     0x13
        cld                             ; some BIOSes return with DF set
        push    ds                      ; AH=08h may change ES:DI
        pop     es
        pop     di
        pop     si
        mov     bp, RECORD
        mov     [bp + RECORD_STATUS], ah
        ret

sorry:  db      "No Megha: press a key."

; Stage 2, first block: from stage 1 to protected mode. All 16-bit code of stage 2 lies in this block of 4 KiB.
;
; Entered from  stage 1 (milestone_12_stage2_read), at 0000:8000
; CPU state     real mode, CS = DS = ES = SS = 0, interrupts on, DF clear; struct stage1_record at STAGE1_RECORD
; Leaves to     protected_mode_start (real/protected_mode.asm), with the rest of stage 2 in memory and verified, and
;               real_facts filled in

%include "loader.inc"
%include "stage2/real/real.inc"

BDA_TICKS       equ 0x46C
BDA_LAST_ROW    equ 0x484

        bits 16
        section .first.entry progbits alloc exec write

        global milestone_20_stage2_entry:function
milestone_20_stage2_entry:
        jmp     short entry
        times   4 - ($ - $$) nop

; tools/finish_stage2.py reads the magic and fills in the rest. The block's last dword makes its own sum 0.
        global stage2_header
stage2_header:
        dd      STAGE2_MAGIC
stage2_rest_sectors:
        dd      0                       ; sectors behind this block
stage2_rest_sum:
        dd      0                       ; over their dwords; see real_sum

        section .first progbits alloc exec write

entry:
        cli
        cld
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, REAL_STACK
        sti
        mov     eax, [BDA_TICKS]
        mov     [real_facts + FACTS_TICK], eax

        call    check_screen
        call    check_cpu
        call    check_memory
        call    read_rest
        jmp     protected_mode_start

; Text mode 3 with 25 rows and a cursor serves everyone; other modes are left for it, once. Clobbers AX BX CX.
check_screen:
        mov     ax, 0x0F00              ; AL = 0: a machine without a video BIOS leaves it
        int     0x10
        and     al, 0x7F                ; bit 7: the screen was not cleared
        mov     [real_facts + FACTS_VIDEO_MODE], al
        sub     al, 2                   ; modes 2 and 3 are the same on a VGA
        cmp     al, 1
        ja      .set
        cmp     byte [BDA_LAST_ROW], 24 ; 80 x 50 and the like are mode 3, too
        je      .cursor
.set:
        mov     ax, 0x0003
        int     0x10
.cursor:
        mov     ah, 0x01
        mov     cx, 0x0607              ; the usual underline
        int     0x10
        ret

; A 486 can change EFLAGS.AC, a 386 cannot. Where EFLAGS.ID can be changed there is CPUID, which tells of the time
; stamp counter. Clobbers EAX EBX ECX EDX.
check_cpu:
        mov     eax, EFLAGS_AC
        call    can_change
        jz      .too_old
        mov     eax, EFLAGS_ID
        call    can_change
        jz      .done
        xor     eax, eax
        cpuid
        test    eax, eax                ; early 486 have no leaf 1
        jz      .done
        mov     eax, 1
        cpuid
        test    dl, CPUID_TSC
        jz      .done
        rdtsc
        mov     [real_facts + FACTS_TSC], eax
        mov     [real_facts + FACTS_TSC + 4], edx
        mov     byte [real_facts + FACTS_HAS_TSC], 1
.done:
        ret
.too_old:
        mov     si, text_cpu
        jmp     real_fatal

; Whether the bits in EAX of EFLAGS can be changed: ZF set means no. Clobbers EAX EBX ECX. Without interrupts, since a
; BIOS's handler may return with flags of 16 bits and lose them in between.
can_change:
        cli
        pushfd
        pop     ebx
        mov     ecx, ebx
        xor     ecx, eax
        push    ecx
        popfd                           ; IF as CLI left it
        pushfd
        pop     ecx
        push    ebx
        popfd
        xor     ecx, ebx
        test    ecx, eax
        sti
        ret

; The loader's own room, LOADER_LIMIT bytes, has to be RAM that the BIOS does not use itself. Clobbers AX SI.
check_memory:
        int     0x12
        mov     [real_facts + FACTS_CONVENTIONAL_KB], ax
        cmp     ax, LOADER_LIMIT / 1024
        jb      .too_little
        ret
.too_little:
        mov     si, text_memory_1
        call    print_text
        call    print_decimal
        mov     si, text_memory_2
        jmp     real_fatal

; Reads the sectors behind this block to STAGE2_REST_BASE and verifies them.
read_rest:
        mov     ax, STAGE2_LBA + STAGE2_FIRST_SECTORS
        mov     cx, [stage2_rest_sectors]
        mov     bx, STAGE2_REST_BASE >> 4
        call    real_read
        jc      .unreadable
        mov     cx, [stage2_rest_sectors]
        mov     bx, STAGE2_REST_BASE >> 4
        call    real_sum
        cmp     edx, [stage2_rest_sum]
        jne     .damaged
        ret
.unreadable:
        push    ax
        mov     si, text_read_1
        call    print_text
        pop     ax
        call    print_decimal
        mov     si, text_read_2
        call    print_text
        mov     al, [STAGE1_RECORD + RECORD_DRIVE]
        call    print_hex_byte
        mov     si, text_read_3
        call    print_text
        mov     al, [STAGE1_RECORD + RECORD_STATUS]
        call    print_hex_byte
        mov     si, text_read_4
        jmp     real_fatal
.damaged:
        mov     si, text_sum_1
        call    print_text
        mov     eax, edx
        call    print_hex_dword
        mov     si, text_sum_2
        call    print_text
        mov     eax, [stage2_rest_sum]
        call    print_hex_dword
        mov     si, text_sum_3
        jmp     real_fatal

; The sum over CX sectors at BX:0: rotate the sum left by one bit, add the next dword. Returns it in EDX; clobbers EAX
; CX SI.
real_sum:
        push    ds
        mov     ds, bx
        shl     cx, 7                   ; sectors to dwords
        xor     si, si
        xor     edx, edx
.next:
        lodsd
        rol     edx, 1
        add     edx, eax
        loop    .next
        pop     ds
        ret

text_cpu:       db "Megha cannot start: it needs a 486 or newer CPU, and this one is older.", 13, 10
                db "Use a newer machine.", 0
text_memory_1:  db "Megha cannot start: the BIOS reports ", 0
text_memory_2:  db " KiB of conventional memory (INT 12h),", 13, 10
                db "and the loader needs 448 KiB. Switch off in the firmware setup what takes the rest.", 0
%if LOADER_LIMIT / 1024 != 448
%error "text_memory_2 names 448 KiB: put the new limit there."
%endif
text_read_1:    db "Megha cannot start: sector (LBA) ", 0
text_read_2:    db " of drive ", 0
text_read_3:    db "h, in stage 2, cannot be read;", 13, 10, "the BIOS status is ", 0
text_read_4:    db "h. Write the image onto the stick again, or use another stick.", 0
text_sum_1:     db "Megha cannot start: stage 2 is damaged: its checksum is 0x", 0
text_sum_2:     db " but", 13, 10, "its header says 0x", 0
text_sum_3:     db ". Write the image onto the stick again.", 0

        section .first.data
        global real_facts
        align   4
real_facts:
        times   FACTS_SIZE db 0

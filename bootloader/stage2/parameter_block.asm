; The parameter block as stage 1 has it on the disk: what differs in memory at 0x7C03, the BIOS has changed.

%include "loader.inc"

        bits 32
        section .rodata

        global parameter_block_written:data
parameter_block_written:
%include "stage1/parameter_block.inc"

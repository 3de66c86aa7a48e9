/* The arithmetic of relocations: S + A, S + A - P and B + A of [SYSV386 4-26]. */
#include <abi/errors.h>
#include <kernel/relocate.h>

bool relocation_names(uint32_t type)
{
    return type != RELOCATION_NONE && type != RELOCATION_RELATIVE;
}

int relocation_apply(const struct relocation *relocation, uint32_t *value)
{
    switch (relocation->type) {
    case RELOCATION_NONE:
        *value = relocation->addend;
        return 0;
    case RELOCATION_32:
        *value = relocation->symbol + relocation->addend;
        return 0;
    case RELOCATION_PC32:
    case RELOCATION_PLT32:
        *value = relocation->symbol + relocation->addend - relocation->place;
        return 0;
    case RELOCATION_GLOB_DAT:
    case RELOCATION_JUMP_SLOT:
        *value = relocation->symbol;
        return 0;
    case RELOCATION_RELATIVE:
        *value = relocation->base + relocation->addend;
        return 0;
    default:
        return ERR_BAD_RELOCATION;
    }
}

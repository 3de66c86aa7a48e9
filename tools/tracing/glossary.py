"""One plain sentence for each instruction that the boot uses, for those who meet it the first time."""

PLAIN = {
    "aam": "splits AL into two digits, into AH and AL", "adc": "adds, with the carry of the addition before",
    "add": "adds the second to the first", "and": "keeps the bits that are set in both",
    "bsf": "finds the lowest bit that is set", "bsr": "finds the highest bit that is set",
    "bswap": "turns the order of the four bytes round", "btr": "clears one bit", "bts": "sets one bit",
    "call": "goes to a function and puts the way back on the stack",
    "callf": "goes to code in another segment and puts the way back on the stack",
    "cdq": "fills EDX with the sign of EAX", "cwd": "fills DX with the sign of AX", "cwde": "widens AX to EAX",
    "clc": "clears the carry flag", "cld": "makes string instructions count upwards",
    "cli": "switches interrupts off", "clts": "clears CR0.TS: the x87 registers are this task's",
    "cmp": "compares: subtracts, and keeps only the flags", "cmpxchg": "exchanges if a value is as expected",
    "cpuid": "asks what the CPU is and can", "das": "corrects a decimal subtraction",
    "dec": "subtracts one", "div": "divides", "enter": "makes a frame on the stack", "fninit": "resets the x87 unit",
    "fnstcw": "stores the x87 control word", "fnstsw": "stores the x87 status", "hlt": "waits for the next interrupt",
    "idiv": "divides, with signs", "imul": "multiplies, with signs", "in": "reads from a device's port",
    "inc": "adds one", "insd": "reads from a port into memory", "insw": "reads from a port into memory",
    "int": "calls the routine whose address stands in the interrupt table",
    "invlpg": "makes the CPU forget what it has cached of one page",
    "iret": "returns from an interrupt: CS, EIP and the flags come from the stack",
    "iretd": "returns from an interrupt: CS, EIP and the flags come from the stack",
    "jmp": "goes on elsewhere", "jmpf": "goes on elsewhere and loads CS: this makes a new mode take effect",
    "lea": "computes an address, and does not read there", "leave": "drops the frame of a function",
    "lgdt": "tells the CPU where the descriptors of segments are", "lidt": "tells the CPU where the interrupt table is",
    "lodsb": "loads a byte at SI and moves SI on", "lodsd": "loads four bytes at SI and moves SI on",
    "lodsw": "loads two bytes at SI and moves SI on", "loop": "counts CX down, and goes back until it is zero",
    "ltr": "tells the CPU where the task state segment is", "mov": "copies the second into the first",
    "movsb": "copies a byte from SI to DI and moves both on", "movsd": "copies four bytes from SI to DI",
    "movsw": "copies two bytes from SI to DI", "movsx": "copies, and widens with the sign",
    "movzx": "copies, and widens with zeros", "mul": "multiplies", "neg": "changes the sign", "nop": "does nothing",
    "not": "inverts all bits", "or": "sets the bits that are set in either", "out": "writes to a device's port",
    "pop": "takes a value from the stack", "popa": "takes all registers from the stack",
    "popad": "takes all registers from the stack", "popf": "takes the flags from the stack",
    "popfd": "takes the flags from the stack", "push": "puts a value on the stack",
    "pusha": "puts all registers on the stack", "pushad": "puts all registers on the stack",
    "pushf": "puts the flags on the stack", "pushfd": "puts the flags on the stack",
    "rdmsr": "reads a model-specific register", "rdtsc": "reads the counter of clock ticks",
    "ret": "returns to the caller: the address comes from the stack", "retf": "returns to another segment",
    "rcl": "rotates to the left through the carry", "rcr": "rotates to the right through the carry",
    "rol": "rotates the bits to the left", "ror": "rotates the bits to the right", "sal": "shifts to the left",
    "sar": "shifts to the right and keeps the sign", "sbb": "subtracts, with the borrow before",
    "scasb": "compares AL with the byte at DI", "shl": "shifts to the left", "shld": "shifts two registers to the left",
    "shr": "shifts to the right", "shrd": "shifts two registers to the right", "stc": "sets the carry flag",
    "std": "makes string instructions count downwards", "sti": "switches interrupts on",
    "stosb": "stores AL at DI and moves DI on", "stosd": "stores EAX at DI and moves DI on",
    "stosw": "stores AX at DI and moves DI on", "sub": "subtracts the second from the first",
    "sysenter": "enters the kernel, the fast way", "sysexit": "leaves the kernel, the fast way",
    "test": "looks which bits are set in both, and keeps only the flags",
    "wbinvd": "writes back and empties the caches",
    "wrmsr": "writes a model-specific register", "xadd": "exchanges, then adds", "xchg": "exchanges the two",
    "xor": "sets the bits that differ; of a register with itself, clears it",
}  # fmt: skip
CONDITIONS = {
    "jz": "equal, or zero", "jnz": "not equal, or not zero", "jb": "below, or carry", "jnb": "not below, or no carry",
    "jbe": "below or equal", "jnbe": "above", "jl": "less", "jnl": "not less", "jle": "less or equal",
    "jnle": "greater",
    "js": "negative", "jns": "not negative", "jo": "overflow", "jno": "no overflow", "jp": "an even count of bits",
    "jnp": "an odd count of bits", "jcxz": "CX is zero", "jecxz": "ECX is zero",
}  # fmt: skip


def sentence(mnemonic, repeated):
    """What the instruction does, in words; nothing when it is not in the list."""
    if mnemonic in CONDITIONS:
        return f"goes elsewhere if the flags say: {CONDITIONS[mnemonic]}"
    if mnemonic.startswith("set") and "j" + mnemonic[3:] in CONDITIONS:
        return f"1 if the flags say: {CONDITIONS['j' + mnemonic[3:]]}; else 0"
    text = PLAIN.get(mnemonic, "")
    return f"{text}; as often as CX says" if repeated and text else text

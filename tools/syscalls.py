#!/usr/bin/env python3
"""Makes what follows from the list of system calls.

    syscalls.py stubs SYSCALLS.DEF OUT.ASM               the programs' call stubs, for NASM
    syscalls.py numbers SYSCALLS.DEF OUT.INC             `CALL_name equ number`, for NASM
    syscalls.py docs SYSCALLS.DEF ERRORS.DEF OUT.MD      the reference page
    syscalls.py fuzz SYSCALLS.DEF OUT.INC                a row a call for the programs of tests/hostile, for C

A list is a text of entries NAME(value, value, ...); values are words, "text" (neighbours are joined) or
(parenthesised lists). Everything between slash-star and star-slash is skipped.
"""

import re
import sys

REGISTERS = ("ebx", "ecx", "edx", "esi", "edi")
# What a C function has to give back unchanged, of the registers above.
KEPT = ("ebx", "esi", "edi")


class ListError(Exception):
    """A mistake in a list; the text is a sentence."""


def read_entries(path, macro):
    """Yields the fields of each entry `macro(...)` of the file as a list of texts."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", lambda found: "\n" * found.group().count("\n"), file.read(), flags=re.S)
    at = 0
    while text[at:].strip():
        found = re.compile(r"\s*(\w+)\s*\(").match(text, at)
        line = text.count("\n", 0, at + len(text[at:]) - len(text[at:].lstrip())) + 1
        if not found or found.group(1) != macro:
            raise ListError(f"{path}:{line}: expected {macro}(...).")
        fields, at = split_fields(text, found.end(), f"{path}:{line}")
        yield fields


def split_fields(text, at, where):
    """Splits at the commas of the outermost level; returns the fields and the place behind the closing bracket."""
    fields, start, depth, quoted = [], at, 0, False
    while at < len(text):
        character = text[at]
        if character == '"' and text[at - 1] != "\\":
            quoted = not quoted
        elif not quoted and character == "(":
            depth += 1
        elif not quoted and (character == ")" and depth == 0 or character == "," and depth == 0):
            fields.append(" ".join(text[start:at].split()))
            start = at + 1
            if character == ")":
                return fields, at + 1
        elif not quoted and character == ")":
            depth -= 1
        at += 1
    raise ListError(f"{where}: the entry has no closing bracket.")


def unquote(field):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', field)).replace('\\"', '"')


class Call:
    def __init__(self, path, fields):
        if len(fields) != 6:
            raise ListError(f"{path}: an entry has {len(fields)} fields instead of 6: {', '.join(fields)[:60]}")
        if not fields[0].isdigit() or not fields[3].isdigit():
            raise ListError(f"{path}: {fields[1]} needs numbers as its first and fourth field.")
        self.number = int(fields[0])
        self.name = fields[1]
        self.result = fields[2]
        inner = fields[4].strip()[1:-1].strip()
        self.arguments = [] if inner == "void" else [part.strip() for part in split_fields(inner + ")", 0, path)[0]]
        self.text = unquote(fields[5])
        if int(fields[3]) != len(self.arguments):
            raise ListError(f"{path}: {self.name} says {fields[3]} arguments and lists {len(self.arguments)}.")
        if len(self.arguments) > len(REGISTERS):
            raise ListError(f"{path}: {self.name} has more than {len(REGISTERS)} arguments; pass a structure.")

    def prototype(self):
        arguments = ", ".join(to_c(argument) for argument in self.arguments) or "void"
        return f"{self.result} {self.name}({arguments})"


def to_c(argument):
    """USER(const char) path  ->  const char *path"""
    return re.sub(r"USER\(([^)]*)\)\s*", r"\1 *", argument)


def read_calls(path):
    calls = [Call(path, fields) for fields in read_entries(path, "SYSCALL")]
    for what, values in (("number", [call.number for call in calls]), ("name", [call.name for call in calls])):
        twice = {value for value in values if values.count(value) > 1}
        if twice:
            raise ListError(f"{path}: the {what} {min(twice)} stands there twice.")
    return sorted(calls, key=lambda call: call.number)


def stub(call):
    """One function with the C calling convention of [SYSV386]: arguments on the stack, result in EAX."""
    used = REGISTERS[: len(call.arguments)]
    saved = [register for register in used if register in KEPT]
    first = 4 * (len(saved) + 1)
    lines = [f"; {call.prototype()}"]
    lines += [f"section .text.{call.name} progbits alloc exec nowrite align=4"]
    lines += [f"global {call.name}:function", f"{call.name}:"]
    lines += [f"    push {register}" for register in saved]
    lines += [f"    mov eax, {call.number}"]
    lines += [f"    mov {register}, [esp + {first + 4 * index}]" for index, register in enumerate(used)]
    lines += ["    CALL_KERNEL"]
    lines += [f"    pop {register}" for register in reversed(saved)]
    lines += ["    ret", ""]
    return "\n".join(lines)


def make_stubs(calls_path, out):
    calls = read_calls(calls_path)
    out.write(f"; Made by tools/syscalls.py from {calls_path}.\n"
              "; One section a call: the linker keeps those that a program uses.\n")
    out.write('%include "apps/runtime/kernel_call.inc"\n\n')
    out.write("\n".join(stub(call) for call in calls))


def make_numbers(calls_path, out):
    out.write(f"; Made by tools/syscalls.py from {calls_path}.\n")
    out.writelines(f"CALL_{call.name} equ {call.number}\n" for call in read_calls(calls_path))


def fuzz_argument(argument):
    """What a hostile program has to know of an argument: FUZZ_kind, and the size of what it points to."""
    pointer = re.match(r"USER\(([^)]*)\)", argument)
    if not pointer:
        return "{FUZZ_TIME, 0}" if re.search(r"\b(timeout_ms|milliseconds)$", argument) else "{FUZZ_VALUE, 0}"
    target = pointer.group(1)
    kind = "TEXT" if target == "const char" else "IN" if target.startswith("const ") else "OUT"
    size = 1 if target.endswith("void") else f"sizeof({target})"
    return f"{{FUZZ_{kind}, {size}}}"


def make_fuzz(calls_path, out):
    out.write(f"/* Made by tools/syscalls.py from {calls_path}. */\n")
    for call in read_calls(calls_path):
        arguments = ", ".join(fuzz_argument(argument) for argument in call.arguments) or "{FUZZ_VALUE, 0}"
        out.write(f'{{"{call.name}", {call.number}, {len(call.arguments)}, {{{arguments}}}}},\n')


DOCS_HEAD = """# System calls

This page is made from `include/abi/syscalls.def` and `include/abi/errors.def`; `tools/syscalls.py docs` writes it.

## How a program calls

A C program includes `<megha.h>` and calls the function below. In assembly:

| | |
|---|---|
| instruction | `int 0x80` |
| number | `EAX` |
| arguments | `EBX`, `ECX`, `EDX`, `ESI`, `EDI`, in this order |
| result | `EAX`; a value from -4095 to -1 is an error |
| other registers, flags | keep their values |

The call is the same in ring 3 and in ring 0. Numbers are permanent; a number that is not in the list gives
`ERR_NO_CALL`. Structures and constants are in `include/abi/types.h` and `include/abi/layout.h`. A pointer has to
point to memory of the calling process, otherwise the call fails with `ERR_BAD_ADDRESS`.

    mov eax, 8              ; thread_yield
    int 0x80
    test eax, eax
    js failed

Instead of the instruction, a program can call the first byte of the kernel's stub page, `KERNEL_STUB_VA`, with the same
registers: `call kernel_call`, which the linker knows by that name. In ring 3 it uses SYSENTER where the CPU has it.
The C functions do so.

"""


def make_docs(calls_path, errors_path, out):
    calls = read_calls(calls_path)
    errors = [(int(value), name, unquote(text)) for value, name, text in read_entries(errors_path, "ERROR")]
    out.write(DOCS_HEAD)
    out.write("## All calls\n\n| number | name | |\n|---:|---|---|\n")
    for call in calls:
        out.write(f"| {call.number} | [`{call.name}`](#{call.name}) | {call.text} |\n")
    for call in calls:
        out.write(f"\n### {call.name}\n\n    {call.prototype()}\n\nNumber {call.number}. {call.text}\n")
        if call.arguments:
            out.write("\n| register | argument |\n|---|---|\n")
            for register, argument in zip(REGISTERS, call.arguments):
                out.write(f"| {register.upper()} | `{to_c(argument)}` |\n")
    out.write("\n## Errors\n\nThe result is the negative number. `error_text()` of `<megha.h>` gives the sentence.\n\n")
    out.write("| result | name | meaning |\n|---:|---|---|\n")
    for value, name, text in sorted(errors):
        out.write(f"| -{value} | `ERR_{name}` | {text} |\n")


def main(arguments):
    makers = {("stubs", 2): make_stubs, ("numbers", 2): make_numbers, ("docs", 3): make_docs,
              ("fuzz", 2): make_fuzz}  # fmt: skip
    maker = makers.get((arguments[0] if arguments else "", len(arguments) - 1))
    if not maker:
        sys.exit(__doc__)
    try:
        inputs, path = arguments[1:-1], arguments[-1]
        with open(path, "w", encoding="utf-8") as out:
            maker(*inputs, out)
    except (ListError, OSError) as error:
        sys.exit(f"syscalls.py: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])

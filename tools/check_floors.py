#!/usr/bin/env python3
"""Checks that an include points down, never up, and that no part calls what it may not know.

    check_floors.py [BUILD FOLDER]      after ./build.sh image

What a source includes comes from the dependency files of the build (the compiler's own; for assembly, those of
nasm_depends.py), what it calls from the undefined symbols of its
object file. The table below is the plan of section 3 of docs/architecture.md.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import where

# The compiler of the build, or one that reads headers as well.
GCC = (f"{prefix}gcc" for prefix in (os.environ.get("CROSS", ""), "i686-elf-", "i686-linux-gnu-") if prefix)
COMPILER = [next((gcc for gcc in GCC if shutil.which(gcc)), "clang")]

# (part, what it may include); a text stands for all paths that begin with it. The first part that fits a file counts.
INCLUDES = [
    ("include/abi/", ["include/abi/"]),
    ("include/lib/", ["include/lib/"]),
    ("include/hw/", ["include/hw/"]),
    ("include/boot/", ["include/boot/"]),
    ("include/kernel/", ["include/"]),
    ("lib/", ["lib/", "include/lib/"]),
    ("bootloader/", ["bootloader/", "build/generated/loader.inc", "include/boot/", "include/hw/", "include/lib/",
                     "include/abi/layout.h", "include/abi/errors."]),
    # Of the processor, core may know the names of bits (page tables, exceptions); of devices, nothing.
    ("kernel/core/", ["kernel/core/", "include/hw/x86.h", "include/abi/", "include/boot/", "include/kernel/",
                      "include/lib/", "!include/kernel/drivers.h"]),
    ("kernel/arch/", ["kernel/arch/", "build/generated/kernel.inc", "include/"]),
    ("kernel/drivers/", ["kernel/drivers/", "include/", "!include/kernel/process.h", "!include/kernel/memory.h"]),
    ("kernel/console/", ["kernel/console/", "include/"]),
    ("kernel/debug/", ["kernel/debug/", "include/", "!include/kernel/process.h", "!include/kernel/memory.h",
                       "!include/kernel/sched.h"]),
    ("kernel/modules/", ["kernel/modules/", "include/", "apps/runtime/include/"]),
    ("kernel/main.c", ["include/"]),
    ("apps/runtime/include/", ["apps/runtime/include/", "include/abi/", "include/lib/"]),
    ("apps/runtime/", ["apps/runtime/", "include/abi/", "include/lib/"]),
    ("apps/", ["OWN", "build/generated/calls.inc", "apps/runtime/include/", "include/abi/", "include/lib/"]),
    ("tests/system/modules/", ["OWN", "include/"]),
    ("tests/system/programs/", ["OWN", "build/generated/calls.inc", "apps/runtime/include/", "include/abi/",
                                "include/lib/"]),
    ("tests/hostile/programs/", ["OWN", "build/generated/fuzz.inc", "kernel/modules/broken/faults.def",
                                 "apps/runtime/include/", "include/abi/", "include/lib/"]),
]  # fmt: skip

# (part of the kernel, parts whose functions and data it may not name).
CALLS = [
    ("kernel/core/", ["kernel/drivers/", "kernel/main.c"]),
    ("kernel/arch/", ["kernel/core/", "kernel/drivers/", "kernel/console/", "kernel/main.c"]),
    ("kernel/drivers/", ["kernel/core/", "kernel/console/", "kernel/main.c"]),
    ("kernel/debug/", ["kernel/core/", "kernel/main.c"]),
]

# Names that a part uses all the same, and why.
NAMED_FROM_BELOW = {
    ("kernel/arch/x86/start.asm", "kernel_main"): "the first call of C",
    ("kernel/arch/x86/entry.asm", "syscall_table"): "the entry code indexes the generated table",
    ("kernel/arch/x86/sysenter.asm", "syscall_table"): "so does this one",
}


def allowed(rules, own, path):
    refused = [rule[1:] for rule in rules if rule.startswith("!")]
    granted = [own if rule == "OWN" else rule for rule in rules if not rule.startswith("!")]
    return any(path.startswith(rule) for rule in granted) and not any(path.startswith(rule) for rule in refused)


def own_folder(path):
    """Of apps/NAME/... the folder apps/NAME/, of a test program its own."""
    match = re.match(r"(apps|tests/system/programs|tests/hostile/programs)/[^/]+/", path)
    return match[0] if match else path


def dependencies(rule):
    """The prerequisites in the first rule of a dependency file."""
    words = rule.replace("\\\n", " ").split("\n")[0].split(":", 1)[1].split()
    return [os.path.normpath(word) for word in words]


def included_by_sources(build):
    """(source, file that it includes, directly or not) for every compiled source."""
    for path in sorted(build.glob("obj/**/*.d")):
        source, *included = dependencies(path.read_text(encoding="utf-8"))
        for name in included:
            yield source, name


def included_by_headers():
    """The same for the headers of include/, from the compiler."""
    for path in sorted(pathlib.Path("include").glob("**/*.h")):
        command = [*COMPILER, "-E", "-M", "-DMEGHA_KERNEL", "-ffreestanding", "-Iinclude", str(path)]
        rule = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        for name in dependencies(rule)[1:]:
            yield str(path), name


def check_includes(pairs):
    """Returns the count of pairs looked at, and sentences about those that break the plan."""
    count, complaints = 0, []
    for source, name in pairs:
        if name.startswith("/") or source.startswith("build/"):
            continue  # a header of the compiler; a generated source
        rules = next((rules for part, rules in INCLUDES if source.startswith(part)), None)
        count += 1
        if rules is None:
            complaints.append(f"{source}: in no part of the table; add its folder to tools/check_floors.py")
        elif name != source and not allowed(rules, own_folder(source), name):
            complaints.append(f"{source} includes {name}, directly or not; that floor is not below it")
    return count, complaints


def check_calls(build):
    """Returns the count of symbols looked at, and sentences about those that break the plan."""
    defined, used = {}, []
    for path in sorted(build.glob("obj/kernel/kernel/**/*.o")):
        source = str(path.relative_to(build / "obj/kernel"))[: -len(".o")]
        listing = subprocess.run([where.binutils("nm"), path], check=True, capture_output=True, text=True).stdout
        for line in listing.splitlines():
            *_, kind, name = line.split()
            if kind == "U":
                used.append((source, name))
            elif kind.isupper():
                defined[name] = source
    complaints = []
    for source, name in used:
        its = defined.get(name, "")
        if (source, name) in NAMED_FROM_BELOW:
            continue
        for part, refused in CALLS:
            if source.startswith(part) and any(its.startswith(other) for other in refused):
                complaints.append(f"{source} names {name} of {its}; main.c may register it as a handler instead")
    return len(used), complaints


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build")
    headers, complaints = check_includes(included_by_headers())
    sources, more = check_includes(included_by_sources(build))
    calls, still_more = check_calls(build)
    complaints += more + still_more
    for complaint in sorted(set(complaints)):
        print(complaint)
    if not sources or not calls:
        sys.exit(f"check_floors: {build}/obj holds no dependency files; `./build.sh image` makes them")
    if complaints:
        sys.exit(f"check_floors: {len(set(complaints))} point up; docs/architecture.md, section 3, has the plan")
    print(f"floors: {headers + sources} includes and {calls} calls point down")


main()

"""Facts about the code that no compiler checks: style, floors, the exceptions with an error code, generated numbers."""

import re
import shutil
import subprocess

import pytest

from harness.places import BUILD, TOP

# [SDM3 6.15] and, for 29 and 30, [AMD64 APM2 8.2].
WITH_ERROR_CODE = {8, 10, 11, 12, 13, 14, 17, 21, 29, 30}


@pytest.mark.limit(300)
def test_lint_has_nothing_to_say(build_sh):
    told = build_sh("lint", limit=280)
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_stubs_know_which_exceptions_push_an_error_code():
    text = (BUILD / "generated/kernel.inc").read_text(encoding="ascii")
    mask = int(re.search(r"(?m)^VECTORS_WITH_ERROR_CODE equ (\w+)", text)[1], 0) & 0xFFFFFFFF
    assert {bit for bit in range(32) if mask >> bit & 1} == WITH_ERROR_CODE


def numbers_of(name):
    text = (BUILD / "generated" / name).read_text(encoding="ascii")
    return {key: int(value, 0) for key, value in re.findall(r"(?m)^(\w+) equ (-?\w+)$", text)}


def test_generated_numbers_are_those_of_the_headers():
    layout = (TOP / "include/boot/layout.h").read_text(encoding="utf-8")
    plain = {name: int(value, 0) for name, value in re.findall(r"(?m)^#define (\w+) +(0x[0-9A-F]+|\d+)\b", layout)}
    for name in ("loader.inc", "kernel.inc"):
        numbers = numbers_of(name)
        common = [key for key in numbers if key in plain]
        assert common, f"{name} shares no number with boot/layout.h"
        for key in common:
            assert numbers[key] & 0xFFFFFFFF == plain[key], key


@pytest.fixture
def floors(tmp_path):
    """A copy of what tools/check_floors.py reads: the sources, and what was built of them."""
    for name in ("include", "tools"):
        shutil.copytree(TOP / name, tmp_path / name)
    shutil.copytree(BUILD / "obj", tmp_path / "build/obj")
    return tmp_path


def check(floors):
    return subprocess.run(["tools/check_floors.py"], cwd=floors, capture_output=True, text=True, check=False)


def test_the_floors_hold(floors):
    told = check(floors)
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize(
    ("file", "line", "sentence"),
    [
        ("include/abi/types.h", "#include <boot/layout.h>", "include/abi/types.h includes include/boot/layout.h"),
        ("include/lib/string.h", "#include <abi/layout.h>", "include/lib/string.h includes include/abi/layout.h"),
        ("include/hw/pic.h", "#include <kernel/arch.h>", "include/hw/pic.h includes include/kernel/arch.h"),
    ],
)
def test_a_header_that_includes_upward_is_found(floors, file, line, sentence):
    path = floors / file
    path.write_text(f"{line}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    told = check(floors)
    assert told.returncode == 1
    assert sentence in told.stdout


@pytest.mark.parametrize(
    ("source", "header"),
    [
        ("kernel/core/files.c", "kernel/drivers/clock.h"),
        ("kernel/core/files.c", "include/hw/uart.h"),
        ("bootloader/stage2/disk.c", "include/kernel/arch.h"),
        ("apps/hello/main.c", "include/boot/info.h"),
        ("apps/hello/main.c", "apps/shell/command.h"),
        ("lib/crc32.c", "include/abi/types.h"),
    ],
    ids=lambda name: name.rsplit("/", 1)[1],
)
def test_a_source_that_includes_upward_is_found(floors, source, header):
    rules = next((floors / "build/obj").glob(f"*/{source.removesuffix('.c')}.c.d"))
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace(f" {source}", f" {source} {header}", 1), encoding="utf-8")
    told = check(floors)
    assert told.returncode == 1
    assert f"{source} includes {header}" in told.stdout


def test_an_inc_file_that_includes_upward_is_found(floors):
    """The .inc file itself is at home in its folder; what it includes is not."""
    source = "kernel/arch/x86/fpu.asm"
    for name in (source, "bootloader/stage1/parameter_block.inc"):
        (floors / name).parent.mkdir(parents=True)
        shutil.copy(TOP / name, floors / name)
    (floors / "kernel/arch/x86/own.inc").write_text('%include "stage1/parameter_block.inc"\n', encoding="utf-8")
    (floors / source).write_text('%include "own.inc" ; ours\n', encoding="utf-8")
    rules = f"build/obj/kernel/{source}"
    command = ["tools/nasm_depends.py", "-Ibootloader/", "-Ikernel/arch/x86/", source, f"{rules}.o", f"{rules}.d"]
    subprocess.run(command, cwd=floors, check=True)
    told = check(floors)
    assert told.returncode == 1
    assert f"{source} includes bootloader/stage1/parameter_block.inc" in told.stdout
    assert "own.inc" not in told.stdout

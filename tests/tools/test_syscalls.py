"""tools/syscalls.py: the stubs call what the list says, and a mistake in the list is told."""

import re
import subprocess
import sys

import pytest

from harness.places import NASM_WARN, TOP

TOOL = TOP / "tools/syscalls.py"
CALLS = "include/abi/syscalls.def"
GOOD = 'SYSCALL(7, one, int32_t, 2, (uint32_t a, USER(const char) b), "Does (this, that).")'


def run(*arguments):
    command = [sys.executable, TOOL, *map(str, arguments)]
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)


def stubs(tmp_path, text):
    """What the tool makes of a list, and what it says."""
    source, made = tmp_path / "calls.def", tmp_path / "stubs.asm"
    source.write_text(text, encoding="utf-8")
    done = run("stubs", source, made)
    return made.read_text(encoding="utf-8") if done.returncode == 0 else None, done.stderr


def test_a_stub_loads_its_arguments_and_keeps_registers(tmp_path):
    made, _ = stubs(tmp_path, GOOD)
    code = [line.strip() for line in made.splitlines() if line.startswith("    ")]
    loads = ["mov eax, 7", "mov ebx, [esp + 8]", "mov ecx, [esp + 12]"]
    assert code == ["push ebx", *loads, "CALL_KERNEL", "pop ebx", "ret"]


def test_every_call_of_the_list_has_a_stub_that_assembles(tmp_path):
    made = tmp_path / "stubs.asm"
    assert run("stubs", CALLS, made).returncode == 0
    names = re.findall(r"^SYSCALL\(\d+, (\w+),", (TOP / CALLS).read_text(encoding="utf-8"), re.MULTILINE)
    stubs = re.findall(r"(?m)^global (\w+):function$", made.read_text(encoding="utf-8"))
    assert sorted(stubs) == sorted(names)
    for kind in ([], ["-DSHARED"]):
        nasm = ["nasm", "-f", "elf32", *kind, *NASM_WARN, "-o", tmp_path / "stubs.o", made]
        assert subprocess.run(nasm, cwd=TOP, check=False).returncode == 0


def test_five_arguments_are_loaded_from_behind_all_saved_registers(tmp_path):
    made, _ = stubs(tmp_path, 'SYSCALL(1, five, int32_t, 5, (int a, int b, int c, int d, int e), "Text.")')
    loads = re.findall(r"mov (\w+), \[esp \+ (\d+)\]", made)
    assert loads == [("ebx", "16"), ("ecx", "20"), ("edx", "24"), ("esi", "28"), ("edi", "32")]


@pytest.mark.parametrize(
    "text, said",
    [
        (GOOD + "\n" + GOOD.replace("one", "two"), "the number 7 stands there twice"),
        (GOOD + "\n" + GOOD.replace("(7", "(8"), "the name one stands there twice"),
        (GOOD.replace(", 2,", ", 3,"), "one says 3 arguments and lists 2"),
        (GOOD.replace("2, (uint32_t a", "6, (int a, int b, int c, int d, int e"), "more than 5 arguments"),
        (GOOD[:-1], "no closing bracket"),
        ("/* two\nlines */\n\nsyscall(1)", "calls.def:4: expected SYSCALL(...)"),
        ('SYSCALL(1, one, "Text.")', "3 fields instead of 6"),
        ('SYSCALL(one, 1, int, 0, (void), "Text.")', "needs numbers"),
    ],
    ids=["number twice", "name twice", "wrong count", "too many", "bracket", "other macro", "few fields", "no number"],
)
def test_a_mistake_in_the_list_is_told(tmp_path, text, said):
    made, error = stubs(tmp_path, text)
    assert made is None and said in error and "Traceback" not in error, error


def test_without_arguments_it_says_how_to_use_it():
    done = run()
    assert done.returncode != 0 and "syscalls.py stubs" in done.stderr


def test_a_row_for_hostile_programs_tells_what_each_argument_is(tmp_path):
    source, made = tmp_path / "calls.def", tmp_path / "fuzz.inc"
    arguments = "(uint32_t a, USER(const char) b, USER(struct s) c, uint32_t timeout_ms)"
    text = f'SYSCALL(7, one, int32_t, 4, {arguments}, "T.")'
    source.write_text(text + 'SYSCALL(8, two, int32_t, 1, (USER(const struct s) a), "T.")', encoding="utf-8")
    assert run("fuzz", source, made).returncode == 0
    rows = made.read_text(encoding="utf-8").splitlines()[1:]
    value, time, text = "{FUZZ_VALUE, 0}", "{FUZZ_TIME, 0}", "{FUZZ_TEXT, sizeof(const char)}"
    assert rows == [f'{{"one", 7, 4, {{{value}, {text}, {{FUZZ_OUT, sizeof(struct s)}}, {time}}}}},',
                    '{"two", 8, 1, {{FUZZ_IN, sizeof(const struct s)}}},']  # fmt: skip

"""`./build.sh lesson`: right answers pass, wrong ones fail with a hint."""

import re
import subprocess
import sys

import pytest

from harness.places import BUILD, TOP, layout_number, symbols

KERNEL_BASE = 0xC0000000
STACK_SLOT = 3 * 4096  # of kernel stacks: two pages and the unmapped one before; the first slot is idle's


def right_answers():
    known = symbols()
    nm = subprocess.run(["nm", BUILD / "loader/stage2.elf"], capture_output=True, text=True, check=True).stdout
    gdt = int(re.search(r"([0-9a-f]+) \w gdt\n", nm)[1], 16)
    nm = subprocess.run(["nm", BUILD / "kernel/kernel.elf"], capture_output=True, text=True, check=True).stdout
    directory = int(re.search(r"([0-9a-f]+) \w master_directory\n", nm)[1], 16) - KERNEL_BASE
    return {
        1: (0x80, 0xAA55),
        2: (gdt, 0x08),
        3: ((BUILD / "kernel/kernel.bin").stat().st_size, layout_number("BOOT_INFO_BASE")),
        4: (known["milestone_62_paging_on"] - 3, directory),
        5: (0x1B, 0xF4000000 + 3 * STACK_SLOT),  # behind those of the kernel's two threads
    }


def lesson(*words):
    command = [sys.executable, TOP / "tools/lesson.py", *map(str, words)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.parametrize("number", range(1, 6))
def test_right_answers_pass(number):
    done = lesson(number, *map(hex, right_answers()[number]))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" is right.") == 2 and f"Lesson {number} is done." in done.stdout


def test_answers_may_be_written_as_the_debugger_shows_them():
    first, second = right_answers()[1]
    for shown in (f"{first:x}", f"{first:x}h", f"00000000_{first:08x}", f"{first}"):
        done = lesson(1, shown, second)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("number", range(1, 6))
@pytest.mark.parametrize("which", [0, 1])
def test_a_wrong_answer_fails_with_a_hint(number, which):
    answers = list(right_answers()[number])
    answers[which] += 8
    done = lesson(number, *answers)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.count("Hint: ") == 1 and done.stdout.count(" is right.") == 1
    assert f"{answers[which]} is not what the machine says" in done.stdout


def test_each_lesson_shows_its_text_with_what_to_type():
    listed = lesson()
    assert listed.returncode == 0
    for number in range(1, 6):
        done = lesson(number)
        assert done.returncode == 0 and done.stdout.startswith(f"# Lesson {number}: ")
        assert "./build.sh debug" in done.stdout and f"./build.sh lesson {number} " in done.stdout
        assert f"./build.sh lesson {number} " in listed.stdout


@pytest.mark.parametrize(("words", "said"), [(["6"], "there is no lesson '6'"), (["x"], "there is no lesson 'x'"),
                                             (["1", "2"], "asks for 2 answers: DL"), (["1", "x", "y"], "is no number")])
def test_misuse_is_told(words, said):
    done = lesson(*words)
    assert done.returncode == 2 and said in done.stderr

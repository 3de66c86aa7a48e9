#!/usr/bin/env python3
"""Guided exercises on the boot, for the debugger.

    lesson.py                   lists them
    lesson.py N                 prints one, and asks for the answers if somebody sits there
    lesson.py N ANSWER ...      checks answers: status 0 when all are right, 1 when one is wrong

The texts are docs/lessons/N-TITLE.md. What is right is found out by running the machine in Bochs up to the same place.
"""

import dataclasses
import pathlib
import re
import subprocess
import sys

import where

LESSONS = where.TOP / "docs/lessons"
RIGHT, WRONG, MISUSED = 0, 1, 2
LIMIT = 150  # seconds


@dataclasses.dataclass
class Question:
    name: str  # of what is asked for
    command: str  # for the debugger
    found: str  # a pattern for what it says, with the number in hexadecimal
    hint: str
    mask: int = 0xFFFFFFFF
    less: int = 0  # to be subtracted from the number


# By lesson: where the debugger stops, and what is asked there.
QUESTIONS = {
    1: ("0x7c00", [
        Question("DL", "r", r"rdx: [0-9a-f]+_([0-9a-f]+)",
                 "in the debugger, `r` shows rdx; DL is its last two digits", mask=0xFF),
        Question("the number at 0x7DFE", "x /1hx 0x7dfe", r"0x0*7dfe[^:]*:\s+0x([0-9a-f]+)",
                 "`x /1hx 0x7dfe` shows one number of two bytes there"),
    ]),
    2: ("protected_mode", [
        Question("the GDT's address", "sreg", r"gdtr:base=0x([0-9a-f]+)",
                 "`sreg` ends with gdtr and idtr; its base is the answer, its limit the size"),
        Question("the selector in CS", "sreg", r"cs:0x([0-9a-f]+)",
                 "`sreg` shows `cs:0x....` with the selector; what follows is the descriptor"),
    ]),
    3: ("kernel_entry", [
        Question("the file's size", "xp /5wx 0x100000", r"0x0*100010[^:]*:\s+0x([0-9a-f]+)",
                 "the size is the fifth word of the header, at 0x100010: `xp /1wx 0x100010`"),
        Question("boot_info's address", "r", r"rbx: [0-9a-f]+_([0-9a-f]+)",
                 "the loader hands it over in EBX; `r` shows it as the lower half of rbx"),
    ]),
    4: ("paging_on", [
        Question("the instruction's address", "r", r"rip: [0-9a-f]+_([0-9a-f]+)",
                 "`mov cr0, eax` has three bytes and ends where the milestone begins", less=3),
        Question("the page directory's address", "creg", r"CR3=0x([0-9a-f]+)",
                 "`creg` shows CR3; without its lowest 12 bits it is the address", mask=0xFFFFF000),
    ]),
    5: ("init:_start", [
        Question("the selector in CS", "sreg", r"cs:0x([0-9a-f]+)",
                 "`sreg` shows `cs:0x....`; a selector of ring 3 ends with binary 11"),
        Question("ESP of ring 0", "info tss", r"ss:esp\(0\): 0x[0-9a-f]+:0x([0-9a-f]+)",
                 "`info tss` shows `ss:esp(0)`: the segment, a colon, and ESP"),
    ]),
}  # fmt: skip


def fail(text, status=MISUSED):
    sys.stdout.flush()
    print(f"build.sh: {text}", file=sys.stderr)
    sys.exit(status)


def text_of(number):
    path = next(LESSONS.glob(f"{number}-*.md"), None)
    if path is None:
        fail(f"docs/lessons has no text of lesson {number}")
    return path.read_text(encoding="utf-8")


def title_of(number):
    return text_of(number).splitlines()[0].lstrip("# ")


def numbers_in(word):
    """What 0x12, 12h or 12 may mean: a debugger shows registers without 0x. Empty when it is no number."""
    word = word.strip().lower().rstrip(".,").replace("_", "")
    if match := re.fullmatch(r"0x([0-9a-f]+)|([0-9a-f]+)h", word):
        return [int(match[1] or match[2], 16)]
    if not re.fullmatch(r"[0-9a-f]+", word):
        return []
    return [int(word, 16), *([int(word)] if word.isdigit() else [])]


def machine_says(place, question):
    """The number, read from the machine that has come to the place."""
    told = subprocess.run([sys.executable, pathlib.Path(__file__).with_name("debug.py"), place, "--script", "-"],
                          input=question.command + "\n", capture_output=True, text=True, timeout=LIMIT,
                          check=False)  # fmt: skip
    found = re.findall(question.found, told.stdout)
    if told.returncode or not found:
        fail(f"Bochs does not tell {question.name}: {told.stderr.strip() or told.stdout[-500:]}", WRONG)
    return (int(found[-1], 16) & question.mask) - question.less


def check(number, answers):
    place, questions = QUESTIONS[number]
    if len(answers) != len(questions):
        fail(f"lesson {number} asks for {len(questions)} answers: {', '.join(question.name for question in questions)}")
    given = [numbers_in(answer) for answer in answers]
    for answer, values in zip(answers, given):
        if not values:
            fail(f"'{answer}' is no number; write it like 0x7c00, or 31744")
    wrong = 0
    for question, answer, values in zip(questions, answers, given):
        right = machine_says(place, question) in values
        wrong += not right
        print(f"{question.name}: {answer} is right." if right else
              f"{question.name}: {answer} is not what the machine says. Hint: {question.hint}.")  # fmt: skip
    if wrong:
        return WRONG
    print(f"Lesson {number} is done." + (f" Next: ./build.sh lesson {number + 1}" if number + 1 in QUESTIONS else ""))
    return RIGHT


def ask(number):
    """Asks a person for the answers; an empty line ends."""
    print("\nAn empty line leaves; the debugger runs in another terminal.")
    answers = []
    for question in QUESTIONS[number][1]:
        try:
            answer = input(f"{question.name}? ").strip()
        except (EOFError, KeyboardInterrupt):
            answer = ""
        if not answer:
            return RIGHT
        answers.append(answer)
    return check(number, answers)


def main():
    if len(sys.argv) == 1:
        for number in QUESTIONS:
            print(f"  ./build.sh lesson {number}   {title_of(number).partition(': ')[2]}")
        return RIGHT
    if not sys.argv[1].isdigit() or int(sys.argv[1]) not in QUESTIONS:
        fail(f"there is no lesson '{sys.argv[1]}'; there are {', '.join(map(str, QUESTIONS))}")
    number = int(sys.argv[1])
    if len(sys.argv) > 2:
        return check(number, sys.argv[2:])
    print(text_of(number).rstrip())
    return ask(number) if sys.stdin.isatty() else RIGHT


if __name__ == "__main__":
    sys.exit(main())

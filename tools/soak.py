#!/usr/bin/env python3
"""Attacks one machine again and again, each round with other random numbers, until the rounds are over or Ctrl-C.

    soak.py [--check] [ROUNDS] [qemu|bochs]      without ROUNDS: until Ctrl-C; --check only looks at the words

After each batch of a round the canary of the hostile tests has to find the machine as it was. A round's number is its
seed, so what failed can be repeated: the batch's command is told, and does the same on any fresh machine.
"""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests"))

from harness.attack import Target  # noqa: E402
from harness.machine import Mishap  # noqa: E402
from harness.stepping import attack_stepped  # noqa: E402

SEEDS = 100000  # of a round, so that no two share one
PATIENCE = 900  # seconds for one batch

PROGRAMS, CALLS, STEPS = 2000, 50000, 5000  # of a round
GOALS = {"random programs": 300000, "random calls": 10000000, "single steps": 1000000}

# What a round does: a command for the prompt, and the last line that it has to print. A batch is added by a line here.
BATCHES = [
    (f"hostile_random programs {{seed}} {PROGRAMS}", r"\d+ random programs have ended"),
    ("hostile_random threads {seed} 500", r"\d+ processes with random threads have ended"),
    (f"hostile_calls random {{seed}} {CALLS}", r"\d+ random calls by \d+ children"),
    ("hostile_calls pointers", r".*?(\d+) of \1 pointers are guarded"),
    ("hostile_code vectors", r"(\d+) of \1 ended as they had to"),
    ("hostile_code state", r"(\d+) of \1 ended as they had to"),
    ("hostile_code ring0", r"(\d+) of \1 ended as they had to"),
    ("meetings all", r"meetings: \d+ of \d+ calls with \d+ acts, 0 wrong"),
    ("hostile_bombs all", r"(\d+) of \1 bombs survived"),
]


def soak(target, rounds):
    number = 0
    while rounds is None or number < rounds:
        number += 1
        start = time.monotonic()
        for command, expected in BATCHES:
            target.attack(command.format(seed=number * SEEDS), expected, PATIENCE)
        attack_stepped(0.5 + number % 100 / 100, STEPS)
        print(f"round {number}: {len(BATCHES) + 1} batches, {time.monotonic() - start:.0f} s, {target.healthy}")
        print(f"  so far without a death or a leak: {standing(number)}", flush=True)
    return number


def standing(rounds):
    """How much has been done, and how much of what makes a release sound that is."""
    done = {"random programs": rounds * PROGRAMS, "random calls": rounds * CALLS, "single steps": rounds * STEPS}
    return ", ".join(f"{done[what]:,} of {goal:,} {what}" for what, goal in GOALS.items())


def main(arguments):
    only_check = arguments[:1] == ["--check"]
    arguments = arguments[1:] if only_check else arguments
    names = {"qemu": "QEMU", "bochs": "Bochs"}
    chosen = [names[word] for word in arguments if word in names]
    numbers = [int(word) for word in arguments if word.isdigit() and int(word) > 0]
    if len(chosen) + len(numbers) != len(arguments) or len(chosen) > 1 or len(numbers) > 1:
        print(f"build.sh: soak takes a number of rounds and one emulator, qemu or bochs, not '{' '.join(arguments)}'",
              file=sys.stderr)  # fmt: skip
        return 2
    if only_check:
        return 0
    target = Target(chosen[0] if chosen else "QEMU")
    try:
        soak(target, numbers[0] if numbers else None)
        print("The machine is as it was.")
        return 0
    except KeyboardInterrupt:
        print("\nStopped; the machine was as it was after every batch so far.")
        return 0
    except Mishap as mishap:
        print(mishap, file=sys.stderr)
        return 1
    finally:
        target.stop()


sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""Writes the annotated trace of the boot, or of a part of it: build/trace.txt and build/trace.html.

    trace_boot.py [FROM] [TO]      places as for `./build.sh debug`; without them, from 0x7C00 to the prompt
"""

import gc
import os
import pathlib
import sys

import bochs
import where
from tracing import page, record, text

LAST = "shell"  # the milestone at which the prompt waits


def fail(message, status=2):
    print(f"build.sh: {message}", file=sys.stderr)
    sys.exit(status)


def places(given):
    """The two addresses that a person means."""
    numbers = [number for number, _, _ in where.milestones()]
    try:
        found = [where.find(name) for name in given]
    except where.Unknown as unknown:
        fail(str(unknown))
    start = found[0] if found else where.find(str(numbers[0]))
    end = found[1] if len(found) > 1 else where.find(LAST)
    order = {where.find(str(number)).address: at for at, number in enumerate(numbers)}
    if order.get(start.address, -1) >= order.get(end.address, len(numbers)):
        fail(f"{end.name} does not come after {start.name}; name the earlier place first")
    return start, end


def main():
    if len(sys.argv) > 3 or any(given.startswith("-") for given in sys.argv[1:]):
        fail("trace takes two places of the boot, FROM and TO")
    os.chdir(where.TOP)
    if problem := where.stale():
        fail(problem, 1)
    start, end = places(sys.argv[1:])
    try:
        bochs.need_debugger()
    except bochs.Failed as failure:
        fail(str(failure), 1)
    from tracing import model  # takes a moment

    gc.disable()  # millions of small objects that all stay
    print(f"Bochs runs from {start.name} to {end.name}, and notes every instruction.", flush=True)
    try:
        trace = model.Trace(start.address, end.address)
    except record.Failed as failure:
        fail(str(failure), 1)
    text.write(trace, "build/trace.txt")
    page.write(trace, "build/trace.html")
    print(f"{len(trace.recording.steps):,} instructions, {trace.own_steps:,} of them Megha's own, in "
          f"{len(trace.entries):,} lines:")  # fmt: skip
    print("\n".join(text.summary(trace)))
    size = pathlib.Path("build/trace.html").stat().st_size / 1e6
    print(f"build/trace.txt is for the terminal, build/trace.html ({size:.1f} MB) for a browser.", flush=True)
    os._exit(0)  # taking all those objects down one by one would take as long as making them


if __name__ == "__main__":
    main()

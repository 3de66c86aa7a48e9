"""The report of a panic, as the serial line has it."""

import itertools
import re

END = "The machine has stopped. Note these lines, then restart it."


def report_of(machine):
    """The text of the panic, from its first line on."""
    machine.wait_for("(?s)PANIC.*" + re.escape(END))
    return machine.serial[machine.serial.index("PANIC") :]


def functions(report, heading="backtrace:"):
    """Names in the list of callers under a heading, innermost first."""
    lines = report.partition(heading + "\n")[2].splitlines()
    listed = itertools.takewhile(lambda line: line != END and not line.endswith(":"), lines)
    listed = [line for line in listed if line.startswith("  0x")]  # there may be remarks between
    return [line.split()[1].partition("+")[0] if len(line.split()) > 1 else "?" for line in listed]

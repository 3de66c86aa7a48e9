"""The rows of bench: as lines, as a table, and beside the figures that were recorded."""

import csv
import os

STRETCHES = ("longest interrupts off", "longest without a preemption point")
STRETCH_GOAL = 20000  # instructions
BOOT = "boot to the first program"
EVENTS = ("crossings", "CR3 loads", "invlpg", "port accesses", "device memory accesses")
HEADING = ("row", "instructions", "least", "most", "goal", "floor", "ratio", *EVENTS)
RECORDED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench_recorded.csv")
WORSE = 1.05  # than recorded: a fault
WORSE_ELSEWHERE = 1.10  # where another compiler made the kernel than when the figures were recorded
COMPILER = "compiled by"  # a line of the recorded figures
# When keys come and how much text waits for the port is not the same each time.
LATENESS = "sleep of 5 ms too late by"  # depends on where in the clock's millisecond the boot ended
NOT_COMPARED = (*STRETCHES, LATENESS)


class Row:
    def __init__(self, name, figures=None, goal=None, floor=None, reason="", optional=False):
        self.name = name
        self.figures = figures  # median, least, most; or None and a reason
        self.goal = goal
        self.floor = floor
        self.reason = reason
        self.optional = optional  # it needs what this computer does not have
        self.events = None

    def ratio(self):
        return f"{self.figures[0] / self.floor:.2f}" if self.figures and self.floor else ""

    def is_met(self):
        """Every row that is not optional has to be measured."""
        if self.figures is None:
            return self.optional
        return self.goal is None or self.figures[0] <= self.goal

    def columns(self):
        """As HEADING says; empty where something is not known."""
        goal, floor = ("" if number is None else number for number in (self.goal, self.floor))
        events = ["%g" % count for count in self.events or ()] or [""] * len(EVENTS)
        return [self.name, *(self.figures or ("", "", "")), goal, floor, self.ratio(), *events]


def tell(rows, places, no_events):
    print(f"{'guest instructions':40} {'median':>8} {'least':>8} {'most':>8} {'goal':>8} {'floor':>8} {'ratio':>6}"
          "  crossings/CR3/invlpg/ports/device memory")  # fmt: skip
    for row in rows:
        if row.figures is None:
            print(f"{row.name:40} not measured: {row.reason}")
            continue
        verdict = "" if row.goal is None else "met" if row.is_met() else "MISSED"
        name, median, least, most, goal, floor, ratio, *events = row.columns()
        print(f"{name:40} {median:8} {least:8} {most:8} {goal or '-':>8} {floor or '-':>8} {ratio or '-':>6}"
              f"  {'/'.join(events).strip('/') or '-':12} {verdict}".rstrip())  # fmt: skip
    if no_events:
        print(f"Events are not counted: {no_events}.")
    for sentence in places:
        print(sentence)


def write_csv(path, heading, rows):
    with open(f"{path}.new", "w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(rows)
    os.replace(f"{path}.new", path)


# ---- What was recorded


def record(rows, path, compiler):
    compared = ((row.name, row.figures[0]) for row in rows if row.figures and row.name not in NOT_COMPARED)
    write_csv(path, HEADING[:2], [(COMPILER, compiler), *compared])


def compiler_of(path):
    """Which compiler made the kernel whose figures were recorded."""
    with open(path, encoding="utf-8", newline="") as table:
        return dict(list(csv.reader(table))[1:]).get(COMPILER, "")


def compare(rows, path, compiler):
    """Sentences about rows that are worse than recorded, or that only one side has but could have."""
    worst = WORSE if compiler == compiler_of(path) else WORSE_ELSEWHERE
    with open(path, encoding="utf-8", newline="") as table:
        recorded = {name: int(figure) for name, figure in list(csv.reader(table))[1:] if name != COMPILER}
    now = {row.name: row.figures[0] for row in rows if row.figures and row.name not in NOT_COMPARED}
    for row in rows:
        if row.figures is None and row.optional:
            recorded.pop(row.name, None)
    again = "`./build.sh bench --record` records the present figures."
    for name in sorted(now.keys() | recorded.keys()):
        if name not in now:
            yield f"{name} is recorded, but it was not measured. {again}"
        elif name not in recorded:
            yield f"{name} is not recorded yet. {again}"
        elif now[name] > recorded[name] * worst:
            worse = 100 * now[name] / recorded[name] - 100
            yield (f"{name} takes {now[name]} instructions, {worse:.1f} % more than the {recorded[name]} recorded. "
                   f"{again}")  # fmt: skip

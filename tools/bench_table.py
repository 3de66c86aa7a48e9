"""The rows of bench: as lines, as a table, as a page with bars, and beside the figures that were recorded."""

import csv
import html
import os

STRETCH = "longest interrupts off"
EVENTS = ("crossings", "CR3 loads", "invlpg", "port accesses", "device memory accesses")
HEADING = ("row", "instructions", "least", "most", "goal", "floor", "ratio", *EVENTS)
RECORDED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench_recorded.csv")
WORSE = 1.05  # than recorded: a fault
# When keys come and how much text waits for the port is not the same each time.
NOT_COMPARED = (STRETCH,)
STYLE = """body{font:15px sans-serif;max-width:70em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse}td,th{padding:.2em .6em;text-align:right}td:first-child,th:first-child{text-align:left}
.bar{position:relative;width:16em;height:1em;background:#eee}.bar i{position:absolute;height:1em;background:#58a}
.bar b{position:absolute;height:1em;background:#246}.missed{color:#b00}"""


class Row:
    def __init__(self, name, figures=None, goal=None, floor=None, reason=""):
        self.name = name
        self.figures = figures  # median, least, most; or None and a reason
        self.goal = goal
        self.floor = floor
        self.reason = reason
        self.events = None

    def ratio(self):
        return f"{self.figures[0] / self.floor:.2f}" if self.figures and self.floor else ""

    def is_met(self):
        """The stretch has no goal, and may need what is not here; every other row has to be measured."""
        if self.figures is None:
            return self.name == STRETCH
        return self.goal is None or self.figures[0] <= self.goal

    def columns(self):
        """As HEADING says; empty where something is not known."""
        goal, floor = ("" if number is None else number for number in (self.goal, self.floor))
        events = ["%g" % count for count in self.events or ()] or [""] * len(EVENTS)
        return [self.name, *(self.figures or ("", "", "")), goal, floor, self.ratio(), *events]


def tell(rows, where, no_events):
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
    if where:
        print(f"The longest stretch with interrupts off lies mostly in {where}.")


def write_csv(rows, path):
    with open(f"{path}.new", "w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(HEADING)
        writer.writerows(row.columns() for row in rows)
    os.replace(f"{path}.new", path)


# ---- The page


def bar(row):
    """The figure's length beside the goal, or twice the floor: what is dark is the floor."""
    if row.figures is None:
        return html.escape(row.reason)
    whole = max(row.figures[0], row.goal or 2 * (row.floor or row.figures[0]))
    part = [round(100 * number / whole, 1) for number in (row.figures[0], min(row.floor or 0, row.figures[0]))]
    return f'<div class="bar"><i style="width:{part[0]}%"></i><b style="width:{part[1]}%"></b></div>'


def write_page(rows, path, no_events):
    lines = ["<!doctype html>", '<html lang="en"><meta charset="utf-8"><title>Megha: what its services cost</title>',
             f"<style>{STYLE}</style><h1>What Megha's services cost</h1>",
             "<p>Guest instructions. A bar is as wide as the goal, or as twice the floor; the dark part is the floor, "
             "which bare handlers had in the same run.</p>"]  # fmt: skip
    if no_events:
        lines.append(f"<p>Events are not counted: {html.escape(no_events)}.</p>")
    head = "".join(f"<th>{name}</th>" for name in (HEADING[0], "", *HEADING[1:]))
    lines.append(f"<table><tr>{head}</tr>")
    for row in rows:
        name, *others = (html.escape(str(cell)) for cell in row.columns())
        cells = "".join(f"<td>{cell}</td>" for cell in others)
        mark = "" if row.is_met() else ' class="missed"'
        lines.append(f"<tr{mark}><td>{name}</td><td>{bar(row)}</td>{cells}</tr>")
    with open(path, "w", encoding="utf-8") as page:
        page.write("\n".join([*lines, "</table></html>", ""]))


# ---- What was recorded


def record(rows, path):
    with open(path, "w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(HEADING[:2])
        writer.writerows((row.name, row.figures[0]) for row in rows if row.figures and row.name not in NOT_COMPARED)


def compare(rows, path):
    """Sentences about rows that are worse than recorded, or that only one side has."""
    with open(path, encoding="utf-8", newline="") as table:
        recorded = {name: int(figure) for name, figure in list(csv.reader(table))[1:]}
    now = {row.name: row.figures[0] for row in rows if row.figures and row.name not in NOT_COMPARED}
    again = "`./build.sh bench --record` records the present figures."
    for name in sorted(now.keys() | recorded.keys()):
        if name not in now:
            yield f"{name} is recorded, but it was not measured. {again}"
        elif name not in recorded:
            yield f"{name} is not recorded yet. {again}"
        elif now[name] > recorded[name] * WORSE:
            worse = 100 * now[name] / recorded[name] - 100
            yield (f"{name} takes {now[name]} instructions, {worse:.1f} % more than the {recorded[name]} recorded. "
                   f"{again}")  # fmt: skip

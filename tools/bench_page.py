"""The page of bench: bars for every service and for the boot, in one HTML file that needs nothing else."""

import html
import os

import bench_boot
import bench_table

# Heading, and how the names of the rows in it begin. The last group takes what is left.
GROUPS = (
    ("Calls into the kernel", ("null call", "module call")),
    ("Switches, messages, events", ("switch", "message", "event", "sleep")),
    ("Memory", ("page", "copy")),
    ("Threads and processes", ("thread", "process")),
    ("Console and interrupts", ("",)),
)
GOAL_AT = 80  # percent of a bar's width: where the goal's line stands in all bars
NAMED = 15  # percent of the boot, from which on a phase has its name in the bar
STYLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench_page.css")
HOW = """Guest instructions, so that every run gives the same figures. The services: the median of five boots in QEMU,
whose clock counts instructions (<code>-icount shift=0</code>); what a plugin of QEMU counts besides is in the table at
the end. The boot: Bochs, with the log on. <code>docs/performance.md</code> explains each figure."""
# A sample of what is drawn in bars, and what it means.
IN_SERVICES = (('<i style="width:100%">', "what it takes"),
               ('<b style="width:100%">', "its floor, which bare handlers had in the same run"),
               ('<u style="left:50%">', "the goal"),
               ('<i class="free" style="width:100%">', "no goal: only the floor's share tells"))  # fmt: skip
IN_BOOT = ('<i style="width:100%">', "Megha's own instructions"), ('<b style="width:100%">', "the BIOS's")


def number(count):
    return "" if count in ("", None) else f"{count:,}" if isinstance(count, int) else str(count)


def legend(samples):
    drawn = (f'<span><span class="bar">{sample}</{sample[1]}></span> {text}</span>' for sample, text in samples)
    return f'<p class="legend">{" ".join(drawn)}</p>'


def line(name, bar, figure, facts, missed=False):
    mark = " missed" if missed else ""
    return (f'<div class="row{mark}"><span class="name">{html.escape(name)}</span>{bar}'
            f'<span class="figure">{figure}</span><span class="facts">{facts}</span></div>')  # fmt: skip


def bar(parts, goal=None):
    """parts: (element and its class, percent of the width), drawn over each other."""
    drawn = "".join(f'<{kind} style="width:{min(percent, 100):.1f}%"></{kind[0]}>' for kind, percent in parts)
    return f'<span class="bar">{drawn}{"" if goal is None else f"<u style={chr(34)}left:{goal}%{chr(34)}></u>"}</span>'


def service(row):
    """The goal stands at the same place in all bars; without one the figure ends there."""
    if row.figures is None:
        return line(row.name, f'<span class="reason">{html.escape(row.reason)}</span>', "", "", not row.is_met())
    figure = row.figures[0]
    scale = GOAL_AT / (row.goal or figure)
    parts = [("i" if row.goal else 'i class="free"', figure * scale)]
    if row.floor:
        parts.append(("b", min(row.floor, figure) * scale))
    facts = [f"goal {number(row.goal)}" if row.goal else "", f"floor {number(row.floor)}" if row.floor else "",
             f"{row.ratio()} × floor" if row.floor else ""]  # fmt: skip
    drawn = bar(parts, GOAL_AT if row.goal else None)
    return line(row.name, drawn, number(figure), " · ".join(filter(None, facts)), not row.is_met())


def groups(rows):
    left = [row for row in rows if "," not in row.name and row.name != bench_table.BOOT]
    for heading, starts in GROUPS:
        mine = [row for row in left if row.name.startswith(starts)]
        left = [row for row in left if row not in mine]
        if mine:
            yield f"<section><h2>{heading}</h2>"
            yield from map(service, mine)
            yield "</section>"


def crowds(rows):
    """What the same costs while others live beside it: a line for each service, a column for each crowd."""
    by_name = {row.name: row for row in rows}
    among = [tuple(row.name.split(", ", 1)) for row in rows if "," in row.name]
    columns, services = dict.fromkeys(crowd for _, crowd in among), dict.fromkeys(name for name, _ in among)
    if not among:
        return
    yield "<section><h2>The same in a crowd</h2><p>How much lives beside it must not matter: at most a tenth more.</p>"
    head = "".join(f"<th>{html.escape(crowd)}</th>" for crowd in columns)
    yield f'<div class="wide"><table><tr><th></th><th>alone</th>{head}</tr>'
    for name in services:
        found = [by_name.get(name), *(by_name.get(f"{name}, {crowd}") for crowd in columns)]
        cells = (f"<td{mark_missed(row)}>{number(row.figures[0]) if row and row.figures else ''}</td>" for row in found)
        yield f"<tr><th>{html.escape(name)}</th>{''.join(cells)}</tr>"
    yield "</table></div></section>"


def mark_missed(row):
    return "" if row is None or row.is_met() else ' class="missed"'


# ---- The boot


def boot_road(boot):
    """The whole boot as one bar with the goal's line."""
    yield '<div class="road">'
    scale = 100 / max(boot.total, bench_boot.GOAL)
    for phase in boot.phases:
        share = boot.share(phase.instructions)
        words = f"<em>{html.escape(phase.name)} {share:.0f} %</em>" if share >= NAMED else ""
        yield (f'<span style="width:{phase.instructions * scale:.2f}%" title="{html.escape(phase.name)}">'
               f'<b style="width:{100 * phase.of_bios / phase.instructions:.1f}%"></b>{words}</span>')  # fmt: skip
    yield f'<u style="left:{bench_boot.GOAL * scale:.2f}%"></u></div>'


def boot_phases(boot):
    yield '<div class="phases">'
    longest = max(phase.instructions for phase in boot.phases)
    for phase in boot.phases:
        parts = [("i", 100 * phase.instructions / longest), ("b", 100 * phase.of_bios / longest)]
        facts = f"{boot.share(phase.instructions):.1f} % · {html.escape(phase.sentence)}"
        yield line(f"to {phase.name}", bar(parts), number(phase.instructions), facts)
    yield "</div>"


def boot_bios(boot):
    head = "".join(f"<th>{name}</th>" for name in ("", "times", "instructions", "share"))
    yield f'<h3>The BIOS</h3><div class="wide"><table><tr>{head}<th class="words">the first time</th></tr>'
    for name, call in sorted(boot.calls.items(), key=lambda item: -item[1].instructions):
        share = boot.share(call.instructions)
        yield (f"<tr><th>{html.escape(name)}</th><td>{call.count:,}</td><td>{call.instructions:,}</td>"
               f'<td>{share:.1f} %</td><td class="words">{html.escape(call.first)}</td></tr>')  # fmt: skip
    yield "</table></div>"


def boot_section(boot, row):
    yield "<section><h2>From 0x7C00 to the first program</h2>"
    if boot is None:
        yield f"<p>Not measured: {html.escape(row.reason)}.</p></section>"
        return
    yield (f"<p><strong{mark_missed(row)}>{boot.total:,}</strong> instructions, of which the BIOS takes "
           f"{boot.of_bios:,}; the goal is {bench_boot.GOAL:,}.</p>")  # fmt: skip
    for part in (boot_road(boot), [legend(IN_BOOT)], boot_phases(boot), boot_bios(boot)):
        yield from part
    yield f"<p>{html.escape(bench_boot.about_disk(boot))}</p></section>"


# ---- The whole


def all_figures(rows, no_events):
    yield "<section><h2>All figures, and events</h2>"
    if no_events:
        yield f"<p>Events are not counted: {html.escape(no_events)}.</p>"
    head = "".join(f"<th>{name}</th>" for name in bench_table.HEADING)
    yield f'<div class="wide"><table class="all"><tr>{head}</tr>'
    for row in rows:
        cells = "".join(f"<td>{html.escape(number(cell))}</td>" for cell in row.columns())
        yield f"<tr{mark_missed(row)}>{cells}</tr>"
    yield "</table></div></section>"


def write(rows, path, no_events, boot):
    """boot: the Boot of the last row, or None."""
    with open(STYLE, encoding="utf-8") as text:
        style = text.read()
    missed = [row.name for row in rows if not row.is_met()]
    missed += ["reads of the BIOS" for _ in boot.faults()] if boot else []
    verdict = f"Missed: {'; '.join(missed)}." if missed else "Every goal is met."
    lines = ["<!doctype html>", '<html lang="en"><meta charset="utf-8">',
             '<meta name="viewport" content="width=device-width, initial-scale=1">',
             f"<title>Megha: what its services cost</title>\n<style>\n{style}</style>",
             f"<h1>What Megha's services cost</h1><p>{HOW}</p>",
             f'<p class="verdict{" missed" if missed else ""}">{html.escape(verdict)}</p>', legend(IN_SERVICES),
             *groups(rows), *crowds(rows), *boot_section(boot, rows[-1]), *all_figures(rows, no_events),
             "</html>", ""]  # fmt: skip
    with open(path, "w", encoding="utf-8") as page:
        page.write("\n".join(lines))

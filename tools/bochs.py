"""The Bochs of this computer: what it can do, and the command that starts it.

What it can do is not concluded from its version but asked: `bochs --help` lists the options that it was built with,
`bochs --help features` its devices, and its folder of plugins holds its displays. Whoever reads what its debugger
prints has to take either form: Bochs 2 writes `eflags 0x` and `GDT[`, Bochs 3 `eflags: 0x` and `gdt[`, and 3.1 the
distance from a symbol with all 16 digits.
"""

import dataclasses
import functools
import pathlib
import re
import shutil
import subprocess

import terminal

TRIED = ("2.7", "3.0", "3.1")
PATIENCE = 20  # seconds for `bochs --help`
HEADLESS = {"rfb": 'rfb, options="timeout=0"', "nogui": "nogui"}  # by what is wanted most


class Failed(Exception):
    """There is no Bochs that can do it; the text is a sentence without its full stop."""


@dataclasses.dataclass(frozen=True)
class Ability:
    version: str
    has_debugger: bool
    debugger_flag: tuple  # Bochs 3 has its debugger off until it is asked for; Bochs 2 cannot do without
    window_flag: tuple  # asks for the graphical debugger; Bochs 2 has it as an option of the display
    has_sound: bool
    displays: frozenset  # empty where nobody knows


def ask(*what):
    try:
        done = subprocess.run([*terminal.WITH_US, "bochs", "--help", *what], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                              timeout=PATIENCE, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Failed(f"`bochs --help` gave no answer within {PATIENCE} seconds") from None
    if "Bochs x86 Emulator" not in done.stdout:
        last = (done.stdout.strip().splitlines() or ["it said nothing"])[-1]
        raise Failed(f"{shutil.which('bochs')} does not start: {last}")
    return done.stdout


def ability():
    path = shutil.which("bochs")
    if not path:
        raise Failed("there is no Bochs on this computer; `./build.sh setup` installs it")
    return ability_of(path)


@functools.cache
def ability_of(_path):
    told, features = ask(), ask("features")
    flags = set(re.findall(r"(?m)^ +(-\w+)", told))
    plugins = re.search(r"(?m)compile time default '(/[^']*plugins)'", told)
    displays = (re.match(r"libbx_(\w+)_gui\.so$", path.name) for path in
                (pathlib.Path(plugins[1]).glob("libbx_*") if plugins else ()))  # fmt: skip
    return Ability(
        version=re.search(r"Bochs x86 Emulator (\S+)", told)[1],
        has_debugger="-rc" in flags or "-debugger" in flags,
        debugger_flag=("-debugger",) if "-debugger" in flags else (),
        window_flag=("-dbg_gui",) if "-dbg_gui" in flags else (),
        has_sound=bool(re.search(r"(?m)^(sb16|es1370)$", features)),
        displays=frozenset(match[1] for match in displays if match),
    )


def untried():
    """What to add to the report of a failure: that this Bochs is another one than those that were tried."""
    version = ability().version
    return "" if version in TRIED else f"\nThis is Bochs {version}; what was tried is {', '.join(TRIED)}."


def need_debugger():
    if not ability().has_debugger:
        raise Failed(f"{shutil.which('bochs')} (Bochs {ability().version}) was built without its debugger. Debian's "
                     "package bochs has it; who builds Bochs, configures it with --enable-debugger")  # fmt: skip


def need_display(name):
    """The option that chooses a display."""
    there = ability().displays
    if there and name not in there:
        package = f"; Debian's package bochs-{name} has it" if name in ("x", "term", "sdl", "wx") else ""
        raise Failed(f"this Bochs has no display `{name}`, only {', '.join(sorted(there))}{package}")
    return f"display_library: {name}"


def headless():
    """The option for a display that nobody sees."""
    there = ability().displays
    for name, option in HEADLESS.items():
        if not there or name in there:
            return f"display_library: {option}"
    raise Failed(f"this Bochs has no display that needs no screen ({' or '.join(HEADLESS)}), only "
                 f"{', '.join(sorted(there))}")  # fmt: skip


def has_window():
    """Whether the debugger can have windows of its own."""
    return ability().window_flag or not ability().debugger_flag


def lines(debugging):
    """Lines of a bochsrc that not every Bochs takes, and so are not in ours."""
    chosen = ["sound: waveoutdrv=dummy"] if ability().has_sound else []  # else it may look for a sound card
    return [*chosen, "magic_break: enabled=1"] if debugging else chosen


def debugger(script, *options, window=False):
    """The command that starts Bochs in its debugger, which runs the commands of a file."""
    need_debugger()
    flags = ability().window_flag if window and ability().window_flag else ability().debugger_flag
    return [*terminal.WITH_US, "bochs", "-q", "-unlock", *flags, "-f", "bochsrc", "-rc", script, *lines(True), *options]


def machine(script, *options):
    """The command that runs the machine. script: a file with `c`, for a Bochs that cannot do without its debugger."""
    always = ability().has_debugger and not ability().debugger_flag
    rc = ["-rc", script, "magic_break: enabled=0"] if always else []
    return [*terminal.WITH_US, "bochs", "-q", "-unlock", "-f", "bochsrc", *rc, *lines(False), *options]

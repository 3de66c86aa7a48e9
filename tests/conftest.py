"""What all tiers share: names as sentences, a time limit for each test, a line for each result, and the count.

Tests run side by side, in as many processes as there are processors (harness/workers.py); those with the marker `alone`
run behind them, in this process, with nothing beside. The last line of a run is `N passed, N failed`, and the exit
status is 0 only if something passed and nothing failed. A test that is skipped counts as failed unless it gives a
reason.
"""

import difflib
import os
import pathlib
import signal
import sys

import pytest

from harness import processes, workers

TIME_LIMIT = 120  # seconds for one test
NOTHING_SELECTED = 2
NEAREST = 5  # names that are told for one that was mistyped


def tier(item):
    return pathlib.Path(item.path).relative_to(item.config.rootpath).parts[0]


def sentence(item):
    """`test_a_damaged_kernel_is_named[qemu]` reads `boot: a damaged kernel is named (qemu)`."""
    name, _, parameters = item.name.partition("[")
    words = name.removeprefix("test_").replace("_", " ")
    part = f"{item.path.stem.removeprefix('test_')}: " if item.path.suffix == ".c" else ""
    return f"{tier(item)}: {part}{words}" + (f" ({parameters.removesuffix(']')})" if parameters else "")


def interrupted(number, _):
    raise KeyboardInterrupt(*([] if number == signal.SIGINT else [signal.Signals(number).name]))


def is_worker(config):
    return hasattr(config, "workerinput")


class TooSlow(Exception):
    """A test took longer than its limit."""


class Reporter:
    """Takes the place of pytest's own report."""

    isatty = hasmarkup = False  # what pytest-xdist asks of it

    def __init__(self, standard):
        self._tw = standard._tw  # pytest writes its internal errors there
        self.file = standard._tw._file
        self.passed = self.failed = 0
        self.sentences = {}
        self.bad = set()  # tests that failed in one of set-up, call and tear-down
        self.seconds = {}
        self.chosen = set()
        self.done = set()
        self.told = {}  # {details: the sentence that they were told with}

    def write_line(self, line):
        """pytest-xdist tells here how its workers do."""

    def say(self, text):
        try:
            print(text, file=self.file, flush=True)
        except BrokenPipeError:  # whoever read this has enough
            self.file = open(os.devnull, "w", encoding="utf-8")
            raise KeyboardInterrupt from None

    def line(self, result, text, seconds=None):
        time = "" if seconds is None else f"  {seconds:.1f} s"
        self.say(f"  {result:7} {text}{time}")

    def details(self, text):
        for row in text.splitlines():
            self.say(f"        {row}")

    def details_once(self, text, whose):
        """Where one cause makes many tests fail, it is told with the first of them."""
        if self.told.setdefault(text, whose) == whose:
            self.details(text)
        else:
            self.details(f"as told above, with: {self.told[text]}")

    def pytest_itemcollected(self, item):
        self.sentences[item.nodeid] = sentence(item)

    def pytest_collection_finish(self, session):
        self.chosen = {item.nodeid for item in session.items}

    def pytest_collectreport(self, report):
        if report.failed:
            self.failed += 1
            self.line("FAILED", f"reading the tests in {report.nodeid}")
            self.details(report.longreprtext)

    def pytest_runtest_logreport(self, report):
        vars(report).pop("node", None)  # which worker it was, nobody needs to know
        text = self.sentences[report.nodeid]
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration
        if report.skipped:
            self.skipped(report, text)
        elif report.when not in ("setup", "call", "teardown"):
            self.died(report, text)
        elif report.failed:
            self.bad.add(report.nodeid)
            self.line("FAILED", text + ("" if report.when == "call" else f", in its {report.when}"), report.duration)
            self.details_once(report.longreprtext, text)
            for title, content in report.sections:
                self.details(f"--- {title}\n{content}")
        if report.when == "teardown":
            self.ended(report, text)

    def ended(self, report, text):
        self.done.add(report.nodeid)
        if report.nodeid in self.bad:
            self.failed += 1
        elif not self.was_skipped(report):
            self.passed += 1
            self.line("ok", text, self.seconds[report.nodeid])
            for _, content in report.user_properties:
                self.details(str(content))

    def died(self, report, text):
        """A worker ended in the middle of a test, which so has no tear-down."""
        self.done.add(report.nodeid)
        self.failed += 1
        self.line("FAILED", text)
        self.details("the process that ran it has died")

    def was_skipped(self, report):
        return self.seconds[report.nodeid] < 0

    def skipped(self, report, text):
        reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
        if reason in ("", "Skipped", "unconditional skip"):
            self.bad.add(report.nodeid)
            self.line("FAILED", f"{text}: skipped without a reason")
        else:
            self.line("skip", f"{text}: {reason}")
            self.seconds[report.nodeid] = float("-inf")

    def pytest_internalerror(self, excrepr):
        self.failed += 1
        self.details(str(excrepr))

    def pytest_keyboard_interrupt(self, excinfo):
        if isinstance(excinfo.value, pytest.exit.Exception):
            return  # our own; it has said why
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends now, and does so only once
        self.failed += 1
        self.line("FAILED", f"the run was interrupted: {excinfo.value}".removesuffix(": "))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        if left := len(self.chosen - self.done):
            self.failed = max(self.failed, 1)
            self.line("FAILED", f"{left} of {len(self.chosen)} tests have not been run")
        if self.failed:
            session.exitstatus = 1

    def summary(self):
        self.say(f"{self.passed} passed, {self.failed} failed")


def pytest_addoption(parser):
    parser.addoption("--name", default="", help="run only the tests whose sentence or file contains this")
    parser.addoption("--all", action="store_true", help="run the long tests, too")
    processors = len(os.sched_getaffinity(0))
    parser.addoption("--workers", type=int, default=processors, help="so many tests side by side; 1: in this process")


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    if is_worker(config):
        processes.leave_terminal()  # Ctrl-C is for the process that reports, which ends this one
        processes.end_with_parent()
        return
    standard = config.pluginmanager.getplugin("terminalreporter")
    config.pluginmanager.unregister(standard)
    config.reporter = Reporter(standard)
    config.pluginmanager.register(config.reporter, "terminalreporter")


def pytest_unconfigure(config):
    if hasattr(config, "reporter") and not config.option.help:
        config.reporter.summary()


def nearest(wanted, names):
    """The names that have the most in common with what was typed."""

    def common(name):
        blocks = difflib.SequenceMatcher(None, wanted.lower(), name.lower(), autojunk=False).get_matching_blocks()
        return sum(block.size**2 for block in blocks)

    return sorted(names, key=common, reverse=True)[:NEAREST]


def refuse_name(config, wanted, names):
    listed = "".join(f"  {name}\n" for name in nearest(wanted, names))
    sys.stderr.write(f"build.sh: no test has '{wanted}' in its name; the nearest of {len(names)} are:\n{listed}")
    config.reporter.summary = lambda: None
    pytest.exit("nothing selected", NOTHING_SELECTED)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    wanted = config.getoption("--name")
    chosen = [item for item in items if wanted.lower() in f"{sentence(item)} {item.nodeid}".lower()]
    if not wanted and not config.getoption("--all"):
        chosen = [item for item in chosen if not item.get_closest_marker("long")]
    names = [sentence(item) for item in items]
    items[:] = chosen
    if wanted and not chosen:
        refuse_name(config, wanted, names)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    """First what may run side by side, then the rest, one after the other."""
    config = session.config
    if is_worker(config):
        return None  # pytest-xdist has a loop for it
    processes.on_interrupt(interrupted)
    together = [item for item in session.items if not item.get_closest_marker("alone")]
    count = min(config.getoption("--workers"), len(workers.units_of(together)))
    if session.testsfailed or count < 2:
        return None  # pytest's own loop does it all
    workers.run(session, together, count)
    alone = [item for item in session.items if item.get_closest_marker("alone")]
    for item, after in zip(alone, [*alone[1:], None]):
        config.hook.pytest_runtest_protocol(item=item, nextitem=after)
    return True


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    marker = item.get_closest_marker("limit")
    limit = marker.args[0] if marker else TIME_LIMIT

    def too_slow(*_):
        raise TooSlow(f"the test took longer than {limit} seconds")

    before = signal.signal(signal.SIGALRM, too_slow)
    signal.alarm(limit)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)

"""What all tiers share: names as sentences, a time limit for each test, a line for each result, and the count.

The last line of a run is `N passed, N failed`, and the exit status is 0 only if something passed and nothing failed. A
test that is skipped counts as failed unless it gives a reason.
"""

import pathlib
import signal
import sys

import pytest

TIME_LIMIT = 120  # seconds for one test
NOTHING_SELECTED = 2


def tier(item):
    return pathlib.Path(item.path).relative_to(item.config.rootpath).parts[0]


def sentence(item):
    """`test_a_damaged_kernel_is_named[qemu]` reads `boot: a damaged kernel is named (qemu)`."""
    name, _, parameters = item.name.partition("[")
    words = name.removeprefix("test_").replace("_", " ")
    part = f"{item.path.stem.removeprefix('test_')}: " if item.path.suffix == ".c" else ""
    return f"{tier(item)}: {part}{words}" + (f" ({parameters.removesuffix(']')})" if parameters else "")


class TooSlow(Exception):
    """A test took longer than its limit."""


class Reporter:
    """Takes the place of pytest's own report."""

    def __init__(self, standard):
        self._tw = standard._tw  # pytest writes its internal errors there
        self.passed = self.failed = 0
        self.sentences = {}
        self.bad = set()  # tests that failed in one of set-up, call and tear-down
        self.seconds = {}

    def line(self, result, text, seconds=None):
        time = "" if seconds is None else f"  {seconds:.1f} s"
        print(f"  {result:7} {text}{time}", file=self._tw._file, flush=True)

    def details(self, text):
        for row in text.splitlines():
            print(f"        {row}", file=self._tw._file, flush=True)

    def pytest_itemcollected(self, item):
        self.sentences[item.nodeid] = sentence(item)

    def pytest_collectreport(self, report):
        if report.failed:
            self.failed += 1
            self.line("FAILED", f"reading the tests in {report.nodeid}")
            self.details(report.longreprtext)

    def pytest_runtest_logreport(self, report):
        text = self.sentences[report.nodeid]
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration
        if report.skipped:
            self.skipped(report, text)
        elif report.failed:
            self.bad.add(report.nodeid)
            self.line("FAILED", text + ("" if report.when == "call" else f", in its {report.when}"), report.duration)
            self.details(report.longreprtext)
            for title, content in report.sections:
                self.details(f"--- {title}\n{content}")
        if report.when == "teardown" and report.nodeid in self.bad:
            self.failed += 1
        elif report.when == "teardown" and report.nodeid in self.seconds and not self.was_skipped(report):
            self.passed += 1
            self.line("ok", text, self.seconds[report.nodeid])
            for _, content in report.user_properties:
                self.details(str(content))

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
        self.failed += 1
        self.line("FAILED", f"the run was interrupted: {excinfo.value}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        if self.failed:
            session.exitstatus = 1

    def summary(self):
        print(f"{self.passed} passed, {self.failed} failed", file=self._tw._file, flush=True)


def pytest_addoption(parser):
    parser.addoption("--name", default="", help="run only the tests whose sentence or file contains this")
    parser.addoption("--all", action="store_true", help="run the long tests, too")


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    standard = config.pluginmanager.getplugin("terminalreporter")
    config.pluginmanager.unregister(standard)
    config.reporter = Reporter(standard)
    config.pluginmanager.register(config.reporter, "terminalreporter")


def pytest_unconfigure(config):
    if hasattr(config, "reporter") and not config.option.help:
        config.reporter.summary()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    wanted = config.getoption("--name").lower()
    chosen = [item for item in items if wanted in f"{sentence(item)} {item.nodeid}".lower()]
    if not wanted and not config.getoption("--all"):
        chosen = [item for item in chosen if not item.get_closest_marker("long")]
    if wanted and not chosen:
        names = "".join(f"  {sentence(item)}\n" for item in items)
        sys.stderr.write(f"build.sh: no test whose name contains '{wanted}'; there are:\n{names}")
        config.reporter.summary = lambda: None
        pytest.exit("nothing selected", NOTHING_SELECTED)
    items[:] = chosen


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

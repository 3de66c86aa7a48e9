"""Prints the table of machines at the end of a run of all of them."""

import pytest

from rows import HEADINGS

rows = {}  # {test: the row of its machine}


def table(lines):
    """The rows of the table, in columns."""
    widths = [max(map(len, column)) for column in zip(*lines)]
    return ["  ".join(value.ljust(width) for value, width in zip(line, widths)).rstrip() for line in lines]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A report takes the row from the process that ran the test to the one that prints."""
    report = (yield).get_result()
    row = item.callspec.params.get("row") if hasattr(item, "callspec") else None
    if row and report.when == "call":
        report.row = row.line("ok" if report.passed else "FAILED")


def pytest_runtest_logreport(report):
    if hasattr(report, "row"):
        rows[report.nodeid] = report.row


def pytest_sessionfinish(session):
    if session.config.getoption("--all") and hasattr(session.config, "reporter") and rows:
        ordered = [rows[item.nodeid] for item in session.items if item.nodeid in rows]
        session.config.reporter.details("\n".join(table([HEADINGS, *ordered])))

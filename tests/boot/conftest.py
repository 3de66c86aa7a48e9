"""Boots the machines of the table ahead of their tests, two at a time, and prints the table in the end."""

import concurrent.futures

import pytest

from rows import HEADINGS

TOGETHER = 2
TABLE = pytest.StashKey()  # its lines


def table(rows, futures):
    """The table as lines of text."""
    lines = [HEADINGS]
    lines += [row.line("FAILED" if futures[row.name].exception() else "ok") for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines)]
    return ["  ".join(value.ljust(width) for value, width in zip(line, widths)).rstrip() for line in lines]


@pytest.fixture(scope="session")
def runs(request):
    """A result to come for each machine whose test was chosen: {name: future}."""
    tests = [item for item in request.session.items if "runs" in getattr(item, "fixturenames", ())]
    chosen = [item.callspec.params["row"] for item in tests]
    pool = concurrent.futures.ThreadPoolExecutor(TOGETHER)
    futures = {row.name: pool.submit(row.run) for row in chosen}
    yield futures
    pool.shutdown(wait=True, cancel_futures=True)
    request.config.stash[TABLE] = table(chosen, futures)


def pytest_sessionfinish(session):
    """Prints the table: not before, because what a fixture prints is kept back."""
    if session.config.getoption("--all") and TABLE in session.config.stash:
        session.config.reporter.details("\n".join(session.config.stash[TABLE]))

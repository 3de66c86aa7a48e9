"""Runs tests side by side, in a process for each processor. pytest-xdist starts these workers and brings what they
report; which test goes where, and when, is decided here.

Tests are handed out in units: what shares a machine or a file is one unit, and one worker does it from its begin to its
end, so that no machine is booted twice and no file is written by two.
"""

import collections

import pytest
from xdist.dsession import DSession

from harness import processes


def unit_of(item):
    """A key that is equal for the tests of one unit."""
    if marker := item.get_closest_marker("xdist_group"):
        return marker.args[0]
    if not isinstance(item, pytest.Function):
        return item.path  # the tests of one C program, which runs once
    # pytest has no public name for the scope of a fixture that a test uses.
    fixtures = item._fixtureinfo.name2fixturedefs
    shared = sorted(name for name, found in fixtures.items() if found[-1].scope in ("module", "class"))
    if not shared:
        return item.nodeid
    # With a parameter, each of its values is an instance of the fixture, and so a unit.
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return item.path, *(str(parameters[name]) for name in shared if name in parameters)


def units_of(items):
    """The names of the tests by unit, in the order in which the units are to be begun: long ones first, so that all
    workers are busy until the end. What has many tests takes long, but for C programs, which come last."""
    units = collections.defaultdict(list)
    for item in items:
        units[unit_of(item)].append(item)

    def order(unit):
        is_program = not isinstance(unit[0], pytest.Function)
        return is_program, len(unit) if is_program else -len(unit)

    # Later folders have the longer tests.
    return [[item.nodeid for item in unit] for unit in sorted(reversed(units.values()), key=order)]


class Scheduler:
    """What pytest-xdist calls a scheduler; the methods are those that it calls."""

    def __init__(self, units, workers):
        self.units = collections.deque(units)
        self.workers = workers  # how many
        self.tests = {}  # {worker: all test names, in the order by which it counts them}
        self.pending = {}  # {worker: tests that it has and has not done}

    @property
    def nodes(self):
        return list(self.pending)

    @property
    def collection_is_completed(self):
        return len(self.tests) >= self.workers

    @property
    def tests_finished(self):
        return self.collection_is_completed and not self.units and all(len(mine) < 2 for mine in self.pending.values())

    @property
    def has_pending(self):
        return bool(self.units or any(self.pending.values()))

    def add_node(self, node):
        self.pending[node] = []

    def add_node_collection(self, node, collection):
        self.tests[node] = list(collection)

    def schedule(self):
        for _ in range(2):
            for node in self.nodes:
                self.feed(node)

    def mark_test_complete(self, node, item_index, duration=0):
        self.pending[node].remove(self.tests[node][item_index])
        self.feed(node)

    def remove_node(self, node):
        """A worker has ended. If it has died in a test, returns that test; others do what it leaves."""
        died_in, *left = self.pending.pop(node) or [None]
        if left:
            self.units.appendleft(left)
        for other in self.nodes:
            self.feed(other)
        return died_in

    def feed(self, node):
        """Keeps a worker busy: it begins a test only when it knows the next one, or that there is none."""
        if node.shutting_down or node not in self.tests:
            return
        if self.units and len(self.pending[node]) < 2:
            unit = self.units.popleft()
            self.pending[node] += unit
            node.send_runtest_some([self.tests[node].index(test) for test in unit])
        if not self.units:
            node.shutdown()


class MakeScheduler:
    """Gives pytest-xdist the scheduler when it asks."""

    def __init__(self, scheduler):
        self.scheduler = scheduler

    def pytest_xdist_make_scheduler(self):
        return self.scheduler


def run(session, items, workers):
    """Runs the tests in that many workers; all of them have ended when it returns."""
    config = session.config
    config.option.tx, config.option.dist, config.option.numprocesses = ["popen"] * workers, "load", workers
    config.pluginmanager.register(MakeScheduler(Scheduler(units_of(items), workers)))
    distributed = DSession(config)
    try:
        with processes.no_ctrl_c():
            distributed.pytest_sessionstart(session)
        distributed.pytest_runtestloop()
    except KeyboardInterrupt:
        processes.end_descendants()
        raise
    finally:
        distributed.nodemanager.teardown_nodes()

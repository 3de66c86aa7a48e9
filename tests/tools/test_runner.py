"""The runner of the tests itself, on tests that are made up: side by side, alone, failing, dying, interrupted."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from harness.places import TOP

HARNESS = ("__init__.py", "processes.py", "workers.py")
LIMIT = 60  # seconds for a run
AT_ONCE = 4  # seconds; a worker that is only asked to end takes at least five
# Before each made-up file: they meet and leave their traces in the folder that they run in.
HEAD = """
import os, pathlib, signal, subprocess, time
import pytest

HERE = pathlib.Path(__file__).parent

def wait_for(name):
    end = time.monotonic() + 20
    while not (HERE / name).exists():
        assert time.monotonic() < end, f"{name} does not come"
        time.sleep(0.01)

def traced(name, seconds=0.05):
    with open(HERE / "trace", "a") as trace:
        trace.write(f"begin {name}\\n")
        trace.flush()
        time.sleep(seconds)
        trace.write(f"end {name}\\n")
"""


class Runner:
    """A folder with the runner and tests that are made up."""

    def __init__(self, folder):
        self.tests = folder / "tests"
        self.folder = self.tests / "unit"
        self.folder.mkdir(parents=True)
        (self.tests / "harness").mkdir()
        for name in ("run.py", "conftest.py", "pytest.ini", *(f"harness/{name}" for name in HARNESS)):
            shutil.copy(TOP / "tests" / name, self.tests / name)
        self.files = 0

    def add(self, text):
        """A file with these tests."""
        self.files += 1
        (self.folder / f"test_{self.files}.py").write_text(HEAD + text, encoding="utf-8")
        return self

    def start(self, *options, workers=2):
        command = [sys.executable, self.tests / "run.py", f"--workers={workers}", *options, self.folder]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, start_new_session=True,
                                env={**environment, "TMPDIR": str(self.tests)})  # fmt: skip

    def run(self, *options, **more):
        """What it prints, line by line, and its exit status."""
        process = self.start(*options, **more)
        said, errors = process.communicate(timeout=LIMIT)
        assert "Traceback" not in errors, errors
        assert not list(self.tests.glob("megha-tests-*")), "its temporary files are left"
        return Told(said, errors, process.returncode)

    def trace(self):
        return (self.folder / "trace").read_text(encoding="utf-8").splitlines()


class Told:
    def __init__(self, said, errors, status):
        self.said, self.errors, self.status = said, errors, status
        self.lines = said.splitlines()
        self.count = self.lines[-1] if self.lines else ""

    def results(self, word):
        """The sentences of the tests with this result."""
        return re.findall(rf"(?m)^  {word} +unit: (.*?)(?:  [\d.]+ s)?$", self.said)


@pytest.fixture
def runner(tmp_path):
    return Runner(tmp_path)


# ---- Who runs beside whom --------------------------------------------------------------------------------------------

MEETING = """
def test_one():
    (HERE / "one").touch()
    wait_for("two")

def test_two():
    (HERE / "two").touch()
    wait_for("one")
"""


def test_tests_run_side_by_side(runner):
    told = runner.add(MEETING).run()
    assert (told.count, told.status) == ("2 passed, 0 failed", 0), told.said
    assert sorted(told.results("ok")) == ["one", "two"]


def test_a_test_that_is_alone_has_nothing_beside_it(runner):
    runner.add("""
@pytest.mark.alone
@pytest.mark.parametrize("number", range(2))
def test_alone(number):
    traced("alone")

@pytest.mark.parametrize("number", range(6))
def test_other(number):
    traced("other")
""")
    told = runner.run()
    assert told.count == "8 passed, 0 failed", told.said
    trace = runner.trace()
    assert trace[-4:] == ["begin alone", "end alone"] * 2, trace
    assert ["begin other", "begin other"] in [trace[at : at + 2] for at in range(len(trace))], "others are side by side"


def test_only_tests_that_are_alone_need_no_workers(runner):
    told = runner.add("""
@pytest.mark.alone
@pytest.mark.parametrize("number", range(2))
def test_alone(number):
    assert "PYTEST_XDIST_WORKER" not in os.environ
""").run()
    assert told.count == "2 passed, 0 failed", told.said


def test_a_fixture_of_a_module_is_made_once_for_each_of_its_values(runner):
    for _ in range(2):
        runner.add("""
@pytest.fixture(scope="module")
def shared():
    traced("shared", 0)

@pytest.fixture(scope="module", params=["a", "b"])
def machine(request):
    traced(request.param, 0)

@pytest.mark.parametrize("number", range(3))
def test_of_machines(number, machine):
    time.sleep(0.02)

@pytest.mark.parametrize("number", range(3))
def test_of_shared(number, shared):
    time.sleep(0.02)

@pytest.mark.parametrize("number", range(3))
def test_without(number):
    pass
""")
    told = runner.run()
    assert told.count == "24 passed, 0 failed", told.said
    assert sorted(line for line in runner.trace() if line.startswith("begin")) == [
        "begin a", "begin a", "begin b", "begin b", "begin shared", "begin shared"]  # fmt: skip


def test_tests_of_one_group_never_run_at_the_same_time(runner):
    for _ in range(3):
        runner.add("""
@pytest.mark.xdist_group("the file")
@pytest.mark.parametrize("number", range(2))
def test_writes_the_file(number):
    traced("group")

def test_other():
    pass
""")
    told = runner.run()
    assert told.count == "9 passed, 0 failed", told.said
    assert runner.trace() == ["begin group", "end group"] * 6


def test_one_test_is_run_without_workers(runner):
    told = runner.add(MEETING).add("""
def test_here():
    assert "PYTEST_XDIST_WORKER" not in os.environ
""").run("--name=here")  # fmt: skip
    assert told.count == "1 passed, 0 failed", told.said


# ---- What is told ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failure_is_told_with_its_details(workers, runner):
    told = runner.add("""
def test_fails():
    print("what the test printed")
    assert "what it found" == "what it wanted"

def test_passes(record_property):
    record_property("count", "a fact beside it")

def test_skips():
    pytest.skip("it is too cold")

def test_skips_silently():
    pytest.skip()

@pytest.fixture
def broken():
    raise OSError("no disk")

def test_has_no_disk(broken):
    pass
""").run(workers=workers)
    assert (told.count, told.status) == ("1 passed, 3 failed", 1), told.said
    assert sorted(told.results("FAILED")) == ["fails", "has no disk, in its setup",
                                              "skips silently: skipped without a reason"]  # fmt: skip
    assert told.results("skip") == ["skips: it is too cold"] and told.results("ok") == ["passes"]
    for line in ("E   AssertionError: assert 'what it found' == 'what it wanted'", "what the test printed",
                 "a fact beside it", "E   OSError: no disk"):  # fmt: skip
        assert f"        {line}" in told.lines, told.said


def test_one_cause_of_many_failures_is_told_once(runner):
    told = runner.add("""
@pytest.fixture(scope="module")
def table():
    assert not "the whole table"

@pytest.mark.parametrize("number", range(5))
def test_row(number, table):
    pass

def test_other():
    pass
""").run()
    assert told.count == "1 passed, 5 failed"
    assert told.said.count("assert not 'the whole table'") == 1
    assert told.said.count("as told above, with: unit: row (0)\n") == 4


def test_the_time_limit_holds_in_a_worker(runner):
    told = runner.add("""
@pytest.mark.limit(1)
def test_for_ever():
    time.sleep(30)

def test_other():
    pass
""").run()
    assert told.count == "1 passed, 1 failed"
    assert "the test took longer than 1 seconds" in told.said


def test_a_worker_that_dies_is_told_as_a_failure_of_its_test_and_the_others_are_run(runner):
    told = runner.add("""
@pytest.fixture(scope="module")
def shared():
    pass

@pytest.mark.parametrize("number", range(4))
def test_of_a_unit(number, shared):
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)

@pytest.mark.parametrize("number", range(4))
def test_other(number):
    time.sleep(0.1)

@pytest.mark.alone
def test_alone():
    pass
""").run()
    assert (told.count, told.status) == ("8 passed, 1 failed", 1), told.said
    assert told.results("FAILED") == ["of a unit (1)"]
    assert "        the process that ran it has died" in told.lines


def test_workers_that_all_die_at_once_are_told_and_nothing_is_left_out_in_silence(runner):
    told = runner.add("""
if "PYTEST_XDIST_WORKER" in os.environ:
    os._exit(1)

def test_one():
    pass

def test_two():
    pass
""").run()
    assert (told.count, told.status) == ("0 passed, 1 failed", 1), told.said
    assert "  FAILED  2 of 2 tests have not been run" in told.lines


def test_the_table_of_machines_is_in_its_order_whoever_booted_them():
    command = [sys.executable, TOP / "tests/run.py", "--workers=2", "--all", "--name=QEMU, BIOS without E820",
               TOP / "tests/boot"]  # fmt: skip
    told = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
    *_, heading, one, two, count = told.splitlines()
    assert heading.split() == ["machine", "drive", "read", "by", "A20", "map", "reads", "failed", "result"]
    for line, name in ((one, "QEMU, BIOS without E820 "), (two, "QEMU, BIOS without E820 and E801 ")):
        assert re.fullmatch(rf" +{name} *80 +EDD +on +\w+ +\d+ +0 +ok", line), told
    assert count == "2 passed, 0 failed"


def test_a_mistyped_name_is_answered_with_the_nearest_ones_and_their_number(runner):
    told = runner.add("".join(f"def test_of_machine_number_{number}(): pass\n" for number in range(40))).add("""
def test_a_damaged_kernel_is_named(): pass
""").run("--name=damagd kernel")
    assert (told.said, told.status) == ("", 2)
    first, *names = told.errors.splitlines()
    assert first == "build.sh: no test has 'damagd kernel' in its name; the nearest of 41 are:"
    assert names[0] == "  unit: a damaged kernel is named" and len(names) == 5


def test_a_reader_that_goes_away_ends_the_run_in_silence(runner):
    runner.add("\n".join(f"def test_{number}(): time.sleep(0.05)" for number in range(200)))
    process = runner.start()
    assert process.stdout.readline().startswith("  ok ")
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=20) == 1


# ---- Interrupted -----------------------------------------------------------------------------------------------------

BUSY = """
@pytest.mark.parametrize("number", range(4))
def test_that_takes_long(number, tmp_path):
    for command in (["sleep", "1000"], ["setsid", "bash", "-c", "sleep 1000 & sleep 1001"]):
        subprocess.Popen(command)
    time.sleep(1000)
"""


def alive_in(folder):
    """The processes that were started there: each has the folder for temporary files in its environment."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={folder}".encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it has ended meanwhile
            continue
    return found


def wait_for_command(runner, process, count):
    """Waits until `sleep 1001` runs so many times."""
    end = time.monotonic() + 20
    while alive_in(runner.tests).count("sleep 1001 ") < count:
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.02)


def start_busy(runner, workers):
    """The runner, with all that its first tests start."""
    process = runner.add(BUSY).start(workers=workers)
    wait_for_command(runner, process, workers)
    return process


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM for the runner"])
def test_an_interrupted_run_ends_at_once_and_leaves_nothing(how, workers, runner):
    process = start_busy(runner, workers)
    if how == "Ctrl-C":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGTERM)
    said, errors = process.communicate(timeout=AT_ONCE)
    assert (errors, process.returncode) == ("", 1)
    by = "" if how == "Ctrl-C" else ": SIGTERM"
    assert said.splitlines() == [f"  FAILED  the run was interrupted{by}", "  FAILED  4 of 4 tests have not been run",
                                 "0 passed, 1 failed"]  # fmt: skip
    assert not alive_in(runner.tests) and not list(runner.tests.glob("megha-tests-*"))


def test_ctrl_c_is_not_for_workers_but_they_may_interrupt_what_they_started(runner):
    told = runner.add("""
@pytest.mark.parametrize("number", range(2))
def test_interrupts(number):
    assert os.getsid(0) != os.getsid(os.getppid())
    with subprocess.Popen(["sleep", "1000"]) as sleep:
        sleep.send_signal(signal.SIGINT)
    assert sleep.returncode == -signal.SIGINT
""").run()
    assert told.count == "2 passed, 0 failed", told.said


def test_a_run_that_is_interrupted_before_a_test_begins_ends_in_silence(runner):
    process = runner.add("""
subprocess.Popen(["sleep", "1001"])
time.sleep(1000)
""").start()
    wait_for_command(runner, process, 1)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=AT_ONCE) == ("", "")
    assert not alive_in(runner.tests) and not list(runner.tests.glob("megha-tests-*"))


def test_a_runner_that_is_killed_takes_its_workers_with_it(runner):
    process = start_busy(runner, 2)
    process.kill()
    process.wait()
    end = time.monotonic() + AT_ONCE
    while workers := [command for command in alive_in(runner.tests) if "python" in command]:
        assert time.monotonic() < end, workers
        time.sleep(0.02)

"""Collects the test_*.c of this folder: every cmocka test in them is a test of its own in the report.

The first comment of each names what it is linked with: `/* sources: a.c b.c */`. All is compiled with the sanitizers.
"""

import os
import re
import signal
import subprocess

import pytest

TOP = "../.."  # of this folder
RUN_LIMIT = 60  # seconds of the processor for the program of one file
CASE = re.compile(r"\bcmocka_unit_test(?:_\w+)?\(\s*(\w+)")
RESULT = re.compile(r"^(ok|not ok) \d+ - (\w+)", re.MULTILINE)


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".c" and file_path.name.startswith("test_"):
        return Source.from_parent(parent, path=file_path)
    return None


class Failed(Exception):
    """A case failed; the text is what its program said."""


class Source(pytest.File):
    """One C file, which becomes one program that runs once."""

    outcome = None

    def collect(self):
        names = CASE.findall(self.path.read_text(encoding="utf-8"))
        if not names:
            raise self.CollectError(f"{self.path.name}: no cmocka_unit_test(...) in it")
        for name in names:
            yield Case.from_parent(self, name=name)

    def run(self):
        """Builds and runs the program once. Returns ({case: "ok" or "not ok"}, what was said)."""
        if self.outcome is None:
            built = make(self)
            if built.returncode:
                self.outcome = {}, built.stdout + built.stderr
            else:
                self.outcome = run_program(self)
        return self.outcome


def program(source):
    return f"build/unit/{source.path.stem}"


def top(source):
    return (source.path.parent / TOP).resolve()


def make(*sources, options=()):
    command = ["make", "-f", "tests/unit/Makefile", "--no-print-directory", *options, *map(program, sources)]
    return subprocess.run(command, cwd=top(sources[0]), text=True, capture_output=True, check=False)


def pytest_collection_finish(session):
    """Builds all programs together, because two makes at a time would write the same object files.

    What cannot be built is told by the tests of its file.
    """
    sources = list({item.parent: None for item in session.items if isinstance(item, Case)})
    if sources and not hasattr(session.config, "workerinput"):
        make(*sources, options=("--keep-going", f"-j{len(os.sched_getaffinity(0))}"))


def run_program(source):
    environment = {"CMOCKA_MESSAGE_OUTPUT": "TAP", "UBSAN_OPTIONS": "print_stacktrace=1"}
    command = ["prlimit", f"--cpu={RUN_LIMIT}", top(source) / program(source)]
    ran = subprocess.run(command, cwd=top(source), env=environment, text=True, errors="replace",
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)  # fmt: skip
    if ran.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return {}, f"the program did not end within {RUN_LIMIT} seconds of the processor"
    results = {name: result for result, name in RESULT.findall(ran.stdout)}
    if ran.returncode and "not ok" not in results.values():
        # A sanitizer ended the program, or found a leak at its end: the last case that was told has not passed.
        if results:
            results.popitem()
    return results, ran.stdout


class Case(pytest.Item):
    """One cmocka test."""

    def runtest(self):
        results, said = self.parent.run()
        if results.get(self.name) != "ok":
            raise Failed(said)

    def repr_failure(self, excinfo):
        return str(excinfo.value)

    def reportinfo(self):
        return self.path, None, self.name

#!/usr/bin/env python3
"""Runs the tests and leaves nothing behind, however they end: no process, and no file outside of build.

    run.py [--name=TEXT] [--all] [--workers=N] FOLDER...      conftest.py says what the options do

`./build.sh test` builds what is tested, then calls this.
"""

import os
import shutil
import signal
import sys
import tempfile

signal.signal(signal.SIGINT, signal.SIG_DFL)  # pytest does not listen yet: to end is enough

import pytest  # noqa: E402

from harness import processes  # noqa: E402

FOLDER = os.path.dirname(os.path.abspath(__file__))


def main():
    processes.adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="megha-tests-", ignore_cleanup_errors=True) as folder:
        # Each temporary file of a test, of a tool and of pytest lies in here.
        os.environ["TMPDIR"] = tempfile.tempdir = folder

        def leave(*_):
            """Until tests begin, an interrupt is answered here: pytest is not always interrupted by one."""
            processes.end_descendants()
            shutil.rmtree(folder, ignore_errors=True)
            os._exit(1)

        processes.on_interrupt(leave)
        try:
            where = ["-c", f"{FOLDER}/pytest.ini", "--rootdir", FOLDER, "--basetemp", f"{folder}/pytest"]
            return pytest.main([*where, *sys.argv[1:]])
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            processes.end_descendants()
            try:
                sys.stdout.flush()
            except BrokenPipeError:  # Python would complain about it once more
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())

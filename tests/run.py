#!/usr/bin/env python3
"""Runs the tests and leaves nothing behind, however they end: no process, and no file outside of build.

    run.py [--name=TEXT] [--all] [--workers=N] FOLDER...      conftest.py says what the options do

`./build.sh test` builds what is tested, then calls this.
"""

import os
import signal
import sys
import tempfile

signal.signal(signal.SIGINT, signal.SIG_DFL)  # pytest does not listen yet: to end is enough

import pytest  # noqa: E402

from harness import processes  # noqa: E402

FOLDER = os.path.dirname(os.path.abspath(__file__))


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    processes.adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="megha-tests-", ignore_cleanup_errors=True) as folder:
        # Each temporary file of a test, of a tool and of pytest lies in here.
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, interrupted)
        try:
            where = ["-c", f"{FOLDER}/pytest.ini", "--rootdir", FOLDER, "--basetemp", f"{folder}/pytest"]
            return pytest.main([*where, *sys.argv[1:]])
        except KeyboardInterrupt:  # before a test began
            return 1
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            processes.end_descendants()


if __name__ == "__main__":
    sys.exit(main())

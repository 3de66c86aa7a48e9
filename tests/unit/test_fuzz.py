"""Damaged files do not break the loaders; `./build.sh soak` feeds them many more."""

import shutil
import subprocess

import pytest

from harness.places import TOP

RUNS = 20000


@pytest.mark.parametrize("target", ["config", "fat", "memory_map", "module", "program"])
def test_damaged_files_do_not_break_the_loader_of(target):
    assert shutil.which("clang"), "clang is missing; ./build.sh setup installs it"
    command = [TOP / "tests/fuzz/fuzz.py", "--runs", str(RUNS), target]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

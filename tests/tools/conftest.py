"""Copies of the working tree, in which a test may build and break what it likes."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from harness.places import TOP


class Tree:
    """A folder with the sources of this tree, without what was built."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        skipped = shutil.ignore_patterns("build", ".git", "__pycache__", "*.lock")
        shutil.copytree(TOP, self.folder, ignore=skipped, dirs_exist_ok=True)

    def build_sh(self, *arguments, **more):
        """Runs build.sh there; returns the finished process with stdout and stderr as text."""
        return run_build_sh(*arguments, folder=self.folder, **more)


def run_build_sh(*arguments, folder=TOP, environment=None, limit=110):
    return subprocess.run([f"{folder}/build.sh", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env={**os.environ, **(environment or {})}, timeout=limit, check=False)  # fmt: skip


def pytest_collection_modifyitems(items):
    """All that reads the trace is done by one worker: it is made once, and by nobody else meanwhile."""
    for item in items:
        if "whole_trace" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("trace"))


@pytest.fixture(scope="session")
def build_sh():
    return run_build_sh


@pytest.fixture
def tree():
    with tempfile.TemporaryDirectory(prefix="megha-tree-") as folder:
        yield Tree(f"{folder}/tree")


@pytest.fixture(scope="module")
def built_tree():
    """A tree in another folder with a difficult name, built in another time zone, with other rights for new files."""
    with tempfile.TemporaryDirectory(prefix="megha-tree-") as folder:
        tree = Tree(f"{folder}/ein anderer, früherer Platz")
        before = os.umask(0o077)
        built = tree.build_sh("image", environment={"TZ": "Asia/Kolkata", "LC_ALL": "C.UTF-8"})
        os.umask(before)
        assert built.returncode == 0, built.stdout + built.stderr
        yield tree


@pytest.fixture(scope="session")
def whole_trace():
    """What `./build.sh trace` says; the trace of the whole boot then lies in build."""
    made = run_build_sh("trace", limit=300)
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout


@pytest.fixture
def small_copy():
    """A folder with what the debugging tools read, to be spoiled."""
    with tempfile.TemporaryDirectory(prefix="megha-debug-") as folder:
        folder = pathlib.Path(folder)
        # Of build only what nobody writes while tests run.
        built = [f"build/{name}" for name in ("loader", "kernel", "apps", "modules", "library")]
        for name in ("tools", "include", "bootloader", "kernel", "lib", *built):
            shutil.copytree(TOP / name, folder / name)
        for name in ("bochsrc", "build/megha.sym"):
            shutil.copy(TOP / name, folder / name)
        subprocess.run(["cp", "--sparse=always", TOP / "build/disk.img", folder / "build"], check=True)
        yield folder

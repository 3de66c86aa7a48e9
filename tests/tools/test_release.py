"""`./build.sh release`: what is given to others, the same bits every time."""

import gzip
import os
import subprocess

from harness.places import TOP


def made():
    told = subprocess.run([TOP / "build.sh", "release"], capture_output=True, text=True, timeout=300, check=False,
                          env={**os.environ, "CI": "true"})  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
    folder = TOP / "build/release"
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_release_is_complete_and_the_same_every_time():
    first, second = made(), made()
    assert sorted(first) == ["SHA256SUMS", "megha.img", "megha.img.gz", "megha.sym"]
    assert first == second
    assert gzip.decompress(first["megha.img.gz"]) == first["megha.img"] == (TOP / "build/disk.img").read_bytes()
    checked = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=TOP / "build/release", check=False)
    assert checked.returncode == 0

"""./build.sh bench --peer linux: the kernel that is fetched, the figures that are read, what is said without them."""

import os
import re
import subprocess
import sys

import pytest

from harness.places import BUILD, TOP

PEER = BUILD / "peer"
VERSION = "6.1.0-50-686 #1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-07-02)"
SERIAL = f"""[    0.904759] mce: Unable to init MCE device (rc: -5)
version:{VERSION}
row:null call int 0x80: 360 359 362
row:message round trip of 16 bytes: 12959 12959 28483
end:
[    4.962905] reboot: Power down
"""
TABLE = "row,instructions,least\nnull call int 0x80,31,31\nmessage round trip of 16 bytes,2069,2067\npage fault,,\n"
BY_HAND = "put a vmlinuz-6.1.*-686 of Debian 12 for i386 into the folder {}, and it is used"


@pytest.fixture
def tools(monkeypatch):
    """debian_kernel and bench_peer."""
    monkeypatch.syspath_prepend(TOP / "tools")
    import bench_peer
    import debian_kernel

    return debian_kernel, bench_peer


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """fake(command, shell script): stands before the true one on the PATH."""
    folder = tmp_path / "commands"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def make(command, script):
        (folder / command).write_text(f"#!/bin/sh\n{script}\n")
        (folder / command).chmod(0o755)

    return make


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "peer").mkdir()
    return tmp_path / "peer"


def kernel(size=8192):
    """The beginning of a Linux that says it has so many bytes."""
    header = bytearray(1024)
    header[0x1F1] = 1
    header[0x1F4:0x1F8] = ((size - 1024) // 16).to_bytes(4, "little")
    header[0x202:0x206] = b"HdrS"
    return bytes(header) + bytes(size - 1024)


def fake_debian(fake, tmp_path, image):
    """apt-get and apt-cache that have one package, with such a kernel in it, and note how they are called."""
    boot = tmp_path / "package/boot"
    control = tmp_path / "package/DEBIAN"
    boot.mkdir(parents=True)
    control.mkdir()
    (boot / "vmlinuz-6.1.0-9-686").write_bytes(image)
    (control / "control").write_text("Package: k\nVersion: 1\nArchitecture: all\nMaintainer: none\nDescription: none\n")
    subprocess.run(["dpkg-deb", "--build", tmp_path / "package", tmp_path / "k.deb"], check=True, capture_output=True)
    fake("apt-cache", "echo '  Depends: linux-image-6.1.0-9-686'")
    fake("apt-get", f'echo "$1" >>{tmp_path}/calls; [ "$1" != download ] || cp {tmp_path}/k.deb .')


def why_not(work, *arguments):
    with pytest.raises(Exception) as caught:
        work(*arguments)
    assert type(caught.value).__name__ == "Mishap"
    return str(caught.value)


# ---- The kernel


def test_a_peer_that_is_not_known_is_refused(build_sh):
    run = build_sh("bench", "--peer", "minix")
    assert run.returncode == 2 and "--peer linux" in run.stderr


def test_where_linux_cannot_be_had_a_sentence_says_so(tmp_path, folder):
    (tmp_path / "bench.csv").write_text(TABLE)
    command = [sys.executable, TOP / "tools/bench_peer.py", tmp_path / "bench.csv", folder]
    run = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr == f"bench: Debian's kernel cannot be fetched without apt-get; {BY_HAND.format(folder)}.\n"


def test_a_kernel_is_fetched_once_and_nothing_else_stays(tools, fake, folder, tmp_path):
    fake_debian(fake, tmp_path, kernel())
    for _ in range(2):
        assert tools[0].find(folder) == f"{folder}/vmlinuz-6.1.0-9-686"
    assert os.listdir(folder) == ["vmlinuz-6.1.0-9-686"]
    assert (tmp_path / "calls").read_text().split() == ["indextargets", "update", "download"]


def test_what_a_killed_run_left_is_no_kernel(tools, fake, folder, tmp_path):
    fake_debian(fake, tmp_path, kernel())
    (folder / "fetch/files/boot").mkdir(parents=True)
    (folder / "fetch/files/boot/vmlinuz-6.1.0-99-686").write_bytes(kernel())
    (folder / "vmlinuz-6.1.0-98-686").write_bytes(kernel()[:-1])
    (folder / "vmlinuz-6.1.0-97-686").write_bytes(b"")
    assert tools[0].find(folder) == f"{folder}/vmlinuz-6.1.0-9-686"
    assert not (folder / "fetch").exists()


def test_the_newest_of_two_kernels_is_taken(tools, folder):
    for number in (9, 10, 8):
        (folder / f"vmlinuz-6.1.0-{number}-686").write_bytes(kernel())
    (folder / "vmlinuz-6.12.0-1-686").write_bytes(kernel())
    assert tools[0].find(folder) == f"{folder}/vmlinuz-6.1.0-10-686"


def test_a_package_with_half_a_kernel_is_refused(tools, fake, folder, tmp_path):
    fake_debian(fake, tmp_path, kernel()[:5000])
    assert "Debian's package holds no whole kernel" in why_not(tools[0].find, folder)
    assert os.listdir(folder) == []


def test_an_apt_get_that_fails_is_quoted(tools, fake, folder):
    fake("apt-cache", "exit 100")
    fake("apt-get", '[ "$1" = indextargets ] || { echo "W: so so" >&2; exit 100; }')
    assert why_not(tools[0].find, folder) == (f"Debian's kernel cannot be had: `apt-get update` failed: so so; "
                                              f"try again, or {BY_HAND.format(folder)}")  # fmt: skip
    assert os.listdir(folder) == []


def test_an_apt_get_that_hangs_is_ended(tools, fake, folder, monkeypatch):
    monkeypatch.setattr(tools[0], "LIMIT", 3)
    fake("apt-cache", "echo nothing")
    fake("apt-get", '[ "$1" = indextargets ] || sleep 60')
    assert "`apt-get update` was not done after 3 seconds" in why_not(tools[0].find, folder)
    assert os.listdir(folder) == []


def test_a_series_that_is_gone_is_named(tools, fake, folder):
    fake("apt-cache", "echo '  Depends: linux-image-6.12.0-1-686'")
    fake("apt-get", "")
    assert "Debian 12 has no kernel of the series 6.1 for i386 any more" in why_not(tools[0].find, folder)


@pytest.mark.parametrize("known, expected", [
    ("main bookworm http://near/debian/\nmain bookworm-security http://near/security\ncontrib bookworm http://near/x\n",
     ["http://near/debian/ bookworm main", "http://near/security bookworm-security main"]),
    ("main trixie http://near/debian/\nmain stable http://far/packages\n",
     ["http://near/debian/ bookworm main", "http://deb.debian.org/debian-security bookworm-security main"]),
    ("main noble http://near/ubuntu/\n",
     ["http://deb.debian.org/debian bookworm main", "http://deb.debian.org/debian-security bookworm-security main"]),
], ids=["Debian 12", "Debian 13", "another system"])  # fmt: skip
def test_packages_come_from_the_computers_own_mirror(known, expected, tools, fake):
    fake("apt-get", f"cat <<'END'\n{known}END")
    assert [re.sub(r"^deb (\[.*\] )?", "", line) for line in tools[0].sources().splitlines()] == expected


# ---- The figures


def test_figures_are_read_from_what_linux_prints(tools):
    assert tools[1].read_figures(SERIAL) == (
        VERSION, {"null call int 0x80": 360, "message round trip of 16 bytes": 12959})  # fmt: skip


@pytest.mark.parametrize("text, complaint", [
    (SERIAL.replace("version:", ""), "Linux did not tell its version"),
    (SERIAL.replace("end:", ""), "Linux ended before all its rows were measured"),
    (SERIAL.replace("row:", ""), "Linux ended before all its rows were measured"),
    (SERIAL + "failed:clone\n", "Linux's program had an error from clone"),
    ("", "Linux did not tell its version"),
], ids=["no version", "no end", "no rows", "error", "nothing"])  # fmt: skip
def test_a_linux_without_figures_is_told(text, complaint, tools):
    assert why_not(tools[1].read_figures, text) == complaint


def test_a_linux_that_does_not_end_is_ended(tools, fake, folder, monkeypatch):
    monkeypatch.setattr(tools[1], "LIMIT", 1)
    fake("qemu-system-i386", "sleep 60")
    assert why_not(tools[1].boot, folder, "kernel", "files", "now") == "Linux did not end within 1 seconds"


def test_a_qemu_that_fails_is_quoted(tools, fake, folder):
    fake("qemu-system-i386", "echo no such thing >&2; exit 1")
    assert why_not(tools[1].boot, folder, "kernel", "files", "now") == "QEMU could not run Linux: no such thing"


def compare(tmp_path, folder, fake, table, serial):
    """A run in which QEMU prints that; the result of the whole command."""
    fake("qemu-system-i386", f"cat <<'END'\n{serial}END")
    (folder / "vmlinuz-6.1.0-9-686").write_bytes(kernel())
    for name in ("init", "tiny"):
        (folder / name).write_bytes(b"a program")
    if table:
        (tmp_path / "bench.csv").write_text(table)
    command = [sys.executable, TOP / "tools/bench_peer.py", tmp_path / "bench.csv", folder]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_both_columns_are_printed_and_what_is_quoted_is_marked(tmp_path, folder, fake):
    run = compare(tmp_path, folder, fake, TABLE, SERIAL)
    assert run.returncode == 0 and run.stderr == ""
    lines = [line.split() for line in run.stdout.splitlines()]
    assert f"Linux {VERSION}" in run.stdout and "* quoted, not measured here" in run.stdout
    assert "null call int 0x80 31 360 11.6 1,397 74".split() in lines
    assert "message round trip of 16 bytes 2,069 12,959 6.3 - -".split() in lines
    assert "page fault - - - 1,893 -".split() in lines


def test_a_row_that_megha_has_not_is_a_sentence(tmp_path, folder, fake):
    run = compare(tmp_path, folder, fake, TABLE, SERIAL.replace("end:", "row:nonsense: 1 1 1\nend:"))
    assert run.returncode == 1 and "null call int 0x80" in run.stdout
    assert re.fullmatch(r"bench: \S+ has no row nonsense; .+\.\n", run.stderr)


@pytest.mark.parametrize("table, complaint", [(None, "is missing"), ("nonsense\n1\n", "is no table of bench")])
def test_a_table_that_is_none_is_a_sentence(table, complaint, tmp_path, folder, fake):
    run = compare(tmp_path, folder, fake, table, SERIAL)
    assert run.returncode == 1 and re.fullmatch(rf"bench: \S+ {complaint}; .+\.\n", run.stderr)


def test_the_page_has_the_columns_once(tmp_path, folder, fake):
    page = tmp_path / "bench.html"
    page.write_text("<h1>Megha</h1>\n</html>\n")
    for _ in range(2):
        assert compare(tmp_path, folder, fake, TABLE, SERIAL).returncode == 0
    text = page.read_text()
    assert text.startswith("<h1>Megha</h1>\n<section") and text.endswith("</section>\n</html>\n")
    assert text.count("<td>12,959</td>") == 1 and VERSION in text


# ---- Linux itself


def test_linux_names_its_rows_as_megha_does():
    ours, theirs = ((TOP / path).read_text(encoding="utf-8") for path in ("apps/bench/rows.c", "tools/peer/linux.c"))
    names = re.findall(r'(?:\brow|measure_message)\("([^"]+)"', theirs)
    assert len(names) > 12 and all(f'{{"{name}", ' in ours for name in names), names


@pytest.mark.limit(700)
def test_a_boot_of_linux_gives_every_row_and_the_same_again(monkeypatch):
    """A real one: 20 seconds."""
    monkeypatch.syspath_prepend(TOP / "tools")
    import bench_peer
    import debian_kernel

    found = debian_kernel.newest(PEER)
    if not found:
        pytest.skip("no Linux was fetched here; ./build.sh bench --peer linux does that")
    command = ["flock", "tools", "make", "-f", "tools/Makefile", "peer"]  # the lock of build.sh
    made = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    files = bench_peer.write_files(PEER)
    version, rows = bench_peer.boot(PEER, found, files, bench_peer.STARTS[1])
    assert version.startswith("6.1.") and min(rows.values()) > 100
    names = re.findall(r'(?:\brow|measure_message)\("([^"]+)"', (TOP / "tools/peer/linux.c").read_text())
    assert set(names) - set(rows) <= {"null call sysenter"}
    assert bench_peer.boot(PEER, found, files, bench_peer.STARTS[1]) == (version, rows)

#!/usr/bin/env python3
"""Follows the README on a fresh Debian of each release, as a newcomer would, and tells how it went.

    hosts.py [RELEASE ...]      bookworm, trixie, sid ...; without any, those that the README promises

debootstrap makes the fresh Debian in a folder, from the mirror of this computer's apt; every step runs there by chroot,
in mounts and processes of its own that end with it. Nothing is left behind but what was downloaded, for the next run.
Needs root. The exit status is 1 when a step failed.
"""

import contextlib
import fcntl
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import debian_kernel
import terminal
import where

PROMISED = ("bookworm", "trixie")
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "megha/hosts"
PLACE = pathlib.Path("/var/tmp")
PREFIX = "megha-host-"
LOGS = where.BUILD / "hosts"
RECIPE = where.TOP / "tools/container/Containerfile"
TREE = "root/megha"  # in the fresh Debian
# Each ends when its first process does, and its mounts with it: --kill-child kills that one when we are killed.
APART = [*terminal.WITH_US, "unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child=KILL"]
ENTER = """\
set -e
mount -t proc proc "$0/proc"
mount -t sysfs -o ro sysfs "$0/sys"
mount -t devpts -o newinstance,ptmxmode=0666,gid=5,mode=620 devpts "$0/dev/pts"
ln -sf pts/ptmx "$0/dev/ptmx"
mkdir -p "$0/dev/shm"
mount -t tmpfs tmpfs "$0/dev/shm"
mount --bind "$1/archives" "$0/var/cache/apt/archives"
mount --bind "$1/lists" "$0/var/lib/apt/lists"
exec chroot "$0" /usr/bin/env -i HOME=/root TERM=xterm LANG=C.UTF-8 \\
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /bin/sh -c "cd /root/megha && $2"
"""
# What a newcomer does beside the steps of the container's recipe: (name, command, seconds that it may take).
MORE = [
    ("debug in Bochs", "echo info gdt | ./build.sh debug paging_on --script -", 300),
    ("trace", "./build.sh trace", 600),
    ("lesson", "./build.sh lesson 1 0x80 0xaa55", 300),
    ("bench", "./build.sh bench --check", 900),
    ("built by clang", "export COMPILER=clang; ./build.sh clean && ./build.sh image && ./build.sh run qemu", 900),
    ("test", "./build.sh clean && ./build.sh test", 5400),
    ("lint", "./build.sh lint", 600),
]
LIMITS = {"setup": 3600, "image": 600, "boot": 300}


def fail(text, status=1):
    sys.stdout.flush()
    print(f"build.sh: {text}", file=sys.stderr)
    sys.exit(status)


def recipe():
    """The steps of the container's recipe: its RUN lines by the command of build.sh, and CMD as `boot`."""
    lines = re.findall(r"(?m)^(RUN|CMD) (.+)$", RECIPE.read_text(encoding="utf-8"))
    for kind, command in lines:
        name = "boot" if kind == "CMD" else re.search(r"build\.sh (\w+)", command)[1]
        yield name, command, LIMITS[name]


# ---- The fresh Debian


def apt_options():
    """What this computer's apt knows of proxies, and of a mirror whose lists are old."""
    told = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    return "".join(re.findall(r"(?m)^Acquire::(?:https?::Proxy|Check-Valid-Until)\b.*\n", told))


def is_known(release):
    """Whether debootstrap has a script for it: what is no release is found before anything is made."""
    return re.fullmatch(r"[a-z]+", release) and os.path.exists(f"/usr/share/debootstrap/scripts/{release}")


def remove(folder):
    subprocess.run(["rm", "-rf", "--one-file-system", folder], check=False)


def sweep():
    """Removes what a run left behind that was killed: its folder is locked by nobody."""
    for folder in PLACE.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), open_locked(folder):
            remove(folder)


@contextlib.contextmanager
def open_locked(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def fresh_folder(release):
    folder = tempfile.mkdtemp(prefix=f"{PREFIX}{release}-", dir=PLACE)
    os.chmod(folder, 0o755)
    try:
        with open_locked(folder):
            yield pathlib.Path(folder)
    finally:
        remove(folder)


def make_debian(release, folder, cache, log):
    """debootstrap's packages are kept; returns its exit status."""
    command = ["debootstrap", "--variant=minbase", f"--cache-dir={cache / 'base'}", "--include=ca-certificates",
               release, str(folder), debian_kernel.mirror()]  # fmt: skip
    status = run([*APART, *command], log, 3600)
    if status == 0:
        # A mirror may be a copy of another day; that its lists are signed is checked all the same.
        options = apt_options() + 'Acquire::Check-Valid-Until "false";\n'
        (folder / "etc/apt/apt.conf.d/99host").write_text(options, encoding="utf-8")
        shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
        copy_tree(folder / TREE)
    return status


def copy_tree(target):
    """The repository as a clone has it: no file that git does not know."""
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=where.TOP,
                           capture_output=True, check=True).stdout  # fmt: skip
    target.mkdir(parents=True)
    for name in filter(None, names.decode().split("\0")):
        if os.path.lexists(where.TOP / name):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(where.TOP / name, target / name, follow_symlinks=False)


# ---- Steps


def run(command, log, limit):
    """Runs a command with an empty input; its output goes to a file. Returns its status, None when it took too long."""
    with open(log, "wb") as out, subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                                  stderr=subprocess.STDOUT) as process:  # fmt: skip
        try:
            return process.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            return None
        finally:
            process.kill()


def follow(release):
    """Yields (step, result, seconds) of one release. After a step that the others need, the rest is not tried."""
    cache = CACHE / release
    for name in ("base", "archives/partial", "lists/partial"):
        (cache / name).mkdir(parents=True, exist_ok=True)
    with fresh_folder(release) as folder:
        steps = [("fresh Debian", None, 0), *recipe(), *MORE]
        for at, (name, command, limit) in enumerate(steps):
            print(f"{release}: {name} ...", flush=True)
            log, begun = LOGS / f"{release}-{name.replace(' ', '-')}.log", time.monotonic()
            if command is None:
                status = make_debian(release, folder, cache, log)
            else:
                status = run([*APART, "sh", "-c", ENTER, str(folder), str(cache), command], log, limit)
            result = "ok" if status == 0 else "took too long" if status is None else "FAILED"
            yield name, result, time.monotonic() - begun
            if status != 0:
                tell_end(log)
            if status != 0 and name in ("fresh Debian", "setup", "image"):
                yield from ((other, "not tried", 0) for other, _, _ in steps[at + 1 :])
                return


def tell_end(log):
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    counted = [line for line in lines if re.match(r" +FAILED |\d+ passed", line)]
    print("\n".join(counted[-40:] or lines[-15:]) + f"\nAll of it is in {os.path.relpath(log)}.", flush=True)


def check(releases):
    if os.geteuid() != 0:
        fail("hosts makes a system in a folder, with mounts of its own, and needs root: `sudo ./build.sh hosts`")
    for release in releases:
        if not is_known(release):
            fail(f"debootstrap knows no release '{release}' of Debian; there are {', '.join(PROMISED)}, sid", 2)
    tried = subprocess.run([*APART, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        fail(f"mounts of its own are refused here (in a container?): {tried.stderr.strip()}")


def main():
    releases = sys.argv[1:] or list(PROMISED)
    check(releases)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sweep()
    LOGS.mkdir(parents=True, exist_ok=True)
    rows = []
    try:
        for release in releases:
            for name, result, seconds in follow(release):
                print(f"{release}: {name}: {result}, {seconds:.0f} s", flush=True)
                rows.append((release, name, result, seconds))
    except KeyboardInterrupt:
        print("\nInterrupted; what was made is removed.")
    print(f"\n{'release':10} {'step':16} {'result':14} {'seconds':>7}")
    for release, name, result, seconds in rows:
        print(f"{release:10} {name:16} {result:14} {seconds:7.0f}")
    sys.exit(0 if len(rows) and all(result == "ok" for _, _, result, _ in rows) else 1)


if __name__ == "__main__":
    main()

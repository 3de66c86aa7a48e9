"""build.sh: what it says, what it refuses, and that a build can be interrupted, repeated and done anywhere."""

import contextlib
import fcntl
import filecmp
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import termios
import time

import pytest

from harness.places import BUILD, DISK, TOP, layout_number, symbols

COMMANDS = ("setup", "image", "run", "debug", "gdb", "explain", "lesson", "usb", "release", "trace", "test",
            "bench", "soak", "hosts", "lint", "format", "clean", "help")  # fmt: skip
STEP = re.compile(r"^  [A-Z0-9]+ +\S+$", re.MULTILINE)


def test_help_has_a_sentence_for_every_command(build_sh):
    for arguments in ((), ("help",), ("--help",)):
        told = build_sh(*arguments)
        assert told.returncode == 0
        for command in COMMANDS:
            assert re.search(rf"(?m)^  \./build\.sh {command}\b.*  \w.*\w", told.stdout), f"no sentence for {command}"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("biuld",), COMMANDS),
        (("run", "vmware"), ("bochs", "qemu")),
        (("run", "bochs", "tests"), ("qemu tests",)),
        (("test", "integration"), ("unit", "system", "boot", "hostile", "tools")),
        (("test", "boot", "QEMU, IDE disc"), ("the machine boots and runs hello (QEMU, IDE disk)",)),
        (("debug", "no_such_milestone"), ("10_mbr_entry", "90_shell")),
        (("image", "please"), ("image",)),
        (("setup", "--no"), ("--yes",)),
        (("clean", "all"), ("clean",)),
        (("soak", "for ever"), ("rounds", "qemu", "bochs")),
        (("usb", "--file"), ("usage: ./build.sh usb [--dry-run]", "PATH")),
        (("gdb", "--server", "99999999"), ("1 to 65535",)),
    ],
)
def test_what_is_unknown_is_refused_with_the_choices(arguments, named, build_sh):
    told = build_sh(*arguments)
    assert told.returncode == 2, told.stdout + told.stderr
    for name in named:
        assert name in told.stderr
    assert arguments[-1] in told.stderr


def test_every_command_has_help(build_sh):
    whole = build_sh("help").stdout
    for command in ("image", "usb", "clean", "gdb"):
        told = build_sh(command, "--help")
        assert told.returncode == 0 and told.stdout == whole


def test_bochs_without_display_and_terminal_is_refused_with_another_way(build_sh):
    told = build_sh("run", environment={"DISPLAY": ""})
    assert told.returncode == 2
    assert "run qemu" in told.stderr


def test_a_cross_compiler_that_is_not_there_is_named(build_sh):
    told = build_sh("image", environment={"CROSS": "sparc-elf-"})
    assert told.returncode == 1
    assert "sparc-elf-gcc" in told.stderr


def test_a_compiler_that_is_not_known_is_refused_with_the_choices(build_sh):
    told = build_sh("image", environment={"COMPILER": "tcc"})
    assert told.returncode == 2
    assert "gcc, clang or clang-VERSION, not 'tcc'" in told.stderr


def test_the_ci_script_runs_the_test_command():
    text = (TOP / ".ci/run").read_text(encoding="utf-8")
    assert "./build.sh test" in text
    assert "CI=true" in text


# ---- Setup, with an apt-get that only writes down what it is asked to do


@pytest.fixture
def bare(tmp_path):
    """An environment where NASM is missing, and an apt-get that brings it."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for folder in ("/usr/sbin", "/usr/bin", "/bin"):
        for entry in os.scandir(folder):
            link = tools / entry.name
            if entry.name not in ("nasm", "apt-get", "sudo") and not link.exists():
                link.symlink_to(entry.path)
    apt = tools / "apt-get"
    apt.write_text(
        f"#!/bin/sh\ncd {tmp_path}\n"
        'case " $* " in *" -s "*) cat plan; exit ;; esac\n'
        'echo "$*" >>asked\n'
        "if [ -e fault ]; then cat fault >&2; exit 100; fi\n"
        'case " $* " in *" nasm "*) ln -s /usr/bin/nasm bin/nasm ;; esac\n',
        encoding="ascii",
    )
    apt.chmod(0o755)
    (tmp_path / "plan").write_text("Inst nasm (2.16)\n", encoding="ascii")
    sudo = tools / "sudo"
    sudo.write_text('#!/bin/sh\nexec "$@"\n', encoding="ascii")
    sudo.chmod(0o755)
    script = TOP / "build.sh"
    text = script.read_text(encoding="utf-8").replace(
        'export PATH="$PATH:/usr/sbin:/sbin"', ""
    )
    copy = tmp_path / "build.sh"
    copy.write_text(text, encoding="utf-8")
    copy.chmod(0o755)
    (tmp_path / "tools").mkdir()
    return tmp_path


def run_setup(bare, *arguments, **environment):
    clean = {name: value for name, value in os.environ.items() if name not in ("CI", "CROSS")}
    return subprocess.run([bare / "build.sh", *arguments], env={**clean, "PATH": f"{bare}/bin", **environment},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # fmt: skip


def asked(bare):
    path = bare / "asked"
    return path.read_text(encoding="ascii") if path.exists() else ""


def test_setup_without_a_terminal_says_what_to_type(bare):
    for command in ("setup", "image", "test"):
        told = run_setup(bare, command)
        assert told.returncode == 1
        assert "nasm" in told.stdout
        assert "./build.sh setup --yes" in told.stderr
    assert asked(bare) == ""


@pytest.mark.parametrize(("arguments", "environment"), [(("--yes",), {}), ((), {"CI": "true"})])
def test_setup_installs_what_is_missing_unasked(bare, arguments, environment):
    told = run_setup(bare, "setup", *arguments, **environment)
    assert told.returncode == 0, told.stdout + told.stderr
    update, install = asked(bare).splitlines()
    assert update.endswith("update")
    assert re.search(r"\binstall\b.* nasm$", install), "only what is missing is installed"
    assert run_setup(bare, "setup").returncode == 0


@pytest.mark.parametrize(("answer", "installs"), [("y", True), ("", True), ("n", False), ("what?", False)])
def test_setup_asks_in_a_terminal(bare, answer, installs):
    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in ("CI", "CROSS")}
    with subprocess.Popen([bare / "build.sh", "setup"], env={**clean, "PATH": f"{bare}/bin"}, stdin=theirs,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:  # fmt: skip
        os.write(ours, f"{answer}\n".encode())
        told = process.communicate(timeout=30)[0]
    os.close(ours)
    os.close(theirs)
    assert "These Debian packages are missing: nasm" in told
    assert ("install" in asked(bare)) == installs
    assert (process.returncode == 0) == installs


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("E: Could not get lock /var/lib/dpkg/lock. It is held by process 7", "another program is installing"),
        ("E: Failed to fetch http://mirror/nasm.deb  Temporary failure resolving 'mirror'", "Is there a network?"),
        ("E: Failed to fetch http://mirror/nasm.deb  404  Not Found", "did not give what was asked for"),
        ("E: dpkg was interrupted, you must manually run 'dpkg --configure -a'", "`dpkg --configure -a` ends it"),
        ("E: something else", "apt-get failed"),
    ],
)
def test_a_setup_that_fails_says_why_and_can_go_on(bare, fault, sentence):
    (bare / "fault").write_text(f"{fault}\n", encoding="ascii")
    told = run_setup(bare, "setup", "--yes")
    assert told.returncode == 1
    assert fault in told.stderr and sentence in told.stderr and "goes on where it stopped" in told.stderr
    (bare / "fault").unlink()
    assert run_setup(bare, "setup", "--yes").returncode == 0


def test_a_package_is_never_removed_without_a_word(bare):
    (bare / "plan").write_text("Remv gcc-multilib [4:12]\nInst nasm (2.16)\n", encoding="ascii")
    told = run_setup(bare, "setup", "--yes")
    assert told.returncode == 1
    assert "would have to remove gcc-multilib, for nasm; nothing was installed or removed" in told.stderr
    assert "install" not in asked(bare), "only the lists of packages were asked for"
    (bare / "plan").write_text("", encoding="ascii")
    assert run_setup(bare, "setup", "--yes").returncode == 0
    assert "--no-remove" in asked(bare)


def test_a_package_that_no_mirror_has_is_named_with_its_file(bare):
    cache = bare / "bin/apt-cache"
    cache.unlink()
    cache.write_text("#!/bin/sh\necho 'nasm:'; echo '  Candidate: (none)'\n", encoding="ascii")
    cache.chmod(0o755)
    told = run_setup(bare, "setup", "--yes")
    assert told.returncode == 1
    assert "no package nasm, which brings nasm; nothing was installed" in told.stderr
    assert "install" not in asked(bare)


def test_elsewhere_than_on_debian_the_missing_is_named(bare):
    (bare / "bin/apt-get").unlink()
    told = run_setup(bare, "setup", "--yes")
    assert told.returncode == 1
    assert "This is not Debian" in told.stdout
    assert "nasm" in told.stdout


# ---- Building


def test_the_image_is_the_same_wherever_it_is_built(built_tree):
    assert filecmp.cmp(built_tree.folder / "build/disk.img", DISK, shallow=False)


def test_beside_each_binary_lie_its_elf_map_and_listing(built_tree):
    build = built_tree.folder / "build"
    for name in ("loader/mbr", "loader/stage2", "kernel/kernel"):
        for kind in (".bin", ".elf", ".map", ".lst"):
            assert (build / f"{name}{kind}").stat().st_size > 0
    for program in (build / "apps").iterdir():
        if not program.suffix:
            for kind in (".elf", ".map", ".lst"):
                assert program.with_suffix(kind).stat().st_size > 0
    for line in (build / "megha.sym").read_text(encoding="ascii").splitlines():
        assert re.fullmatch(r"0x[0-9A-F]{8} \S+", line)
    assert symbols()["kernel_file"] == layout_number("KERNEL_LOAD")
    assert symbols()["program_area"] == layout_number("USER_START", "abi/layout.h")


def test_what_has_not_changed_is_not_built_again(built_tree):
    assert not STEP.search(built_tree.build_sh("image").stdout)
    os.utime(built_tree.folder / "lib/crc32.c")
    steps = built_tree.build_sh("image").stdout
    assert "lib/crc32.c" in steps
    assert "lib/string.c" not in steps
    assert "build/disk.img" in steps
    os.utime(built_tree.folder / "bootloader/boot.cfg")
    assert STEP.findall(built_tree.build_sh("image").stdout) == ["  IMAGE    build/disk.img"]
    assert filecmp.cmp(built_tree.folder / "build/disk.img", DISK, shallow=False)


def test_a_changed_inc_file_assembles_anew_what_includes_it(built_tree):
    """An included file that NASM's own list of dependencies may not tell of; the second includes a generated one."""
    for name, users, other in (
        ("bootloader/stage2/real/real.inc", ("stage2/entry.asm", "real/bios_call.asm"), "stage1/mbr.asm"),
        ("bootloader/stage1/parameter_block.inc", ("stage1/mbr.asm", "stage2/parameter_block.asm"), "real/read.asm"),
    ):
        os.utime(built_tree.folder / name)
        steps = built_tree.build_sh("image").stdout
        assert all(f"{user}\n" in steps for user in users) and other not in steps, steps
    assert not STEP.search(built_tree.build_sh("image").stdout)


def test_an_include_that_cannot_be_followed_is_refused(built_tree):
    source = built_tree.folder / "kernel/arch/x86/fpu.asm"
    right = source.read_text(encoding="utf-8")
    source.write_text(right + "%include HEADER\n", encoding="utf-8")
    failed = built_tree.build_sh("image")
    source.write_text(right, encoding="utf-8")
    assert failed.returncode == 1
    assert "fpu.asm: %include HEADER: write the name in quotes" in failed.stdout + failed.stderr


def test_v_1_shows_the_commands(built_tree):
    os.utime(built_tree.folder / "lib/crc32.c")
    shown = built_tree.build_sh("image", environment={"V": "1"}).stdout
    assert re.search(r"(?m)^\S*gcc .*-march=i486.* lib/crc32\.c", shown)


def test_a_folder_in_apps_is_a_program_on_the_image(built_tree):
    folder = built_tree.folder / "apps/sample"
    shutil.copytree(built_tree.folder / "apps/hello", folder)
    built = built_tree.build_sh("image")
    assert built.returncode == 0, built.stdout + built.stderr
    assert listing(built_tree, "/apps/sample")
    shutil.rmtree(folder)
    assert built_tree.build_sh("image").returncode == 0
    assert not listing(built_tree, "/apps/sample")


def listing(tree, path):
    command = ["mdir", "-b", "-i", f"{tree.folder}/build/disk.img@@1M", f"::{path}"]
    return subprocess.run(command, capture_output=True, text=True, check=False).returncode == 0


def test_a_wrong_program_stops_the_build_and_leaves_the_old_image(built_tree):
    source = built_tree.folder / "lib/crc32.c"
    right = source.read_text(encoding="utf-8")
    source.write_text(right + "\nint broken(\n", encoding="utf-8")
    failed = built_tree.build_sh("image")
    assert failed.returncode == 1
    assert "lib/crc32.c" in failed.stdout + failed.stderr
    assert "the build stopped" in failed.stderr
    assert filecmp.cmp(built_tree.folder / "build/disk.img", DISK, shallow=False)
    source.write_text(right, encoding="utf-8")
    assert built_tree.build_sh("image").returncode == 0


def test_clean_removes_what_was_built(built_tree):
    assert built_tree.build_sh("clean").returncode == 0
    assert not (built_tree.folder / "build").exists()
    assert built_tree.build_sh("image").returncode == 0


@pytest.mark.limit(240)
def test_a_killed_build_goes_on_and_two_at_once_do_no_harm(tree):
    """Kills builds after ever longer times, then starts two together."""
    for after in (0.3, 1.0, 2.5):
        process = start(tree)
        time.sleep(after)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    together = [start(tree), start(tree)]
    assert [process.wait(timeout=200) for process in together] == [0, 0]
    assert filecmp.cmp(tree.folder / "build/disk.img", DISK, shallow=False)


def start(tree):
    return subprocess.Popen([tree.folder / "build.sh", "image"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip


# ---- Running


def test_run_qemu_without_input_boots_and_switches_off(build_sh):
    ran = build_sh("run", "qemu")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "milestone 90 shell" in ran.stdout
    assert re.search(r"(?m)^megha> halt$", ran.stdout)


def test_run_qemu_types_the_lines_of_its_input():
    command = [TOP / "build.sh", "run", "qemu"]
    ran = subprocess.run(command, input="hello\nls", capture_output=True, text=True, timeout=110, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"(?m)^megha> hello\nHello from ring 3, pid \d+\nmegha> ls\n", ran.stdout), ran.stdout
    assert re.search(r"(?m)^/apps/hello +\d+$", ran.stdout)


TRIPLE_FAULT = """
        bits 16
        org 0x7C00
        cli
        lidt [none]
wrong:  int3
none:   dw 0
        dd 0
        times 510 - ($ - $$) db 0
        dw 0xAA55
"""


@pytest.fixture
def faulting_disk(tmp_path):
    """A boot record that takes the table of interrupts away and raises one: a triple fault in the end."""
    (tmp_path / "fault.asm").write_text(TRIPLE_FAULT)
    disk = tmp_path / "fault.img"
    subprocess.run(["nasm", "-f", "bin", "-o", disk, tmp_path / "fault.asm"], check=True)
    os.truncate(disk, 1 << 20)
    return disk


def test_run_qemu_tells_of_a_triple_fault_and_where_it_was(faulting_disk):
    command = [sys.executable, TOP / "tools/run_qemu.py", faulting_disk]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    assert re.search(r"restarted by itself: a triple fault\. .*EIP=00007c06", ran.stderr), ran.stderr
    assert "`./build.sh explain 0x00007c06`" in ran.stderr and "docs/faults.md" in ran.stderr
    assert "It restarts by itself" in (TOP / "docs/faults.md").read_text(encoding="utf-8")


def test_run_qemu_tells_of_a_triple_fault_in_a_terminal_too(faulting_disk):
    status, shown = in_terminal([sys.executable, TOP / "tools/run_qemu.py", faulting_disk])
    assert status == 1 and "a triple fault" in shown, shown


def test_run_qemu_goes_on_when_the_machine_is_told_to_restart():
    command = [sys.executable, TOP / "tools/run_qemu.py", TOP / "build/disk.img"]
    ran = subprocess.run(command, input="reboot\n", capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("milestone 90 shell") == 2 and "triple" not in ran.stderr
    assert ran.stderr.count("the machine restarts") == 1, ran.stderr


def in_terminal(command, *keys):
    """Runs a command in a terminal of 80 x 25. keys are pairs: a pattern, and what is typed when it was shown.

    Returns the exit status and all that was shown.
    """
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    termios.tcsetwinsize(ours, (25, 80))
    environment = {**os.environ, "TERM": "linux", "DISPLAY": ""}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment,
                               start_new_session=True)  # fmt: skip
    os.close(theirs)
    shown, at, end, waiting = "", 0, time.monotonic() + 60, list(keys)
    try:
        while True:
            assert time.monotonic() < end, f"waited for {waiting or 'the end'}, but it shows: {shown[-2000:]}"
            try:
                shown += os.read(ours, 65536).decode(errors="replace")
            except BlockingIOError:
                time.sleep(0.02)
            except OSError:  # all that had this terminal have ended
                assert not waiting, f"it ended before {waiting}: {shown[-2000:]}"
                return process.wait(timeout=30), shown
            if waiting and (match := re.search(waiting[0][0], shown[at:])):
                os.write(ours, waiting.pop(0)[1].encode())
                at += match.end()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(ours)


def test_run_qemu_in_a_terminal_passes_keys_and_can_be_left():
    command = [TOP / "build.sh", "run", "qemu"]
    status, shown = in_terminal(command, ("megha> ", "hello\r"), ("Hello from ring 3", "\x1d"))
    assert status == 0, shown
    assert "Ctrl-]" in shown


@contextlib.contextmanager
def build_to_ourselves():
    """Debuggers, of whom one at a time writes its log to build, wait or write elsewhere."""
    with open(BUILD / "debug.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_run_bochs_in_a_terminal_shows_the_screen_and_takes_keys():
    words = "All these Words come at once, and each of them arrives."
    with build_to_ourselves():
        status, shown = in_terminal([TOP / "build.sh", "run", "bochs"], ("megha>", f"echo {words}\r"),
                                    (f"(?s){words}.*megha>", "halt\r"))  # fmt: skip
    assert status == 0, shown
    assert "milestone 90 shell" in shown
    assert "PANIC" not in shown, "to switch off is no mishap"


def test_debug_stops_at_the_first_instruction_and_at_a_milestone():
    command = [TOP / "build.sh", "debug", "protected_mode"]
    status, shown = in_terminal(command, (r"(?s)milestone_22_protected_mode.*<bochs:1>", "q\r"))
    assert status == 0, shown
    assert re.search(r"0000:7c00 \(milestone_10_mbr_entry\+0\)", shown), shown
    assert "print-stack" in shown, "the card"

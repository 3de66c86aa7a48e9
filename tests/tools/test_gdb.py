"""`./build.sh gdb`: source lines from the boot record's first instruction to a program's main, and VS Code's way."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import tty

from harness.places import TOP

# Steps line by line to a function: over the loops that sum up what was read, into the calls that do not return.
WALK = """
python
seen = []
def here():
    place = gdb.selected_frame().find_sal()
    return place.symtab.filename.split("/")[-1], place.line
for count in range(400):
    file, line = here()
    seen.append((file, line))
    text = open(gdb.selected_frame().find_sal().symtab.fullname()).read().splitlines()[line - 1]
    if gdb.selected_frame().name() == "stage2_main":
        break
    if text.split()[:1] == ["loop"]:
        gdb.execute(f"stop-at {file}:{line + 1}", to_string=True)
    elif "try_reader" in text or "stage2_main" in text:
        gdb.execute("stepi", to_string=True)
    else:
        gdb.execute("step-line", to_string=True)
for file, line in seen:
    print(f"at {file}:{line}")
print("function", gdb.selected_frame().name())
end
"""


def gdb(*arguments, script):
    command = [sys.executable, TOP / "tools/run_gdb.py", *arguments, "--script", "-"]
    return subprocess.run(command, input=script, capture_output=True, text=True, timeout=100, check=False)


def line_of(path, text):
    lines = (TOP / path).read_text(encoding="utf-8").splitlines()
    return next(at for at, line in enumerate(lines, 1) if text in line)


def test_gdb_steps_from_the_boot_record_line_by_line_into_stage2_main():
    told = gdb(script=WALK)
    assert told.returncode == 0, told.stdout + told.stderr
    seen = re.findall(r"^at (\S+):(\d+)$", told.stdout, re.MULTILINE)
    files = list(dict.fromkeys(file for file, _ in seen))
    assert files == ["mbr.asm", "entry.asm", "protected_mode.asm", "main.c"], told.stdout
    assert "function stage2_main" in told.stdout
    for path, text in (("bootloader/stage1/mbr.asm", "call    disk"), ("bootloader/stage1/mbr.asm", "jmp     0:STAGE2"),
                       ("bootloader/stage2/entry.asm", "call    check_cpu"),
                       ("bootloader/stage2/real/protected_mode.asm", "lgdt    [gdt_pointer]"),
                       ("bootloader/stage2/real/protected_mode.asm", "mov     cr0, eax")):  # fmt: skip
        assert (path.split("/")[-1], str(line_of(path, text))) in seen, f"{text} was stepped past"


def test_gdb_disassembles_as_the_cpu_decodes():
    told = gdb(script="x/2i 0x7c61\nstop-at protected_mode\nx/i $pc\nstop-at paging_on\nstop-at mapped_high\nx/i $pc\n")
    assert told.returncode == 0, told.stdout + told.stderr
    assert re.search(r"xor +ax,ax\n.*mov +ds,ax", told.stdout), "16 bits"
    assert re.search(r"mov +edi,0x", told.stdout), "32 bits"
    assert re.search(r"=> 0xc01[0-9a-f]{5} <milestone_64_mapped_high>", told.stdout), "high addresses"


def test_gdb_steps_over_a_bios_call_in_real_mode():
    line = line_of("bootloader/stage1/mbr.asm", "int     0x13")
    told = gdb(f"mbr.asm:{line}", script="over\nprint/x $cs\nprint/x $ebx & 0xffff\n")
    assert told.returncode == 0, told.stdout + told.stderr
    assert re.search(r"=> 0x7[cd][0-9a-f]{2} <disk\+\d+>", told.stdout), "behind it"
    assert "= 0xaa55" in told.stdout, "the BIOS has answered"


def test_gdb_stops_in_the_main_of_a_program_with_its_callers():
    told = gdb("init:main", script="bt\nnext\ninfo symbol $pc\n")
    assert told.returncode == 0, told.stdout + told.stderr
    assert re.search(r"#0  main \(.*at apps/init/main\.c:\d+", told.stdout)
    assert re.search(r"#1 .*runtime_start \(\) at apps/runtime/start\.c:\d+", told.stdout)
    line = line_of("apps/shell/main.c", "int main(")
    told = gdb(f"apps/shell/main.c:{line + 1}", script="info symbol $pc\n")
    assert "shell.elf" in told.stdout, told.stdout + told.stderr


def test_gdb_refuses_what_it_does_not_know():
    told = gdb("protectedmode", script="")
    assert told.returncode == 2
    assert "protected_mode" in told.stderr
    told = subprocess.run([sys.executable, TOP / "tools/run_gdb.py"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert told.returncode == 2
    assert "terminal" in told.stderr


def test_a_port_in_use_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = subprocess.run([sys.executable, TOP / "tools/run_gdb.py", "--server", str(port)], capture_output=True,
                              text=True, timeout=30, check=False)  # fmt: skip
    assert told.returncode == 1
    assert f"port {port} is in use" in told.stderr


# ---- What F5 in VS Code does -----------------------------------------------------------------------------------------


class Server:
    """The machine that waits for a gdb, as the task of VS Code starts it."""

    def __init__(self):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen([sys.executable, TOP / "tools/run_gdb.py", "--server", str(self.port)],
                                        stdout=subprocess.PIPE, text=True, start_new_session=True)  # fmt: skip
        self.said = [self.process.stdout.readline() for _ in range(2)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def test_the_files_of_vs_code_start_the_machine_and_gdb_stops_in_the_boot_record():
    tasks = json.loads((TOP / ".vscode/tasks.json").read_text(encoding="utf-8"))["tasks"]
    launch = json.loads((TOP / ".vscode/launch.json").read_text(encoding="utf-8"))["configurations"][0]
    task = next(task for task in tasks if task["label"] == launch["preLaunchTask"])
    assert task["command"] == "./build.sh gdb --server"
    text = json.dumps([tasks, launch])
    assert not re.search(r'"/(home|work|usr|root)', text), "paths are relative"
    commands = [found["text"] for found in launch["customLaunchSetupCommands"]]
    with Server() as server:
        assert re.search(task["problemMatcher"]["background"]["endsPattern"], server.said[1].strip())
        script = "".join(f"{command}\n" for command in commands).replace("1234", str(server.port))
        script += '-break-insert bootloader/stage1/mbr.asm:45\n-exec-continue\n'
        gdb_mi = subprocess.Popen(["gdb", "-nx", "-q", "--interpreter=mi2"], cwd=TOP, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)  # fmt: skip
        gdb_mi.stdin.write(script)
        gdb_mi.stdin.flush()
        said = read_until(gdb_mi, r'\*stopped,reason="breakpoint-hit".*mbr\.asm"')
        gdb_mi.kill()
    assert re.search(r'~"#0  milestone_10_mbr_entry \(\) at bootloader/stage1/mbr\.asm', said), said
    assert '^error' not in said, said


def read_until(process, pattern):
    os.set_blocking(process.stdout.fileno(), False)
    said, end = "", time.monotonic() + 40
    while not re.search(pattern, said):
        assert time.monotonic() < end, f"gdb did not say {pattern}: {said}"
        try:
            said += os.read(process.stdout.fileno(), 65536).decode(errors="replace")
        except BlockingIOError:
            pass
        time.sleep(0.02)
    return said


def read_console(console, wanted):
    said, end = b"", time.monotonic() + 60
    while wanted not in said:
        assert time.monotonic() < end, said.decode(errors="replace")
        if select.select([console], [], [], 1)[0]:
            said += os.read(console, 4096)


def type_at_prompt(path, keys):
    console = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(console)
    read_console(console, b"megha> ")
    os.write(console, keys)
    read_console(console, keys.rstrip())  # what QEMU has not taken when this end closes would be lost
    os.close(console)


def test_gdb_knows_a_position_independent_program_where_it_was_loaded():
    with Server() as server:
        command = ["gdb", "-nx", "-q", "-batch", "-x", "tools/gdb/megha.py"]
        for step in (f"connect localhost:{server.port}", "stop-at where:main", "bt", "info symbol $pc"):
            command += ["-ex", step]
        told = subprocess.Popen(command, cwd=TOP, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)  # fmt: skip
        type_at_prompt(re.search(r"/dev/pts/\d+", server.said[0])[0], b"where\r")
        told = told.communicate(timeout=60)[0]
    assert re.search(r"#0  main \(.*apps/where/main\.c:\d+", told), told
    assert "where.elf" in told


def test_gdb_shows_a_loop_of_the_kernel_with_interrupts_off():
    """The module's name is not its file's."""
    with Server() as server:
        command = ["gdb", "-nx", "-q", "-batch", "-x", "tools/gdb/megha.py"]
        for step in (f"connect localhost:{server.port}", "continue", "bt", "info registers eflags"):
            command += ["-ex", step]
        told = subprocess.Popen(command, cwd=TOP, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)  # fmt: skip
        type_at_prompt(re.search(r"/dev/pts/\d+", server.said[0])[0], b"modules load broken_hang broken\r")
        time.sleep(2)  # a machine that loops says nothing
        told.send_signal(signal.SIGINT)
        told = told.communicate(timeout=60)[0]
    assert re.search(r"#0  broken_hang \(\) at kernel/modules/broken/faults_rules\.c:\d+\n", told), told
    assert re.search(r"#\d .*syscall_module_load", told), told
    assert not re.search(r"eflags .*\bIF\b", told), told


def test_gdb_knows_a_linked_module_where_the_kernel_has_placed_it():
    with Server() as server:
        command = ["gdb", "-nx", "-q", "-batch", "-x", "tools/gdb/megha.py"]
        for step in (f"connect localhost:{server.port}", "stop-at module_call", "break clock_read", "continue", "bt",
                     "info symbol $pc"):  # fmt: skip
            command += ["-ex", step]
        told = subprocess.Popen(command, cwd=TOP, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)  # fmt: skip
        type_at_prompt(re.search(r"/dev/pts/\d+", server.said[0])[0], b"date -l\r")
        told = told.communicate(timeout=60)[0]
    assert re.search(r"#0  clock_read \(.*kernel/modules/clock/module\.c:\d+", told), told
    assert re.search(r"#1 .*kernel/modules/calendar/module\.c:\d+\n#2 .*module_call", told), told
    assert "clock.elf" in told

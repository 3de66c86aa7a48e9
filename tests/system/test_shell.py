"""The shell and the programs that show what the kernel does, typed at over the serial line and at the keyboard."""

import re
import time

import pytest

from harness.bochs import Bochs
from harness.image import Image
from harness.machine import WAIT, Mishap
from harness.places import TEST_DISK, TOP, milestones
from harness.qemu import Qemu
from harness.road import boot, say_hello

UP, DOWN, RIGHT, LEFT, HOME, END, DELETE = ("\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[3~")
CTRL_C = "\x03"
LETTER = "Dear reader,\n\tthis is a file.\x07\x1b[2J\nYours"
START_TIME = 0.3  # seconds in which a program that was typed has begun, as a rule
MULTIPLIERS = ("chain", "crowd", "bomb", "waits")  # parts of tests/system/programs/groups
END_TIME = 20  # seconds in which all of them have ended
OVERFLOWS = ("overflow", "overflow 0", "overflow thread", "overflow thread 0", "ring0 overflow")


@pytest.fixture(scope="module")
def image():
    with Image(TEST_DISK) as copy:
        copy.put("/apps/letter.txt", LETTER.encode())
        yield copy.path


@pytest.fixture(scope="module", params=[Qemu, Bochs], ids=["QEMU", "Bochs"])
def machines(request, image):
    """One machine for all tests of this file; after a test that failed, the next one gets a new one."""
    running = []

    def at_prompt():
        if not running:
            machine = request.param(image)
            running.append(machine.__enter__())
            if isinstance(machine, Bochs):
                machine.go()
            boot(machine)
        return running[0]

    def drop():
        while running:
            running.pop().stop()

    at_prompt.drop = drop
    yield at_prompt
    drop()


@pytest.fixture
def machine(machines):
    """The machine at its prompt, with nothing typed and nothing more to be read."""
    machine = machines()
    try:
        machine.type(CTRL_C + "echo ready\r")
        machine.wait_for(r"(?m)^ready\nmegha> ")
    except Mishap:
        machines.drop()
        machine = machines()
    return machine


def keys(machine, text):
    """Types keys, of which the last is Enter, and returns what is printed behind the echoed line."""
    machine.type(text + "\r")
    return machine.wait_for_prompt().partition("\n")[2]


def pid_of(text):
    return int(re.search(r"\bpid (\d+)", text)[1])


def end_by_ctrl_c(machine, press):
    """Presses Ctrl-C until a program that was typed ends. A key before its beginning is kept for the shell."""
    end = time.monotonic() + WAIT
    while True:
        time.sleep(START_TIME)
        press()
        try:
            return machine.wait_for_prompt(1)
        except Mishap:
            if time.monotonic() > end or "PANIC" in machine.serial:
                raise


def free_memory(machine):
    return re.search(r"(\d+) KiB are free", machine.command("mem"))[1]


# ---- The line ------------------------------------------------------------------------------------------------------


def test_cursor_keys_edit_the_line(machine):
    assert keys(machine, "eco one" + LEFT * 5 + "h" + END + "x" + HOME + RIGHT * 5 + DELETE + "w") == "wnex\n"


def test_up_and_down_bring_lines_back(machine):
    machine.command("echo first")
    machine.command("echo second")
    assert keys(machine, UP + UP) == "first\n"
    assert keys(machine, UP + UP + DOWN) == "first\n"
    assert keys(machine, "echo typ" + UP + DOWN + "ed") == "typed\n"


def test_tab_completes_a_name(machine):
    assert keys(machine, "ech\ttab") == "tab\n"
    assert re.search(r"Hello from ring 0", keys(machine, "ring0 hell\t"))
    assert re.search(r"Hello from ring 3", keys(machine, "without r\thell\t"))
    assert "this is a file" in keys(machine, "cat /apps/let\t")


def test_tab_lists_the_names_when_there_are_several(machine):
    machine.type("h\t")
    listed = machine.wait_for_prompt()
    assert {"help", "halt", "hello"} <= set(listed.split()), listed
    machine.type(CTRL_C)
    machine.wait_for_prompt()


def test_ctrl_c_gives_a_line_up(machine):
    machine.type("halt" + CTRL_C)
    assert machine.wait_for_prompt() == "halt^C\n"
    say_hello(machine)


def test_a_line_of_10000_characters_is_told_and_the_prompt_returns(machine):
    printed = keys(machine, "x" * 10000)
    assert printed == "The line is longer than 255 characters; it is not carried out.\n"
    say_hello(machine)


def test_a_line_wider_than_the_screen_is_carried_out_whole(machine):
    words = " ".join(f"w{i}" for i in range(60))
    assert keys(machine, f"echo {words}").endswith(f"{words}\n")


def test_control_bytes_do_no_harm(machine):
    told = (3, ord("\t"), ord("\n"), ord("\r"), 27)
    noise = "".join(chr(byte) for byte in [*range(32), *range(127, 256)] if byte not in told)
    assert keys(machine, noise + "\x1b[99z\x1b\x1b[zecho ok") == "ok\n"


# ---- Commands ------------------------------------------------------------------------------------------------------


def test_help_names_commands_that_there_are(machine):
    printed = machine.command("help")
    names = {line.split()[0] for line in printed.splitlines()[:-2]} - {"NAME"}
    assert {"ls", "cat", "echo", "ps", "mem", "uptime", "clear", "milestones", "inspect", "kill", "without", "ring0",
            "halt", "reboot"} <= names  # fmt: skip
    page = (TOP / "docs/shell.md").read_text(encoding="utf-8")
    assert [name for name in names if f"`{name}" not in page] == [], "docs/shell.md leaves commands out"
    for name in names - {"halt", "reboot", "clear"}:
        assert "no such program" not in machine.command(name), name


def test_an_unknown_command_is_told(machine):
    for name in ("nosuchthing", "&", "''", "/", "x" * 200, "/apps/", "%s%n"):
        assert re.search(r"no such program or command|limit|empty", keys(machine, name)), name


def test_echo_prints_its_words(machine):
    assert machine.command("echo  two  words &") == "two  words &\n"
    assert machine.command("echo") == "\n"


def test_cat_prints_text_and_dots_for_the_rest(machine):
    assert machine.command("cat /apps/letter.txt") == "Dear reader,\n\tthis is a file...[2J\nYours\n"
    assert machine.command("cat /apps/hello").startswith(".ELF")
    assert keys(machine, "cat ").startswith("cat: name a file")
    for name in ("/apps/none", "/"):
        assert "there is nothing of that name" in keys(machine, f"cat {name}")


def test_mem_and_uptime_tell_numbers(machine):
    assert re.search(r"(?m)^ +\d+ KiB are free$", machine.command("mem"))
    first, second = (float(re.search(r"for (\d+\.\d{3}) seconds", machine.command("uptime"))[1]) for _ in range(2))
    assert second >= first


def test_milestones_tells_each_with_its_cost(machine):
    rows = re.findall(r"(?m)^ +(\d+)  (\w+) +(\d+\.\d{6})(?: +(\d+\.\d{3}))?", machine.command("milestones"))
    assert [(int(number), name) for number, name, _, _ in rows] == [(n, name) for n, name, _, _ in milestones()]
    times = [round(float(seconds) * 1000000) for _, _, seconds, _ in rows]
    costs = [round(float(cost) * 1000) for _, _, _, cost in rows[1:]]
    assert costs == [after - before for before, after in zip(times, times[1:])]


def test_ps_shows_processes_and_their_threads(machine):
    pid = pid_of(machine.command("primes 100000000 &"))
    printed = machine.command("ps")
    machine.command(f"kill {pid}")
    assert re.search(r"(?m)^ +1 +0 +0 init +user process +\d+ alive +\d+\.\d{3} \d+K$", printed), printed
    assert re.search(rf"(?m)^ +{pid} +\d+ +{pid} primes +user process +4 alive +\d+\.\d{{3}} \d+K\n"
                     r" +thread \d+ +user thread +4 ready +\d+\.\d{3} \d+K of 64K$", printed), printed  # fmt: skip
    assert re.search(r"user thread +6 running +\d+\.\d{3}", printed), "the shell runs while it prints this"
    assert max(map(len, printed.splitlines())) <= 79, "a line is wider than the screen"


def test_inspect_draws_an_address_space(machine):
    printed = machine.command("inspect 1")
    boxes = re.findall(r"(?m)^0x([0-9A-F]{8}) \+-+\+$", printed)
    addresses = [int(box, 16) for box in boxes]
    assert addresses == sorted(addresses) and addresses[0] == 0 and addresses[-1] == 0xFFFFFFFF, printed
    for words in ("the program's code", "the program's constants", "the stack of thread", "guard", "information page",
                  "stub for system calls", "the kernel, the same in every process", "nothing, so that"):  # fmt: skip
        assert words in printed, words
    assert re.search(r"ring 3 may read and execute; RAM stands behind \d+ KiB", printed)
    assert "there is no process 9999" in machine.command("inspect 9999")
    assert "name a process by its number" in machine.command("inspect shell")


def test_kill_tells_what_it_cannot_end(machine):
    assert "init" in machine.command("kill 1")
    assert "there is no process 9999" in machine.command("kill 9999")
    for text in ("", "x", "0", "-1", "1x", "99999999999999999999"):
        for command in ("kill", "kill -g"):
            said = keys(machine, f"{command} {text}")
            assert re.search("name a process by its number|there is no process", said), (command, text)
    assert "in no group" in machine.command("kill -g 1") and "in no group" in machine.command("kill -g 2")
    assert "there is no process or group 9999" in machine.command("kill -g 9999")


def test_clear_empties_the_screen(machine):
    machine.command("help")
    machine.type("clear\r")
    machine.wait_for(r"\x1b\[2J\x1b\[Hmegha> ")
    lines = [line for line in machine.screen() if line]
    assert [line.strip() for line in lines] == ["megha>"], lines


# ---- Programs ------------------------------------------------------------------------------------------------------


def test_a_program_in_the_background_is_told_and_its_end_too(machine):
    pid = pid_of(machine.command("hello &"))
    machine.wait_for(rf"Hello from ring 3, pid {pid}\n")
    end = time.monotonic() + WAIT
    while not (told := machine.command("")) and time.monotonic() < end:
        pass  # what it prints comes before its end
    assert told == f"[pid {pid}] hello has ended, status 0.\n"


def test_the_prompt_answers_while_a_program_computes(machine):
    pid = pid_of(machine.command("primes 100000000 &"))
    say_hello(machine)
    assert machine.command("echo still here") == "still here\n"
    ended = machine.command(f"kill {pid}") + machine.command("")
    assert f"[pid {pid}] primes was ended by another process." in ended


def test_ctrl_c_ends_the_program_in_the_foreground(machine):
    machine.type("primes 100000000\r")
    machine.wait_for("primes 100000000\n")
    shown = end_by_ctrl_c(machine, lambda: machine.type(CTRL_C))
    assert re.fullmatch(r"\^C\nprimes \(pid \d+\) was ended by Ctrl-C\.\n", shown)
    machine.type("echo ready\r")
    machine.wait_for(r"(?m)^ready\nmegha> ")
    say_hello(machine)


def ends(machine, name):
    """Whether no process of that name is left, soon."""
    end = time.monotonic() + END_TIME
    while re.search(rf"(?m)^ *\d+ +\d+ +\d+ {name} ", machine.command("ps")):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("part", MULTIPLIERS)
def test_ctrl_c_ends_all_that_a_program_has_started(machine, part):
    before = free_memory(machine)
    other = pid_of(machine.command("primes 100000000 &"))
    machine.type(f"groups keep {part}\r")
    machine.wait_for(f"groups keep {part}\n")
    time.sleep(START_TIME)
    machine.type(CTRL_C)
    assert re.fullmatch(r"\^C\ngroups \(pid \d+\) was ended by Ctrl-C\.\n", machine.wait_for_prompt())
    assert ends(machine, "groups")
    assert re.search(rf"(?m)^ *{other} +\d+ +{other} primes ", machine.command("ps")), "the background goes on"
    assert machine.command(f"kill -g {other}") == ""
    assert ends(machine, "primes")
    assert free_memory(machine) == before


@pytest.mark.parametrize("part", MULTIPLIERS)
def test_kill_g_ends_a_group_by_the_number_of_its_first_process(machine, part):
    before = free_memory(machine)
    group = pid_of(machine.command(f"groups {part} &"))
    time.sleep(START_TIME)
    assert machine.command(f"kill -g {group}").count("\n") <= 1, "the end of the first one may be told before"
    assert ends(machine, "groups")
    machine.command("")
    assert free_memory(machine) == before


def test_rights_are_withheld_by_a_word(machine):
    assert "Hello from ring 3" in machine.command("without ring0 hello")
    assert "not started" in machine.command("without ring0 ring0 hello")
    assert "right for this is missing" in machine.command("without ring0 rings")
    assert "Hello from ring 0" in machine.command("without power without kill_any ring0 hello")
    assert "Name a right" in machine.command("without air hello")
    assert "command of the shell itself" in machine.command("ring0 ls")


def test_primes_counts(machine):
    pattern = (r"There are 168 primes up to 1000; the largest is 997\.\n"
               r"It took \d+ ms, of which .* \d+ times in between\.\n")  # fmt: skip
    assert re.fullmatch(pattern, machine.command("primes 1000"))
    for bound in ("1", "x", "10x", "100000001", "1 2"):
        assert "usage: primes" in machine.command(f"primes {bound}")


def test_threads_of_both_rings_add_up(machine):
    printed = machine.command("threads")
    sums = re.findall(r"(?m)^  ring ([03]), stack at 0x([0-9A-F]{8}): \d+ to \d+ add up to (\d+)$", printed)
    assert sorted(ring for ring, _, _ in sums) == ["0", "0", "3", "3"], printed
    assert len({stack for _, stack, _ in sums}) == 4
    assert printed.endswith(f"1 to 1000 add up to {sum(int(total) for _, _, total in sums)}.\n")


def test_rings_shows_what_each_ring_sees(machine):
    printed = machine.command("rings")
    assert re.search(r"(?m)^CS.* 0x000000[0-9A-F][37BF]  0x000000[0-9A-F][08]$", printed), printed
    assert re.search(r"(?m)^CR3.* forbidden +0x00[0-9A-F]{3}000$", printed), printed
    row = "(?m)^  0x[0-9A-F]{2}  0x[0-9A-F]{16}  "
    for ring in "03":
        assert re.search(rf"{row}code, readable, ring {ring}, .*, its CS$", printed)
        assert re.search(rf"{row}data, writable, ring {ring}, .*, its SS$", printed)
    assert "task state, in use" in printed


@pytest.mark.alone  # compares how long programs ran, of 600 ms
def test_priorities_are_strict_and_equal_ones_take_turns(machine):
    printed = machine.command("priorities")
    shares = [int(share) for share in re.findall(r"priority \d: +(\d+) %", printed)]
    assert len(shares) == 6, printed
    assert all(10 <= share <= 70 for share in shares[:3]), printed
    assert shares[3] <= 5 and shares[4] <= 5 and shares[5] >= 90, printed


def test_parents_shows_orphans_go_to_init(machine):
    printed = machine.command("parents")
    tree = [(len(indent), int(pid)) for indent, pid in re.findall(r"(?m)^( +)pid (\d+)$", printed)]
    assert [indent for indent, _ in tree] == [2, 6, 10, 10, 6, 10, 10, 2, 6, 6], printed
    assert [pid for _, pid in tree[7:]] == [1, tree[2][1], tree[3][1]], "the first child's children are init's"
    assert printed.count(f"my parent was pid {tree[1][1]} and is pid 1 now") == 2
    assert printed.endswith("All have ended.\n")


@pytest.mark.parametrize("command", OVERFLOWS)
def test_a_stack_overflow_is_told_and_the_prompt_returns(machine, command):
    machine.command(command)
    before = free_memory(machine)
    printed = machine.command(command)
    assert re.search(r"overflow \(pid \d+\) killed: stack overflow.* overflow\+0x[0-9a-f]+\n", printed), printed
    assert free_memory(machine) == before


def test_a_lost_stack_of_ring_0_is_explained_with_its_registers(machine):
    machine.command("ring0 overflow")
    told = machine.command("why")
    esp, eip = re.search(r"ESP=(\w+)\n  EIP=(\w+) CS=0008", told).groups()
    ebp = re.search(r"EBP=(\w+)", told)[1]
    assert int(esp, 16) < int(ebp, 16) < 0xC0000000 and int(eip, 16) < 0xC0000000
    assert re.search(r"called from\n    0x\w+ overflow\+", told), told


def test_events_come_in_their_order(machine):
    printed = re.sub(r"pid \d+", "pid N", machine.command("events"))
    assert printed == (
        "A child sent a number 3 times and ended. The queue holds equal events as one:\n"
        "  pid N has sent 42, 3 times\n  a child has ended: pid N\nThe timer, each 50 ms:\n"
        + "  the timer: value 7\n" * 3
    )


# ---- The keyboard, and the machine's own rights --------------------------------------------------------------------


def test_history_completion_and_ctrl_c_work_at_the_keyboard():
    with Qemu(TEST_DISK) as machine:
        boot(machine)
        machine.press("h", "e", "l", "l", "tab", "ret")
        assert "Hello from ring 3" in machine.wait_for_prompt()
        machine.press("up", "ret")
        assert "Hello from ring 3" in machine.wait_for_prompt()
        machine.press(*"primes", "spc", *"100000000", "ret")
        machine.wait_for("primes 100000000\n")
        assert "was ended by Ctrl-C" in end_by_ctrl_c(machine, lambda: machine.press("ctrl-c"))
        lines = [line for line in machine.screen() if line]
        assert re.fullmatch(r"primes \(pid \d+\) was ended by Ctrl-C\.", lines[-2]), lines


def test_boot_cfg_withholds_rights_from_everybody():
    with Image(TEST_DISK) as image:
        image.set_config(ring0="deny", power="deny", kill_any="deny")
        with Qemu(image.path) as machine:
            boot(machine)
            assert "not started" in machine.command("ring0 hello")
            assert "right for this is missing" in machine.command("rings")
            assert "right for this is missing" in machine.command("halt")
            assert "right for this is missing" in machine.command("reboot")
            assert "Hello from ring 3" in machine.command("hello")
            assert "FAILED: a program has the rights that its file declares" in machine.command("rights_test")


def test_system_calls_for_tests_need_the_word_of_boot_cfg():
    with Image(TEST_DISK) as image:
        image.set_config(tests="no")
        with Qemu(image.path) as machine:
            boot(machine)
            assert "FAILED: the machine allows tests" in machine.command("out_of_memory")


def test_a_program_in_the_background_gets_no_keys(machine):
    pid_of(machine.command("console_rights late &"))
    machine.wait_for("in the background: NOT_ALLOWED\n")
    assert machine.command("hello").startswith("Hello from ring 3")


@pytest.mark.parametrize("count", ["few", "many"])
def test_readers_that_wait_lose_the_console_with_their_program(machine, count):
    before = free_memory(machine)
    machine.type(f"console_rights {count}\r")
    for _ in range(4):
        machine.wait_for("all readers lost the console\n")
    machine.type("\recho each key is the shell's\r")
    machine.wait_for("\neach key is the shell's\nmegha> ")
    assert free_memory(machine) == before


def test_a_key_is_not_lost_with_a_reader_that_is_killed(machine):
    machine.type("console_rights killed\r")
    machine.wait_for("type a key\n")
    machine.type("k")
    assert machine.wait_for_prompt() == "the second reader got: k\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("init", "init is the first process, which the kernel starts; there is one already."),
        ("parents 1", "parents takes no arguments."),
        ("events --help", "events takes no arguments."),
        ("priorities 10", "priorities takes no arguments."),
    ],
)
def test_parts_that_a_program_plays_for_itself_are_not_for_typing(machine, command, said):
    before = free_memory(machine)
    printed = machine.command(command)
    assert printed.splitlines()[0] == said and "ended with status 1" in printed
    assert free_memory(machine) == before


def test_help_fits_the_screen(machine):
    lines = machine.command("help").splitlines()
    assert len(lines) <= 23 and max(map(len, lines)) <= 79, "with the prompt it scrolls away on 25 rows of 80"


@pytest.mark.parametrize("word", ["exit", "quit", "poweroff"])
def test_who_wants_to_leave_is_told_how(machine, word):
    assert machine.command(word) == "Type halt to switch the machine off.\n"

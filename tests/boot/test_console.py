"""The prompt with keyboard and screen, the self-test at boot, and programs that a person copies onto the disk."""

import re
import time

import pytest

from harness.bochs import Bochs
from harness.image import Image
from harness.machine import WAIT, Mishap
from harness.places import BUILD, DISK, TOP
from harness.qemu import Qemu
from harness.road import boot, say_hello


@pytest.fixture(params=["QEMU", "Bochs"])
def start(request):
    """Starts an image in one emulator and the other; gives a machine at its prompt."""
    opened = []

    def started(image=DISK):
        machine = {"QEMU": Qemu, "Bochs": Bochs}[request.param](image)
        machine.__enter__()
        opened.append(machine)
        if isinstance(machine, Bochs):
            machine.go()
        boot(machine)
        return machine

    yield started
    for machine in opened:
        machine.__exit__(None, None, None)


def press(machine, qemu_keys, text):
    if isinstance(machine, Qemu):
        machine.press(*qemu_keys)
    else:
        machine.press(text)


def test_keys_of_the_keyboard_reach_the_shell(start):
    machine = start()
    press(machine, ["h", "e", "l", "l", "o", "ret"], "hello\r")
    assert re.search(r"Hello from ring 3, pid \d+", machine.wait_for_prompt())


def test_shift_and_caps_lock_make_capitals(start):
    machine = start()
    if isinstance(machine, Qemu):
        machine.press("shift-h", "e", "caps_lock", "l", "shift-l", "caps_lock", "shift-o", "ret")
        expected = "HeLlO"
    else:
        machine.press("HeLlO\r")
        expected = "HeLlO"
    text = machine.wait_for_prompt()
    assert expected in text
    assert "Hello from ring 3" in text, "names of programs are the same in capital and small letters"


def test_arrows_and_delete_edit_the_line():
    with Qemu(DISK) as machine:
        boot(machine)
        machine.press("h", "e", "x", "l", "l", "o", "left", "left", "left", "left", "delete", "end", "ret")
        assert "Hello from ring 3" in machine.wait_for_prompt()


def test_the_screen_shows_what_the_serial_line_shows(start):
    machine = start()
    say_hello(machine)
    lines = [line for line in machine.screen() if line]
    assert lines[-1].strip() == "megha>", lines
    assert re.fullmatch(r"Hello from ring 3, pid \d+", lines[-2]), lines
    assert lines[-3] == "megha> hello", lines


def test_a_long_text_scrolls(start):
    machine = start()
    for _ in range(15):
        say_hello(machine)
    lines = [line for line in machine.screen() if line]
    assert sum(line.startswith("Hello from ring 3") for line in lines) >= 11, lines
    assert lines[-1].strip() == "megha>", lines


MORE = "-- Space: the next page"
AFTER_QUESTION = r"no more --\033\[Kmegha> "


def rows_with(machine, wanted):
    """Waits until a row of the screen begins so. Returns the rows."""
    end = time.monotonic() + WAIT
    while not any(row.startswith(wanted) for row in machine.screen()):
        if time.monotonic() > end:
            raise Mishap(machine.tell(f"no row begins with `{wanted}`"))
        time.sleep(0.05)
    return machine.screen()


def test_a_long_text_waits_at_the_keyboard_and_shift_page_up_shows_it_again():
    with Qemu(DISK) as machine:
        boot(machine)
        machine.press(*"idt", "ret")
        first = rows_with(machine, MORE)
        assert first[0] == "megha> idt" and first[24].startswith(MORE), first
        machine.press("q")
        machine.wait_for(AFTER_QUESTION)
        assert not any(row.startswith(MORE) for row in machine.screen()), "the question is gone"
        for _ in range(2):
            machine.press(*"bootinfo", "ret")
            rows_with(machine, MORE)
            machine.press("q")
            machine.wait_for(AFTER_QUESTION)
        machine.press("shift-pgup")
        end = time.monotonic() + WAIT
        while "megha> idt" not in machine.screen() and time.monotonic() < end:
            machine.press("shift-pgup")
        back = machine.screen()
        at = back.index("megha> idt")
        assert back[at : at + 5] == first[:5], back
        machine.press("x")
        assert rows_with(machine, "megha> x")[24] == "megha> x"


def test_a_line_of_the_serial_console_waits_for_nobody():
    with Qemu(DISK) as machine:
        boot(machine)
        assert len(machine.command("idt").splitlines()) > 25
        assert MORE not in machine.serial


def test_the_self_test_passes_and_the_machine_goes_on(start):
    with Image() as image:
        image.set_config(selftest="yes")
        machine = start(image.path)
        if "selftest: passed" not in machine.serial:
            raise Mishap(machine.tell("the self-test did not say that it passed"))
        say_hello(machine)


def test_a_program_copied_onto_the_disk_runs(start):
    with Image() as image:
        image.put("/apps/greeter", (BUILD / "apps/hello").read_bytes())
        image.put("/apps/A rather long name", (BUILD / "apps/hello").read_bytes())
        machine = start(image.path)
        listing = machine.command("ls")
        assert re.search(r"(?m)^/apps/greeter +\d+$", listing), listing
        assert "/apps/A rather long name" in listing
        assert "Hello from ring 3" in machine.command("greeter")
        assert "Hello from ring 3" in machine.command("GREETER")


def test_ls_lists_every_program_with_its_size():
    with Qemu(DISK) as machine:
        boot(machine)
        listing = machine.command("ls")
        told = {path: int(size) for path, size in re.findall(r"(?m)^(\S+) +(\d+)$", listing)}
    programs = [folder.name for folder in (TOP / "apps").iterdir() if folder.is_dir() and folder.name != "runtime"]
    for name in programs:
        assert told.get(f"/apps/{name}") == (BUILD / "apps" / name).stat().st_size, listing


def test_reboot_restarts_the_machine():
    with Qemu(DISK) as machine:
        boot(machine)
        machine.type("reboot\r")
        assert machine.wait_for_end() == 0, "with -no-reboot QEMU ends when the machine restarts"
    with Bochs(DISK) as machine:
        machine.go()
        boot(machine)
        machine.type("reboot\r")
        machine.wait_for("milestone 10 ")
        machine.wait_for("milestone 90 ")


def test_what_is_not_a_command_is_told():
    with Qemu(DISK) as machine:
        boot(machine)
        assert "nosuchthing" in machine.command("nosuchthing")
        assert machine.command("") == ""
        say_hello(machine)

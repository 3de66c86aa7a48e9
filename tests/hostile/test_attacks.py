"""Programs of tests/hostile/programs attack the kernel. Nothing of it stops the kernel, hangs it or stays behind."""

import re
import time

import pytest

from harness import qemu
from harness.attack import MACHINES, Target
from harness.machine import Mishap
from harness.stepping import attack_stepped

IGNORES_CACHES = 9  # of what QEMU is tried, 7.2 gives a program #GP for invd and wbinvd, 10.0 and 11.1 do not

CODE = ["vectors", "exceptions", "privileged", "state", "ring0"]
BOMBS = [
    "a process bomb", "a swarm of small processes", "children that nobody waits for", "a chain of parents that end",
    "kills in the middle of creations", "all the threads of a process", "threads that nobody joins",
    "many processes with many threads", "threads that multiply", "stacks to their end", "threads that wait in a circle",
    "a memory hog", "hogs that fight", "a stack when nothing is left", "memory in crumbs", "sizes that no machine has",
    "a flood of events", "a timer and a time-out at once", "many timers", "waits that are killed",
    "processes that try to leave their group", "a process bomb that a group's end ends",
]  # fmt: skip

BOMB_TIME = 1.5  # seconds in which it has taken all memory

on_all = pytest.mark.parametrize("target", MACHINES, indirect=True)
on_both = pytest.mark.parametrize("target", ["QEMU", "Bochs"], indirect=True)


@pytest.fixture(scope="module")
def target(request):
    """A machine for all its tests. After a test that has found it unwell, the next one gets a new one."""
    victim = Target(request.param)
    yield victim
    victim.stop()


@on_all
@pytest.mark.parametrize("what", CODE)
def test_code_that_tries_to_hurt_the_machine_hurts_itself(target, what):
    printed = target.attack(f"hostile_code {what}", r"(\d+) of \1 ended as they had to")
    ignored = re.findall(r"IGNORED: (\w+)", printed)
    assert not ignored or "QEMU" in target.name and qemu.major_version() >= IGNORES_CACHES, ignored


@on_both
def test_bad_pointers_are_refused_by_every_call(target):
    target.attack("hostile_calls pointers", r".*?(\d+) of \1 pointers are guarded")


@on_both
def test_random_calls_do_no_harm(target):
    target.attack(f"hostile_calls random 1 {target.many(50000, 3000)}", r"\d+ random calls by \d+ children")


@on_both
def test_random_bytes_as_programs_do_no_harm(target):
    target.attack(f"hostile_random programs 1 {target.many(2000, 150)}", r"\d+ random programs have ended")


@on_both
def test_random_bytes_as_threads_do_no_harm(target):
    target.attack(f"hostile_random threads 1 {target.many(300, 30)}", r"\d+ processes with random threads have ended")


@on_both
@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_leave_the_machine_as_it_was(target, bomb):
    target.attack(f'hostile_bombs "{bomb}"', r"1 of 1 bombs survived")


@pytest.mark.parametrize("target", ["QEMU"], indirect=True)
def test_every_bomb_of_the_program_is_tried(target):
    target.attack("hostile_bombs list", "\n".join(BOMBS))


def until(machine, command, pattern, tries=50):
    """Gives the command until it answers with the pattern."""
    for _ in range(tries):
        answer = machine.command(command)
        if found := re.search(pattern, answer):
            return found
        time.sleep(0.1)
    raise Mishap(machine.tell(f"`{command}` never answered `{pattern}`"))


@on_both
def test_the_shell_serves_while_a_hog_holds_all_memory(target):
    machine = target.ready()
    machine.command("hostile_bombs role hog 1000000 &")
    until(machine, "hello", "not enough memory")
    for command in ("help", "ls", "mem", "uptime"):
        assert machine.command(command), f"{command} says nothing"
    hog = until(machine, "ps", r"(?m)^ *(\d+) .*hostile_bombs")[1]
    machine.command(f"kill {hog}")
    until(machine, "hello", "Hello from ring 3")
    target.attack("hello", r"Hello from ring 3, pid \d+")


def test_a_switch_behind_each_instruction_does_no_harm(record_property):
    steps = 3000
    in_ring3 = attack_stepped(0.5, steps)
    assert 0 < in_ring3 < steps, "both programs and their calls are to be stepped"
    record_property("steps", f"{in_ring3} instructions of programs, {steps - in_ring3} of their calls")


@on_both
def test_ctrl_c_ends_a_process_bomb_at_the_first_try(target):
    """It has filled all memory with processes. They end in turns, each when it gets the processor."""
    machine = target.ready()
    free = re.search(r"\d+ KiB are free", machine.command("mem"))[0]
    machine.type("hostile_bombs role bomb 4294967295\r")
    time.sleep(BOMB_TIME)
    machine.type("\x03")
    machine.wait_for(r"hostile_bombs \(pid \d+\) was ended by Ctrl-C\.\n")
    machine.wait_for_prompt()
    until(machine, "mem", rf"\b{free}", 500)
    target.attack("hello", r"Hello from ring 3, pid \d+")

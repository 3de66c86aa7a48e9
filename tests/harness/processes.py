"""What a test has started ends with the tests, however those end: in peace, by Ctrl-C, or killed."""

import contextlib
import ctypes
import os
import pathlib
import signal

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # of <linux/prctl.h>


def prctl(option, value):
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def adopt_orphans():
    """From here on, a process becomes a child of this one when its parent ends, if it descends from this one."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_with_parent():
    """The kernel kills this process as soon as its parent has ended."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def on_interrupt(do):
    """Calls it when somebody interrupts this process, by whatever way is open to him."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, do)


@contextlib.contextmanager
def no_ctrl_c():
    """Ctrl-C waits until the end of this block. A process that is started in it sees none until it leaves the
    terminal."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


def leave_terminal():
    """Ctrl-C there is none of this process's business any more, nor of its children's."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # forgets one that waits
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    signal.signal(signal.SIGINT, signal.default_int_handler)


def children():
    lists = pathlib.Path("/proc/self/task").glob("*/children")
    return [int(pid) for path in lists for pid in path.read_text(encoding="ascii").split()]


def end_descendants():
    """Kills all that descends from this process, which adopts orphans: those come up as children, and follow."""
    while True:
        for pid in children():
            os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def alive_in_session(session):
    """The names of a session's processes by their ids, without those that only wait to be taken away."""
    found = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, fields = stat.read_text().rpartition(") ")
        except OSError:  # it ended meanwhile
            continue
        state, _, _, its = fields.split()[:4]
        if int(its) == session and state != "Z":
            found[stat.parent.name] = name.partition("(")[2]
    return found


def name_of(process):
    """The program that a process runs now; nothing when it has ended."""
    try:
        return pathlib.Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:
        return ""

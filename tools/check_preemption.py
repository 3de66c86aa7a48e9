#!/usr/bin/env python3
"""Checks which functions of the kernel may let other threads run, and that their headers say so.

    check_preemption.py         after ./build.sh lint has built the kernels

A function may let other threads run where a way of calls leads from it to the switch between two threads. The comment
above its declaration then has the words "Other threads may run", as a sentence or inside one, and no other comment has
them. "Interrupts come in" are the words of those that let interrupts in without a switch. A function that never returns
counts like any other: others run while it runs.

Who calls whom is in the call graph (tools/call_graph.py), except for calls through pointers: the tables below name
what each pointer leads to. Functions of modules that are not known here may wait, so they let others run.

Some places must not come to a switch, nor let an interrupt in, whatever they call: NEVER has them.
"""

import collections
import pathlib
import re
import sys

import call_graph
import headers

SWITCH = "switch_stacks"  # kernel/arch/x86/switch.asm: from one thread to the next
OTHERS_RUN = "Other threads may run"
INTERRUPTS = "Interrupts come in"

# What a module's code does nobody knows here: it may wait.
MODULE_CODE = "code of any module"

# {pointer: what it may lead to}. The pointer as the call writes it, a plain variable with its file before it. A static
# function is "file:function", one of a module "module:function".
POINTERS = {
    # Handlers that kernel/main.c registers.
    "trap_handlers.program_fault": ["process_fault"],
    "trap_handlers.stack_lost": ["process_stack_lost"],
    "trap_handlers.kernel_fault": ["kernel/main.c:kernel_fault"],
    "trap_handlers.is_stack_guard": ["kernel_stack_is_guard"],
    "trap_handlers.page_missing": ["process_page_missing"],
    "trap_handlers.fpu_memory": ["process_fpu_memory"],
    "trap_handlers.attention": ["process_attention"],
    "debug_now.write": ["console_log"],
    "debug_now.write_panic": ["console_write_panic"],
    "debug_now.wait_for_room": ["console_wait_for_room"],
    "debug_now.microseconds": ["clock_microseconds"],
    "debug_now.describe_current": ["process_describe_current"],
    "debug_now.stack_bounds": ["kernel/main.c:stack_bounds"],
    "debug_now.find_symbol": ["module_symbol"],
    "debug_now.program_places": ["process_program_places"],
    "services.console_write": ["console_print"],
    "services.console_read": ["console_read"],
    "services.console_look": ["console_look"],
    "services.microseconds": ["clock_microseconds"],
    "services.power_off": ["power_off"],
    "services.power_restart": ["power_restart"],
    "services.milestone": ["milestone_at"],
    "kernel/debug/log.c: write": ["console_log"],
    # Interrupts, and what they tell.
    "handlers[line]": [
        "kernel/drivers/timer.c:timer_interrupt",
        "kernel/drivers/keyboard.c:keyboard_interrupt",
        "kernel/drivers/serial.c:serial_interrupt",
    ],
    "kernel/drivers/timer.c: timer_handler": ["kernel/main.c:tick"],
    "keyboard.key": ["console_keyboard_key"],
    "keyboard.page": ["console_page"],
    "serial.receive": ["console_key"],
    "kernel/console/input.c: interrupt": ["process_interrupt"],
    # Threads and time.
    "arch_running->start": [
        "kernel/core/sched/sched.c:idle",
        "kernel/core/sched/work.c:work_without_end",
        "process_stub",
        "thread_stub",
    ],
    "check.corrected": ["kernel/main.c:rate_corrected"],
    "work->piece": [
        "kernel/core/process/end.c:mark_more",
        "kernel/core/process/group.c:tell_one",
        "kernel/console/input.c:ask_one",
    ],
    "kernel/core/process/control.c: ask_readers": ["console_ask_readers"],
    "timeout->fire": ["sched_wait_over", "timer_fire"],
    "kernel/core/sched/sched.c: ended_bury": ["kernel/core/process/end.c:bury", "kernel/main.c:bury_first_thread"],
    "kernel/core/sched/wait.c: wait_broken": ["message_forget"],
    "kernel/core/sched/timeouts.c: clock": ["clock_microseconds"],
    "kernel/core/sched/sched.c: sched_now": ["arch_tsc_read", "clock_microseconds"],
    "kernel/core/sched/sched_switch.h: sched_now": ["arch_tsc_read", "clock_microseconds"],
    # Modules.
    "module->init": [MODULE_CODE],
    "module->exit": [MODULE_CODE],
    "module->calls[function].function": [MODULE_CODE],
    "kernel/core/module/place.c: need": ["kernel/core/module/modules.c:load_need"],
    "kernel/core/module/object_place.c: find": ["kernel/core/module/place.c:find_name"],
    # Functions that are told what to do with each thing that is found.
    "kernel/debug/backtrace.c: visit": ["kernel/debug/callers.c:list_caller"],
    "kernel/core/process/places.c: visit": ["kernel/debug/callers.c:list_program_place"],
    "out->sink": ["lib/format.c:store"],
}

# Functions whose address stands somewhere although no call through a pointer leads to them: {function: who enters it}.
ENTERED = {
    "arch_interrupt_window": "nobody; traps.c compares addresses with it",
    "arch_stop": "nobody; traps.c compares addresses with it",
    "milestone_60_kernel_entry": "the loader",
    "kernel/arch/x86/double_fault.c:stack_lost_resume": "IRET, back from the double-fault task",
    "kernel/core/sched/sched.c:thread_begin": "RET, at the end of switch_stacks",
    "kernel/core/sched/sched.c:notice_kill": "RET, at the end of switch_stacks",
    "kernel/core/sched/sched.c:bury_ended": "RET, at the end of switch_stacks",
}
# The module that breaks rules on purpose: what its pointers and addresses are for is not looked at.
BROKEN = "kernel/modules/broken/"
# The same for whole lists, which programs and modules call: (start of the file's name, start of the section's).
LISTS = [(BROKEN, ""), ("kernel/core/syscall/table.c", ""), ("", ".exports"), ("", ".module.calls"),
         ("", ".module.exports")]  # fmt: skip

# What may neither let other threads run nor let interrupts in: {function: why}.
NEVER = {
    "pic_serve": "it serves an interrupt",
    "kernel/core/sched/sched.c:bury_ended": "it runs inside a switch of threads",
    "kernel/core/sched/sched.c:notice_kill": "it runs inside a switch of threads",
    "frames_zero_one": "the idle thread calls it, which has nobody to wait for",
    "double_fault_serve": "it runs in a task that is no thread",
    "panic": "it stops the machine",
    "panic_frame": "it stops the machine",
}
# An interrupt takes and gives no memory either: somebody may be in the middle of that.
INTERRUPT = "pic_serve"
NEVER_IN_INTERRUPTS = ["heap_take", "heap_give", "frame_take", "frame_take_low", "frame_give", "window_open"]

# Nobody goes on behind these, so what they call does not count for who calls them.
PANIC = {"panic", "panic_frame"}
# Calls that are not made once they have begun: {(file, what its functions call): why}.
NOT_THEN = {
    ("kernel/core/process/program_symbols.c", "sched_preemption_point"): "not while panic_has_begun()",
}

# Declared for modules, each of which may define its own.
MODULE_FUNCTIONS = ["module_init", "module_exit"]

HEADERS = ["include/kernel/*.h", "kernel/**/*.h"]
SOURCES = ["kernel/**/*.[ch]", "include/kernel/*.h", "lib/*.c"]
MODULE_HEADER = re.compile(r"kernel/modules/(\w+)/")
# What stands before the arguments of a call: a cast, perhaps, and a variable, a member, an element.
POINTER = re.compile(r"(?:\([\w\s*]+\)\s*)?(\w+(?:(?:->|\.)\w+|\[\w+\])*)\)*\s*\(")
CALLED = re.compile(r"\bcall\s+(\w+)|\b(\w+)\s*\(")  # in inline assembly, in C


def pointer_at(function, file, line, column):
    """The row of POINTERS for the call at that place."""
    if line == 0:
        return function
    lines = pathlib.Path(file).read_text(encoding="utf-8").splitlines()[line - 1 : line]
    text = lines[0][column - 1 :].strip() if lines else ""
    match = POINTER.match(text)
    pointer = match[1] if match else text
    return pointer if "." in pointer or "->" in pointer or "[" in pointer else f"{file}: {pointer}"


def is_called(row):
    """Whether a source has a call through that pointer, be it that the compiler knows where it leads."""
    file, _, pointer = row.rpartition(": ")
    end = r"\)*\s*\(" if re.match(r"\w", pointer) else ""  # else it is all that stands there
    call = re.compile(rf"(?<![\w.>]){re.escape(pointer)}{end}")
    paths = [pathlib.Path(file)] if file else [path for pattern in SOURCES for path in pathlib.Path().glob(pattern)]
    return any(path.exists() and call.search(path.read_text(encoding="utf-8")) for path in paths)


def in_lists(file, section):
    return any(file.startswith(files) and section.startswith(sections) for files, sections in LISTS)


def follow_pointers(graph):
    """Adds the calls through pointers to the graph; yields what the tables lack, and what is in them in vain."""
    graph.calls[MODULE_CODE].add(SWITCH)
    for function, file, line, column in graph.pointer_calls:
        row = pointer_at(function, file, line, column)
        graph.calls[function] |= set(POINTERS.get(row, ()))
        if row not in POINTERS and not file.startswith(BROKEN):
            yield f"{file}:{line}: {function} calls through a pointer; POINTERS needs a row `{row}`: what it leads to"
    for row in POINTERS:
        if not is_called(row):
            yield f"POINTERS has a row `{row}`, and no source calls through it; take it out"
    named = {function for row in POINTERS.values() for function in row} | ENTERED.keys()
    stored = {function: file for function, places in graph.stored.items() for file, section in places
              if not in_lists(file, section)}  # fmt: skip
    for function in sorted(named - stored.keys() - {MODULE_CODE}):
        yield f"POINTERS or ENTERED name {function}, and nothing stores the address of such a function; take it out"
    for function in sorted(stored.keys() - named):
        yield (f"{stored[function]} stores the address of {function}; name it in the row of POINTERS for the pointer "
               "that leads to it, or in ENTERED")  # fmt: skip


def read_headers(graph):
    """{node: (path, line, its comments)} of the functions that headers declare. Inline ones get into the graph."""
    found = [(path, function) for pattern in HEADERS for path in sorted(pathlib.Path().glob(pattern))
             for function in headers.declarations(path)]  # fmt: skip
    bodies = collections.defaultdict(str)
    for path, function in found:
        if function.body:
            bodies[graph.names[None].setdefault(function.name, f"{path}:{function.name}")] += function.body
    for node, body in bodies.items():
        names = {match[1] or match[2] for match in CALLED.finditer(re.sub(r"\\[nt]", " ", body))}
        graph.calls[node] |= {graph.find(name) for name in names} - {None, node}
    declared = {}
    for path, function in found:
        module = MODULE_HEADER.match(str(path))
        node = graph.find(function.name, module and module[1])
        if node:
            first = declared.get(node, (path, function.line, ""))
            declared[node] = *first[:2], f"{first[2]} {function.comment}".lower()
    return declared


def check_words(graph, declared, words, must, may, targets):
    """Yields where a comment lacks the words, or has them in vain."""
    for node, (path, line, comment) in declared.items():
        says, name = words.lower() in comment, node.rsplit(":", 1)[-1]
        if node in must and not says:
            way = " > ".join(graph.path(node, targets, PANIC))
            yield f'{path}:{line}: the comment above {name} has to say "{words}"; the calls are {way}'
        elif says and node not in may:
            yield f'{path}:{line}: the comment above {name} says "{words}", and no way of calls leads there'


def check_never(graph, stops):
    """Yields the ways from NEVER to a switch or to interrupts, and from interrupts to memory."""
    not_then = {(function, called) for function, file in graph.sources.items() for called in graph.calls[function]
                if (file, called) in NOT_THEN}  # fmt: skip
    for file, called in NOT_THEN.keys() - {(graph.sources[function], called) for function, called in not_then}:
        yield f"NOT_THEN has ({file}, {called}), and there is no such call; take it out"
    for function in sorted((NEVER.keys() | set(NEVER_IN_INTERRUPTS)) - graph.calls.keys()):
        yield f"NEVER or NEVER_IN_INTERRUPTS have {function}, which is no function; write what it is called now"
    for function, why in NEVER.items():
        if way := graph.path(function, stops, not_then if function in PANIC else PANIC):
            yield f"{function} must not come to {way[-1]}, because {why}; the calls are {' > '.join(way)}"
    for memory in NEVER_IN_INTERRUPTS:
        if way := graph.path(INTERRUPT, {memory}, PANIC):
            yield f"an interrupt must not come to {memory}; the calls are {' > '.join(way)}"


def check(graph):
    """Returns the complaints, and the figures for when there are none."""
    for name in MODULE_FUNCTIONS:
        graph.names[None][name] = f"any module:{name}"
        graph.calls[f"any module:{name}"].add(MODULE_CODE)
    complaints = list(follow_pointers(graph))
    declared = read_headers(graph)
    others = graph.reaching({SWITCH}, PANIC)
    interrupts = graph.reaching(graph.lets_interrupts_in, PANIC)
    complaints += check_words(graph, declared, OTHERS_RUN, others, others, {SWITCH})
    complaints += check_words(graph, declared, INTERRUPTS, interrupts - others, interrupts, graph.lets_interrupts_in)
    complaints += check_never(graph, graph.lets_interrupts_in | {SWITCH})
    return complaints, len(declared), len(others & declared.keys())


def main():
    try:
        graph = call_graph.read(pathlib.Path("build"))
    except call_graph.Missing as missing:
        sys.exit(f"check_preemption: {missing}")
    if SWITCH not in graph.names[None]:
        sys.exit(f"check_preemption: there is no {SWITCH} any more; SWITCH has to name what switches threads now")
    complaints, functions, others = check(graph)
    for complaint in complaints:
        print(complaint)
    if complaints:
        sys.exit(f"check_preemption: {len(complaints)} complaints; the rule is in docs/contributing.md, "
                 "section \"Across a preemption point\"")  # fmt: skip
    print(f"preemption: {others} of {functions} functions may let other threads run, and say so; {len(NEVER)} never do")


main()

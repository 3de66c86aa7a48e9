"""tools/check_preemption.py: what headers say of other threads is what the calls do. Each mistake that it is there for
is planted in a copy of the sources, compiled where it is one of the code, and found."""

import os
import re
import shutil
import subprocess

import pytest

from harness.places import BUILD, TOP

FIND = ("kernel/core/files.c", "int file_find(const char *path)")
TICK = ("kernel/core/sched/sched.c", "void sched_charge(uint32_t milliseconds)")  # called in each timer interrupt


class Copy:
    """The sources of the kernel, and what was built of them."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("include", "kernel", "lib", "tools"):
            shutil.copytree(TOP / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("obj/kernel", "obj/checked", "obj/module", "generated"):
            shutil.copytree(BUILD / name, folder / "build" / name)
        for path in BUILD.glob("*.list"):
            shutil.copy2(path, folder / "build")

    def replace(self, file, old, new):
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file} has {text.count(old)} times: {old}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def plant(self, file, function, code):
        """Puts a line of code first into a function, and compiles the file with the flags that it always has."""
        self.replace(file, f"\n{function}\n{{\n", f"\n{function}\n{{\n    {code}\n")
        made = subprocess.run(["make", "-f", "tools/Makefile", f"build/obj/kernel/{file}.o"], cwd=self.folder,
                              capture_output=True, text=True, check=False)  # fmt: skip
        assert made.returncode == 0, made.stdout + made.stderr

    def check(self):
        """The exit status, and what the tool says, in one text."""
        told = subprocess.run(["tools/check_preemption.py"], cwd=self.folder, capture_output=True, text=True,
                              check=False, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})  # fmt: skip
        return told.returncode, told.stdout + told.stderr


@pytest.fixture
def copy(tmp_path):
    return Copy(tmp_path)


def test_headers_say_where_other_threads_may_run(copy):
    status, told = copy.check()
    assert status == 0, told
    figures = re.search(r"(\d+) of (\d+) functions may let other threads run", told)
    assert 50 < int(figures[1]) < int(figures[2])


@pytest.mark.parametrize(
    ("place", "code", "sentences"),
    [
        (FIND, "sched_preemption_point();",
         [r'kernel/files.h:\d+: the comment above file_find has to say "Other threads may run"; the calls are '
          r"file_find > sched_preemption_point > "]),
        (FIND, '__asm__ volatile("sti\\n\\tnop\\n\\tcli");',
         [r'the comment above file_find has to say "Interrupts come in"; the calls are file_find$']),
        (FIND, "extern void (*planted)(void); planted();",
         [r"kernel/core/files.c:\d+: file_find calls through a pointer; POINTERS needs a row "
          r"`kernel/core/files.c: planted`"]),
        (FIND, "static const struct file *(*volatile planted)(uint32_t) = file_at; (void)planted;",
         [r"kernel/core/files.c stores the address of file_at; name it in the row of POINTERS"]),
        (TICK, "sched_preemption_point();",
         [r"pic_serve must not come to \w+, because it serves an interrupt; the calls are pic_serve > .* > "
          r"sched_charge > "]),
        (TICK, "heap_give(heap_take(milliseconds));",
         [r"an interrupt must not come to heap_take; the calls are pic_serve > .* > sched_charge > heap_take$"]),
    ],
    ids=["blocks", "interrupts", "pointer", "address", "blocks in an interrupt", "memory in an interrupt"],
)  # fmt: skip
def test_code_that_breaks_the_rule_is_found(copy, place, code, sentences):
    copy.plant(*place, code)
    status, told = copy.check()
    assert status == 1
    for sentence in sentences:
        assert re.search(sentence, told, re.MULTILINE), told


def test_an_inline_function_of_a_header_is_followed(copy):
    copy.replace("include/kernel/sched.h", "/*\n * `fire` is called once",
                 "/* Planted. */\nstatic inline void sched_planted(void)\n{\n    sched_yield();\n}\n\n"
                 "/*\n * `fire` is called once")  # fmt: skip
    status, told = copy.check()
    assert status == 1
    assert 'the comment above sched_planted has to say "Other threads may run"' in told


def test_a_comment_without_the_words_is_found(copy):
    copy.replace("include/kernel/files.h", " Other threads may run between pages.", "")
    status, told = copy.check()
    assert status == 1
    assert 'the comment above file_read_user has to say "Other threads may run"; the calls are' in told
    assert "1 complaints" in told


def test_words_in_vain_are_found(copy):
    copy.replace("include/kernel/files.h", "counted from 0, or NULL. */", "counted from 0, or NULL. Other threads\n"
                 " * may run. */")  # fmt: skip
    copy.replace("include/kernel/debug.h", "/* A line without", "/* Interrupts come in. A line without")
    status, told = copy.check()
    assert status == 1
    assert 'the comment above file_at says "Other threads may run", and no way of calls leads there' in told
    assert 'the comment above log_plain says "Interrupts come in", and no way of calls leads there' in told
    assert "2 complaints" in told


def test_a_table_that_is_out_of_date_is_found(copy):
    table = "tools/check_preemption.py"
    copy.replace(table, '    "out->sink": ["lib/format.c:store"],\n', '    "planted->gone": ["heap_take"],\n')
    copy.replace(table, '    "pic_serve": "it serves', '    "gone": "it serves')
    copy.replace(table, "NOT_THEN = {", 'NOT_THEN = {\n    ("kernel/core/files.c", "sched_block"): "gone",')
    status, told = copy.check()
    assert status == 1
    assert "POINTERS has a row `planted->gone`, and no source calls through it" in told
    assert "POINTERS or ENTERED name heap_take, and nothing stores the address of such a function" in told
    assert re.search(r"lib/format.c:\d+: .* calls through a pointer; POINTERS needs a row `out->sink`", told)
    assert "lib/format.c stores the address of lib/format.c:store" in told
    assert "NEVER or NEVER_IN_INTERRUPTS have gone, which is no function" in told
    assert "NOT_THEN has (kernel/core/files.c, sched_block), and there is no such call" in told


def test_a_function_in_the_table_that_nobody_points_to_is_found(copy):
    copy.replace("tools/check_preemption.py", '["sched_wait_over", "timer_fire"]',
                 '["sched_wait_over", "timer_fire", "file_at", "no_function"]')  # fmt: skip
    status, told = copy.check()
    assert status == 1
    for name in ("file_at", "no_function"):
        assert f"POINTERS or ENTERED name {name}, and nothing stores the address of such a function" in told


@pytest.mark.parametrize("name", ["obj/kernel/kernel/core/files.c.ci", "checked.list", "obj/kernel/lib/format.c.o"])
def test_what_is_not_built_is_named(copy, name):
    (copy.folder / "build" / name).unlink()
    status, told = copy.check()
    assert status == 1
    assert re.fullmatch(rf"check_preemption: build/{name} is missing.*`./build.sh lint` makes it.*\n", told)


def test_the_examples_of_the_rule_stand_in_the_sources():
    page = (TOP / "docs/contributing.md").read_text(encoding="utf-8")
    section = page.split("## Across a preemption point")[1].split("\n## ")[0]
    blocks = re.findall(r"`(kernel/[\w/]+\.c)`[^`]*\n\n((?:    .*\n)+)", section)
    assert len(blocks) == len(re.findall(r"\n\n    ", section)) > 4, "each example has its file right above it"
    for file, example in blocks:
        source = [line.strip() for line in (TOP / file).read_text(encoding="utf-8").splitlines()]
        wanted = [line.strip() for line in example.splitlines()]
        assert any(source[at : at + len(wanted)] == wanted for at in range(len(source))), f"{file}: {example}"


def test_a_comment_belongs_to_what_is_right_below_it(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(TOP / "tools")
    import headers

    path = tmp_path / "some.h"
    path.write_text("""
/* The file. */
#define MACRO(x) void x(void);

/* Both of
 * these. */
int one(const char *format, ...) __attribute__((format(printf, 1, 2)));
void two(void (*call)(int number));
/* Its own. */
static inline int three(void)
{
    struct pair p = {1, 2};

    return one("a;b}") + p.a;
}

void four(void);

struct other; /* no comment of what follows */
struct other *five(struct other *it);

/* Goes over the structure. */
struct pair {
    int a, b; /* not this one */
    void (*member)(void);
};
int six(struct pair *pair);
extern int (*variable)(void);
typedef void type(int number);
""", encoding="utf-8")  # fmt: skip
    found = [(each.name, each.comment) for each in headers.declarations(path)]
    assert found == [("one", "Both of these."), ("two", "Both of these."), ("three", "Its own."), ("four", ""),
                     ("five", ""), ("six", "Goes over the structure.")]  # fmt: skip
    assert [each.line for each in headers.declarations(path)] == [7, 8, 10, 17, 20, 27]

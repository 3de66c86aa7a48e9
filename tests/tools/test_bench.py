"""./build.sh bench: its table, its goals, and that its figures are the same each time."""

import csv
import importlib
import sys

import pytest

from harness.places import BUILD, TOP

TABLE = BUILD / "bench.csv"
GOALS = {"null call int 0x80": 40, "null call sysenter": 40, "switch across spaces": 110, "page fault": 1200,
         "thread create..join": 4000, "process create..wait": 16000}  # fmt: skip
# A stretch that grows with what a program does passes it soon.
STRETCH_LIMIT = 20000
LIMIT = 400  # seconds; 20 on an idle computer
pytestmark = pytest.mark.limit(LIMIT)


def read_table():
    with open(TABLE, encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def run_bench(build_sh, *options):
    run = build_sh("bench", *options, limit=LIMIT)
    assert TABLE.exists(), run.stdout + run.stderr
    table = read_table()
    missed = [row[0] for row in table[1:] if row[4] and not (row[1] and int(row[1]) <= int(row[4]))]
    assert not missed and run.returncode == 0, run.stdout + run.stderr
    return run.stdout, table


@pytest.fixture(scope="module")
def told(build_sh):
    """What a run says, and its table."""
    TABLE.unlink(missing_ok=True)
    return run_bench(build_sh, "--check")


def test_the_table_has_a_heading_and_a_line_for_each_row(told):
    heading, *rows = told[1]
    assert heading [:7] == ["row", "instructions", "least", "most", "goal", "floor", "ratio"]
    assert heading[7:] == ["crossings", "CR3 loads", "invlpg", "port accesses", "device memory accesses"]
    names = [row[0] for row in rows]
    assert len(set(names)) == len(names) and set(GOALS) <= set(names)
    for name, median, least, most, *_ in rows:
        assert 0 < int(least) <= int(median) <= int(most), name


def test_no_row_is_below_its_floor(told):
    floors = {row[0]: (int(row[1]), int(row[5])) for row in told[1][1:] if row[5]}
    assert set(GOALS) <= set(floors)
    assert all(0 < floor <= figure for figure, floor in floors.values()), floors


def test_events_are_those_that_must_happen(told):
    rows = {row[0]: row[7:] for row in told[1][1:]}
    assert rows["null call int 0x80"] == ["2", "0", "0", "0", "0"]
    assert rows["switch across spaces"] == ["2", "1", "0", "0", "0"]
    assert rows["switch within a process"] == ["2", "0", "0", "0", "0"]
    assert rows["message round trip"] == ["4", "2", "0", "0", "0"]
    assert rows["page fault"][0] == "2" and int(rows["page map..unmap"][2]) >= 1
    assert int(rows["console character"][3]) > 0 and int(rows["console character"][4]) > 0


def test_the_page_shows_every_row(told):
    page = (BUILD / "bench.html").read_text(encoding="utf-8")
    assert all(f"<td>{row[0]}</td>" in page for row in told[1][1:])


@pytest.fixture
def tools():
    """The modules of the folder tools by name."""
    if str(TOP / "tools") not in sys.path:
        sys.path.append(str(TOP / "tools"))
    return importlib.import_module


def test_a_row_that_got_worse_by_more_than_5_percent_is_named(tmp_path, tools):
    table = tools("bench_table")
    recorded = tmp_path / "recorded.csv"
    recorded.write_text("row,instructions\ncompiled by,GCC 12\na,100\nb,100\nc,100\ngone,1\n")
    rows = [table.Row(name, (count,) * 3) for name, count in (("a", 105), ("b", 106), ("c", 111), ("new", 1))]
    faults = list(table.compare(rows, recorded, "GCC 12"))
    assert [fault.split()[0] for fault in faults] == ["b", "c", "gone", "new"]
    assert "6.0 % more than the 100 recorded" in faults[0]
    assert [fault.split()[0] for fault in table.compare(rows, recorded, "GCC 14")] == ["c", "gone", "new"]


def test_the_recorded_figures_name_their_compiler(tmp_path, tools):
    table = tools("bench_table")
    assert table.compiler_of(table.RECORDED).startswith("GCC ")
    table.record([table.Row("a", (1, 1, 1))], tmp_path / "new.csv", "GCC 99")
    assert table.compiler_of(tmp_path / "new.csv") == "GCC 99"
    assert not list(table.compare([table.Row("a", (1, 1, 1))], tmp_path / "new.csv", "GCC 99"))


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Could not load plugin p: requires API version 1, but this QEMU supports only a minimum version of 2", 2),
        ("Could not load plugin p: requires API version 7, but this QEMU supports only up to version 5", 5),
        ("qemu_plugin_install returned error code -1 for plugin p", None),
        ("-plugin p: invalid option", "invalid option"),
        ("Could not load plugin p: undefined symbol: qemu_plugin_x", "undefined symbol"),
    ],
)
def test_the_plugin_is_of_the_version_that_qemu_wants(said, found, tmp_path, tools, monkeypatch):
    (tmp_path / "qemu-system-i386").write_text(f"#!/bin/sh\necho 'qemu: {said}' >&2\nexit 1\n", encoding="ascii")
    (tmp_path / "qemu-system-i386").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    bench = tools("bench")
    if isinstance(found, str):
        with pytest.raises(bench.NoPlugin, match=found):
            bench.accepted_version("p")
    else:
        assert bench.accepted_version("p") == found

"""./build.sh bench: its table, its goals, and that its figures are the same each time."""

import csv
import importlib.util
import re

import pytest

from harness.places import BUILD, TOP

TABLE = BUILD / "bench.csv"
GOALS = {"null call int 0x80": 40, "null call sysenter": 40, "switch across spaces": 110, "page fault": 1200,
         "thread create..join": 4000, "process create..wait": 16000}  # fmt: skip
# Far above what is measured: a stretch that grows with what a program does passes it soon.
STRETCH_LIMIT = 40000
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


def test_a_row_that_got_worse_by_more_than_5_percent_is_named(tmp_path):
    spec = importlib.util.spec_from_file_location("bench_table", TOP / "tools/bench_table.py")
    table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    recorded = tmp_path / "recorded.csv"
    recorded.write_text("row,instructions\na,100\nb,100\ngone,1\n")
    rows = [table.Row("a", (105, 105, 105)), table.Row("b", (106, 106, 106)), table.Row("new", (1, 1, 1))]
    faults = list(table.compare(rows, recorded))
    assert [fault.split()[0] for fault in faults] == ["b", "gone", "new"]
    assert "6.0 % more than the 100 recorded" in faults[0]


@pytest.mark.parametrize("name, goal", GOALS.items(), ids=GOALS)
def test_the_goal_of_a_row_is_met(name, goal, told):
    row = next(row for row in told[1] if row[0] == name)
    assert int(row[4]) == goal
    assert int(row[1]) <= goal
    assert re.search(rf"(?m)^{re.escape(name)} +{row[1]} .* {goal} .* met$", told[0])


def test_interrupts_are_off_for_a_bounded_time(told):
    row = next(row for row in told[1] if row[0] == "longest interrupts off")
    assert int(row[1]) <= STRETCH_LIMIT, told[0]


def test_two_runs_give_the_same_figures(told, build_sh):
    again = {row[0]: row[1] for row in run_bench(build_sh)[1][1:]}
    # Keys come when they come: how much text lies in the ports' queues then, is not the same each time.
    again.pop("longest interrupts off")
    again.pop("sleep of 5 ms too late by")  # a matter of where in its millisecond the clock stands
    assert again == {row[0]: row[1] for row in told[1][1:] if row[0] in again}


def test_the_page_about_performance_has_a_word_on_every_row(told):
    text = (TOP / "docs/performance.md").read_text(encoding="utf-8")
    names = {row[0].partition(",")[0] for row in told[1][1:]}
    missing = [name for name in names if f"`{name}`" not in text]
    assert not missing, f"docs/performance.md says nothing about {missing}"
    for name, goal in GOALS.items():
        assert re.search(rf"\| `{re.escape(name)}` \| {goal:,} \|", text), f"the goal of {name} is not told"

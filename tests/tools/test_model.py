"""The model of messages: all its states are gone through, planted bugs are found, and its page names what there is."""

import importlib.util
import re

import pytest

from harness.places import TOP

PAGE = TOP / "docs/model.md"
ROW = re.compile(r"(?m)^\| `(\w+)` \| `(\w+)`, `(kernel/\S+)` \|")
LIMIT = 400  # seconds; half a minute each on an idle computer

spec = importlib.util.spec_from_file_location("model", TOP / "tests/model/model.py")
model = importlib.util.module_from_spec(spec)
spec.loader.exec_module(model)

PLANTED = ("REPLY_TO_ANYBODY", "FORGET_SETTLES_NOTHING", "PORT_KEPT")


@pytest.mark.limit(LIMIT)
@pytest.mark.parametrize("setup", [pytest.param(model.CHAIN, id="a chain of servers", marks=pytest.mark.long),
                                   pytest.param(model.CLIENTS, id="two clients", marks=pytest.mark.long),
                                   pytest.param(model.SERVERS, id="two serving threads")])  # fmt: skip
def test_each_promise_is_kept_in_every_state(setup, tmp_path, record_property):
    search = model.Search(setup, tmp_path)
    assert search.sound, search.said
    record_property("states", f"{search.states:,} states")


@pytest.mark.limit(LIMIT)
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_found(name, tmp_path):
    bug = model.BUGS[name]
    search = model.Search(bug.setup, tmp_path, defines=(f"BUG_{name}", "SHORTEST"), options=model.SHORTEST)
    assert search.errors > 0 and search.broken == bug.promise, search.said
    assert search.way(), "the way there can be told"


def test_the_page_names_functions_of_the_model_and_of_the_kernel():
    parts = "".join(model.part(name) for name in model.PARTS)
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert len(rows) > 15
    for label, function, file in rows:
        assert re.search(rf"(?m)^inline {label}\(", parts), f"the model has no {label}"
        source = (TOP / file).read_text(encoding="utf-8")
        assert re.search(rf"(?m)^\S.*\b{function}\(", source), f"{file} has no {function}"

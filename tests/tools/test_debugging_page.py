"""docs/debugging.md shows what the commands print."""

import importlib.util

import pytest

from harness.places import TOP

PAGE = TOP / "docs/debugging.md"


def document():
    spec = importlib.util.spec_from_file_location("document", TOP / "tools/document.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.limit(400)
def test_the_page_on_debugging_shows_what_the_commands_print(whole_trace):
    tool = document()
    lines = [line for line in whole_trace.splitlines() if not tool.OF_THE_BUILD.match(line)]
    found = list(tool.differences(PAGE, {"./build.sh trace": lines}))
    assert not found, "\n".join([*found, "write it anew with tools/document.py docs/debugging.md"])


def test_a_page_that_is_old_is_noticed(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("Text\n\n    $ echo one 17\n    one 99\n\n    $ echo two\n    three\n", encoding="utf-8")
    found = list(document().differences(page, {}))
    assert len(found) == 1 and "echo two" in found[0]

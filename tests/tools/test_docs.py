"""What the documents say is in the sources, and what is generated is current."""

import pathlib
import re
import subprocess

import pytest

from harness.places import BUILD, TOP, milestones, symbols

BOOT_SEQUENCE = TOP / "docs/boot-sequence.md"
# Words in code font that look like paths or names.
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]+)(?::\d+)?`")
NAME = re.compile(r"`([a-z][a-z0-9]*(?:_[a-z0-9]+)+)(?:\(\))?`")


def sources():
    """The text of all sources."""
    kinds = {".c", ".h", ".asm", ".def", ".ld", ".py", ".cfg", ".sh"}
    folders = ("bootloader", "kernel", "include", "lib", "apps", "tools")
    paths = [path for folder in folders for path in (TOP / folder).rglob("*") if path.suffix in kinds]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def test_each_milestone_is_a_symbol_in_the_file_that_the_list_names():
    known = symbols()
    for number, name, file, _ in milestones():
        symbol = f"milestone_{number}_{name}"
        assert symbol in known, f"{symbol} is not in build/megha.sym"
        text = (TOP / file).read_text(encoding="utf-8")
        assert symbol in text or f"{number}, {name}" in text, f"{file} does not have {symbol}"


def test_milestones_lie_at_different_addresses():
    places = [address for name, address in symbols().items() if re.match(r"milestone_\d", name)]
    assert len(set(places)) == len(milestones())


def test_the_boot_sequence_has_a_chapter_for_each_milestone_in_order():
    text = BOOT_SEQUENCE.read_text(encoding="utf-8")
    chapters = re.findall(r"(?m)^#+ .*?\b(\d\d)\b.*?\b(\w+)", text)
    wanted = [(str(number), name) for number, name, _, _ in milestones()]
    headings = [line for line in text.splitlines() if line.startswith("#")]
    found = [pair for pair in wanted if any(pair[0] in line and pair[1] in line for line in headings)]
    assert found == wanted, f"no chapter for {set(wanted) - set(found)}; headings found: {chapters}"
    places = [min(at for at, line in enumerate(headings) if pair[0] in line and pair[1] in line) for pair in wanted]
    assert places == sorted(places)


@pytest.mark.parametrize("document", sorted(path.name for path in (TOP / "docs").glob("*.md")))
def test_files_that_a_document_names_exist(document):
    text = (TOP / "docs" / document).read_text(encoding="utf-8")
    missing = [path for path in PATH.findall(text) if not path.startswith(("build/", "boot/")) and
               not (TOP / path).exists() and not (TOP / "include" / path).exists()]  # fmt: skip
    assert not missing, f"docs/{document} names files that do not exist: {missing}"


def test_labels_that_the_boot_sequence_names_exist():
    text = BOOT_SEQUENCE.read_text(encoding="utf-8")
    known = sources()
    named = set(NAME.findall(text))
    assert len(named) >= len(milestones()), "it walks along the labels"
    missing = sorted(name for name in named if not re.search(rf"\b{name}\b", known) and not of_a_milestone(name))
    assert not missing, f"docs/boot-sequence.md names labels that do not exist: {missing}"


def of_a_milestone(name):
    return name in symbols() or name in {milestone[1] for milestone in milestones()}


def test_links_between_documents_lead_somewhere():
    for path in [TOP / "README.md", *(TOP / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path.relative_to(TOP)} links to {target}"


def test_standards_that_sources_cite_are_in_the_list_of_references():
    listed = (TOP / "docs/references.md").read_text(encoding="utf-8")
    for key in sorted(set(re.findall(r"\[([A-Z][A-Z0-9]{2,9}[0-9]?)(?: [0-9A-Z][\w., -]*)?\]", comments()))):
        assert key in listed, f"[{key}] is cited in the sources, but not explained in docs/references.md"


def comments():
    """What stands in comments of C and NASM; brackets elsewhere are code."""
    text = []
    for folder in ("bootloader", "kernel", "include", "lib", "apps"):
        for path in (TOP / folder).rglob("*"):
            if path.suffix in (".c", ".h"):
                text += re.findall(r"/\*.*?\*/", path.read_text(encoding="utf-8"), re.DOTALL)
            elif path.suffix == ".asm":
                text += re.findall(r"(?m);.*$", path.read_text(encoding="utf-8"))
    return "\n".join(text)


def test_the_page_of_system_calls_is_current(tmp_path):
    page = tmp_path / "syscalls.md"
    command = [TOP / "tools/syscalls.py", "docs", "include/abi/syscalls.def", "include/abi/errors.def", page]
    subprocess.run(command, cwd=TOP, check=True)
    assert page.read_text() == (TOP / "docs/syscalls.md").read_text(), (
        "docs/syscalls.md is old; write it with tools/syscalls.py docs include/abi/syscalls.def include/abi/errors.def "
        "docs/syscalls.md"
    )


def test_the_readme_names_commands_that_exist():
    text = (TOP / "README.md").read_text(encoding="utf-8")
    known = subprocess.run([TOP / "build.sh"], capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"\./build\.sh (\w+)", text)
    assert "test" in commands
    for command in commands:
        assert f"./build.sh {command}" in known


def test_pictures_of_the_readme_exist():
    text = (TOP / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)
    assert pictures, "a screenshot"
    for picture in pictures:
        assert pathlib.Path(TOP / picture).read_bytes()[:4] == b"\x89PNG"


def test_the_symbol_list_is_sorted_and_has_each_name_once():
    lines = (BUILD / "megha.sym").read_text(encoding="ascii").splitlines()
    assert lines == sorted(lines)
    names = [line.split()[1] for line in lines]
    assert len(names) == len(set(names))


def test_the_list_of_exports_is_current(tmp_path):
    page = tmp_path / "modules.md"
    page.write_text((TOP / "docs/modules.md").read_text())
    subprocess.run([TOP / "tools/exports.py", page], cwd=TOP, check=True)
    assert page.read_text() == (TOP / "docs/modules.md").read_text(), "docs/modules.md is old; run tools/exports.py"

"""Facts in the documents: numbers, labels, sentences, error codes and sources are those of the code."""

import functools
import re
import subprocess

import pytest

from harness.places import TOP, milestones, symbols

PAGES = sorted([TOP / "README.md", *(TOP / "docs").rglob("*.md")])
SOURCE_KINDS = {".c", ".h", ".asm", ".inc", ".def", ".ld", ".py", ".sh", ".cfg", ".in", ""}
SOURCE_FOLDERS = ("bootloader", "kernel", "include", "lib", "apps", "tests", "tools")
HEADERS = ("boot/layout.h", "abi/layout.h", "kernel/arch.h", "kernel/memory.h", "kernel/program.h")


def page(name):
    return (TOP / "docs" / name).read_text(encoding="utf-8")


@functools.cache
def sources():
    """{path: text} of everything that people wrote, documents aside."""
    paths = [path for folder in SOURCE_FOLDERS for path in (TOP / folder).rglob("*")]
    paths += [TOP / "build.sh", TOP / "disk.img.in", TOP / "bochsrc"]
    texts = {}
    for path in paths:
        if path.is_file() and path.suffix in SOURCE_KINDS and "__pycache__" not in path.parts:
            texts[path] = path.read_text(encoding="utf-8")
    return texts


@functools.cache
def words():
    return set(re.findall(r"\w+", "\n".join(sources().values())))


# ---- The boot sequence -----------------------------------------------------------------------------------------------


def chapters():
    """{(number, name): text} of the chapters of milestones."""
    parts = re.split(r"(?m)^### (\d+) (\w+)$", page("boot-sequence.md"))[1:]
    return {(int(number), name): text for number, name, text in zip(parts[::3], parts[1::3], parts[2::3])}


@pytest.mark.parametrize("number, name, file, sentence", milestones(), ids=[name for _, name, _, _ in milestones()])
def test_the_chapter_of_a_milestone_names_its_file_label_and_sentence(number, name, file, sentence):
    text = " ".join(chapters()[number, name].split())
    assert f"- File: `{file}` " in text
    assert f"- Label: `milestone_{number}_{name}` " in text
    assert f"- True from here on: {sentence}. " in text
    assert "**At the label.**" in text and "**Before.**" in text, "the state before and at the label"


def test_addresses_of_milestones_are_those_of_the_build():
    told = {number: int(found[1], 16) for (number, _), text in chapters().items()
            if (found := re.search(r"(?m)^- Address: (0x[0-9A-F]+)$", text))}  # fmt: skip
    assert told, "fixed addresses are told"
    known = symbols()
    for number, name, _, _ in milestones():
        assert told.get(number, known[f"milestone_{number}_{name}"]) == known[f"milestone_{number}_{name}"]


# ---- The memory map --------------------------------------------------------------------------------------------------


@functools.cache
def constants():
    """{name: value} of the headers' numbers, as the preprocessor sees them."""
    includes = "".join(f"#include <{header}>\n" for header in HEADERS)
    options = ["gcc", "-E", "-P", "-DMEGHA_KERNEL", f"-I{TOP}/include", "-x", "c", "-"]
    listed = subprocess.run([*options, "-dM"], input=includes, capture_output=True, text=True, check=True).stdout
    names = re.findall(r"(?m)^#define ([A-Z][A-Z0-9_]*) ", listed)
    marked = includes + "".join(f'"->{name}" {name} ;\n' for name in names)
    done = subprocess.run(options, input=marked, capture_output=True, text=True, check=True).stdout
    values = {}
    for name, text in re.findall(r'(?m)^"->(\w+)" (.*?) ;$', done):
        text = re.sub(r"\b(0x[0-9A-Fa-f]+|\d+)[uUlL]+\b", r"\1", text).replace("/", "//")
        if re.fullmatch(r"[0-9A-Fa-fx()+\-*/<>|& ]+", text):
            values[name] = eval(text)  # only digits and operators are left
    return values


def told_numbers():
    """(name, value) for each cell of a table that holds a name and is followed by a number."""
    for line in page("memory-map.md").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        for cell, after in zip(cells, cells[1:]):
            if re.fullmatch(r"`[A-Z][A-Z0-9_]*`", cell) and re.fullmatch(r"0x[0-9A-F]+|\d+", after):
                yield cell.strip("`"), int(after, 0)


def test_numbers_of_the_memory_map_are_those_of_the_headers():
    told = list(told_numbers())
    assert len(told) > 30
    known = constants()
    wrong = [f"{name}: told {value:#x}, is {known[name]:#x}" for name, value in told if value != known[name]]
    assert not wrong, wrong


def test_no_address_of_the_headers_is_missing_in_the_memory_map():
    text = "\n".join((TOP / "include" / header).read_text(encoding="utf-8") for header in HEADERS)
    names = set(re.findall(r"(?m)^#define (\w+(?:_BASE|_AREA|_VA|_VA_START|_END|_LBA)) ", text))
    missing = names - {name for name, _ in told_numbers()}
    assert len(names) > 15 and not missing, missing


def test_addresses_inside_boot_memory_grow_without_overlap():
    c = constants()
    order = ["REAL_STACK_BOTTOM", "STAGE1_RECORD", "STAGE1_BASE", "STAGE2_FIRST_BASE", "STAGE2_REST_BASE",
             "BOUNCE_BASE", "FAT_BASE", "BOOT_INFO_BASE", "DIRECTORY_BASE", "STAGE2_STACK_LIMIT",
             "LOADER_LIMIT"]  # fmt: skip
    assert [c[name] for name in order] == sorted({c[name] for name in order})
    assert [name for name, _ in told_numbers() if name in order] == order, "the table is in the order of addresses"


def test_the_picture_of_the_disk_is_that_of_the_image():
    picture = [line for line in sources()[TOP / "disk.img.in"].splitlines() if re.match(r"# {3,}[\d+|]", line)]
    shown = [line.strip() for line in page("memory-map.md").splitlines() if line.startswith("    #")]
    assert len(picture) >= 4 and shown == picture


# ---- Error codes, sources, names -------------------------------------------------------------------------------------


def test_each_letter_of_stage_1_is_explained():
    letters = re.findall(r"mov +bl, '([A-Z])'", sources()[TOP / "bootloader/stage1/mbr.asm"])
    explained = re.findall(r"(?m)^\| ([A-Z]) \|", page("stage1-errors.md"))
    assert letters and sorted(explained) == sorted(letters)


def test_stage_1_says_what_its_page_says():
    said = re.search(r'sorry: +db +"([^"]+)"', sources()[TOP / "bootloader/stage1/mbr.asm"])[1]
    assert said in page("stage1-errors.md")


def comments(path, text):
    if path.suffix in (".c", ".h", ".def", ".ld"):
        return re.findall(r"/\*.*?\*/", text, re.DOTALL) + re.findall(r'_Static_assert\([^;]*"([^"]*)"', text)
    if path.suffix in (".asm", ".inc"):
        return re.findall(r"(?m);.*$", text)
    return []


def prose(text):
    """A document without code."""
    return re.sub(r"(?m)^    .*$|`[^`\n]*`", "", text)


def cited():
    """{key: a file that cites it}. In `[SDM3 6.15; AMD64 APM2 8.2]` each part begins with a key."""
    texts = [(path, part) for path, text in sources().items() for part in comments(path, text)]
    texts += [(path, prose(path.read_text(encoding="utf-8"))) for path in PAGES]
    keys = {}
    for path, text in texts:
        for inside in re.findall(r"\[([^][]+)\](?!\()", text):
            for part in re.split(r"[;,]", inside):
                key = part.split()[0] if part.split() else ""
                if re.fullmatch(r"[A-Z]{2,}[A-Z0-9]*|\d{4,5}[A-Z]?", key):
                    keys.setdefault(key, path.relative_to(TOP))
    return keys


def test_keys_of_sources_are_those_of_the_list_of_references():
    listed = re.findall(r"(?m)^\| ([A-Z0-9]+) \| .+ \| .+ \|$", page("references.md"))
    assert len(listed) == len(set(listed)) > 10
    unknown = {f"[{key}] of {path}" for key, path in cited().items() if key not in listed}
    assert not unknown, f"docs/references.md does not explain {sorted(unknown)}"
    unused = set(listed) - set(cited())
    assert not unused, f"docs/references.md explains keys that nobody cites: {sorted(unused)}"


@pytest.mark.parametrize("path", PAGES, ids=[str(path.relative_to(TOP)) for path in PAGES])
def test_names_in_a_document_are_names_of_the_sources(path):
    text = path.read_text(encoding="utf-8")
    # Functions, constants, structures and types; each word of them has to stand in some source.
    names = re.findall(r"`(\w+)\(\)`", text) + re.findall(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)`", text)
    names += re.findall(r"`(?:struct|enum) (\w+)`", text) + re.findall(r"`([a-z0-9]+_[a-z0-9_]+)`", text)
    unknown = {name for name in names if name not in words()}
    assert not unknown, f"{path.name} names what no source has: {sorted(unknown)}"


@pytest.mark.parametrize("path", PAGES, ids=[str(path.relative_to(TOP)) for path in PAGES])
def test_paths_in_a_document_exist(path):
    folders = "|".join(["docs", *SOURCE_FOLDERS])
    found = re.findall(rf"`((?:{folders})/[\w./-]+)`", path.read_text(encoding="utf-8"))
    missing = sorted({name for name in found if not (TOP / name).exists() and not (TOP / "include" / name).exists()})
    assert not missing, f"{path.name} names files that do not exist: {missing}"


def test_decisions_are_numbered_without_gaps_and_say_context_decision_consequence():
    records = sorted((TOP / "docs/decisions").glob("*.md"))
    for number, record in enumerate(records, 1):
        text = record.read_text(encoding="utf-8")
        assert record.name.startswith(f"{number:04}-") and text.startswith(f"# {number:04} ")
        headings = re.findall(r"(?m)^## (\w+)", text)
        assert [heading for heading in headings if heading in ("Context", "Decision", "Consequence")] == [
            "Context", "Decision", "Consequence"], record.name  # fmt: skip


# ---- Paging, limits, examples ----------------------------------------------------------------------------------------


def defined(path):
    """{name: value} of the plain numbers that a file defines."""
    text = (TOP / path).read_text(encoding="utf-8")
    found = re.findall(r"(?m)^#define (\w+)[\s\\]+(0x[0-9A-Fa-f]+|\d+)[uU]?(?=\s|$)", text)
    return {name: int(value, 0) for name, value in found}


def limits():
    """(name, value, file) of each row of the list of limits."""
    rows = re.findall(r"(?m)^\| `([A-Z]\w+)` \| (\w+) \| `([\w./]+)` \|", page("limits.md"))
    return [(name, int(value, 0), path) for name, value, path in rows]


@pytest.mark.parametrize("name, value, path", limits(), ids=[name for name, _, _ in limits()])
def test_a_limit_is_what_the_named_file_says(name, value, path):
    assert defined(path).get(name) == value


def test_no_limit_that_programs_see_is_missing_in_the_list():
    told = {name for name, _, _ in limits()}
    headers = ("include/abi/types.h", "include/abi/layout.h", "include/kernel/process.h", "include/kernel/program.h")
    names = {name for path in headers for name in defined(path) if name.endswith("_MAX")}
    inner = {"MILESTONE_NAME_MAX", "FUNCTION_NAME_MAX"}  # of what the kernel tells, not of what it takes
    assert names - told <= inner, f"docs/limits.md does not tell {sorted(names - told - inner)}"


def test_addresses_beside_a_name_in_a_drawing_are_those_of_the_headers():
    known = constants()
    told = [(path.name, name, int(value, 16)) for path in PAGES
            for value, name in re.findall(r"(?m)^    .*(0x[0-9A-F]{8}) +([A-Z]+_[A-Z_]+)\b", path.read_text("utf-8"))]
    assert len(told) >= 6, "paging.md draws the page directory"
    wrong = [row for row in told if known.get(row[1]) != row[2]]
    assert not wrong, wrong


def test_entries_of_the_drawn_page_directory_belong_to_their_addresses():
    rows = re.findall(r"(?m)^ +(\d+) +(0x[0-9A-F]{8})  ", page("paging.md"))
    assert len(rows) == 8
    for entry, address in rows:
        assert int(address, 16) == int(entry) << 22


def test_an_address_is_cut_as_drawn():
    text = page("paging.md")
    address = int(re.search(r"address (0x[0-9A-F]{8})", text)[1], 16)
    parts = re.search(r"\| +(\d+) +\| +(\d+) +\| +(0x[0-9A-F]+) +\|", text)
    assert [int(part, 0) for part in parts.groups()] == [address >> 22, address >> 12 & 0x3FF, address & 0xFFF]


def test_bits_of_an_entry_are_those_of_the_header():
    rows = re.findall(r"(?m)^\| (\d+) \| `(PTE_\w+)` \|", page("paging.md"))
    known = defined("include/hw/x86.h")
    assert len(rows) > 4
    for bit, name in rows:
        assert known[name] == 1 << int(bit), name


def test_the_kernel_is_as_small_as_the_boot_sequence_says():
    told = int(re.search(r"\| kernel \| up to (\d+) KiB \|", page("boot-sequence.md"))[1])
    assert (TOP / "build/kernel/kernel.bin").stat().st_size <= told * 1024


def test_reasons_and_rights_are_all_told():
    header = (TOP / "include/abi/types.h").read_text(encoding="utf-8")
    names = set(re.findall(r"\b(?:ENDED|RIGHT)_[A-Z0-9_]+", header)) - {"RIGHTS_ALL"}
    missing = {name for name in names if f"`{name}`" not in page("processes.md")}
    assert not missing, f"docs/processes.md does not tell {sorted(missing)}"


def test_programs_of_the_exercises_exist():
    commands = {name for name in re.findall(r'\{"(\w+)", ', (TOP / "apps/shell/builtins.c").read_text("utf-8"))}
    known = commands | {path.parent.name for path in (TOP / "apps").glob("*/main.c")}
    for name in ("paging.md", "processes.md"):
        for typed in re.findall(r"(?m)^    megha> (\w+)", page(name)):
            assert typed in known, f"docs/{name} types {typed}"

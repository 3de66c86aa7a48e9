"""The functions that C headers declare, each with the comment above it.

    for declared in declarations(path): ...     a Declaration for each, in the order of the file

A comment belongs to all declarations below it up to the next comment or blank line. What macros declare is not seen.
"""

import dataclasses
import pathlib
import re

PIECE = re.compile(
    r"(?P<comment>/\*.*?\*/)|(?P<directive>^[ \t]*#(?:\\\n|[^\n])*)|(?P<blank>\n[ \t]*(?=\n))"
    r"|(?P<open>\{)|(?P<close>\})|(?P<end>;)|(?P<other>\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|\n|.)",
    re.DOTALL | re.MULTILINE,
)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
FUNCTION = re.compile(r"(?!typedef\b|_Static_assert\b)[^()=]*\b(\w+) ?\((?!\*)")


@dataclasses.dataclass
class Declaration:
    name: str
    line: int
    comment: str  # in one line, without its marks; empty where there is none
    prototype: str  # in one line, without attributes
    body: str  # of an inline function; empty for a prototype


def in_one_line(comment):
    return " ".join(re.sub(r"\n\s*\*", "\n", comment[2:-2]).split())


def declarations(path):
    source = pathlib.Path(path).read_text(encoding="utf-8")
    text = body = comment = ""
    line = depth = 0
    for piece in PIECE.finditer(source):
        kind, found = piece.lastgroup, piece[0]
        if kind == "comment":
            begins_line = not source[source.rfind("\n", 0, piece.start()) + 1 : piece.start()].strip()
            if depth == 0 and begins_line and not text.strip():
                comment = in_one_line(found)
            continue
        if kind == "blank" and depth == 0:
            comment = ""
        depth += (kind == "open") - (kind == "close")
        if depth or kind == "close":
            body += found
        elif kind == "other" and (text or not found.isspace()):
            line = line if text else source.count("\n", 0, piece.start()) + 1
            text += found
        if depth == 0 and (kind == "end" or (kind == "close" and text.rstrip().endswith(")"))):
            prototype = " ".join(ATTRIBUTE.sub("", text).split())
            if match := FUNCTION.match(prototype):
                yield Declaration(match[1], line, comment, prototype, body)
            text = body = ""

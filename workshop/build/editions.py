"""The two editions of a Python source: blank (what attendees get) and finished.

A gap is what stands between `### BEGIN SOLUTION` and `### END SOLUTION`, nbgrader's markers. The
blank edition has a stub there, the finished one keeps the code and drops the two marker lines.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

BEGIN = "BEGIN SOLUTION"
END = "END SOLUTION"
_MARKER_LINE = re.compile(rf"^(?P<indent>[ ]*)###\s+(?P<word>{BEGIN}|{END})\s*$")
_FUNCTION_STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")
# A class body or a module that raised could not even be imported, so there the stub does nothing.
_DECLARATION_STUB = ("# YOUR CODE HERE", "...")


class MarkerError(ValueError):
    """Solution markers that do not pair up, or a gap that is not made of whole statements."""


@dataclass(frozen=True)
class Region:
    """A gap: the two marker lines (1-based, in the source) and the code lines between them."""

    begin: int
    end: int
    indent: str
    lines: tuple[str, ...]


def regions(text: str) -> list[Region]:
    """The gaps of a source, in order. Raises MarkerError if the markers do not pair up."""
    found: list[Region] = []
    lines = text.splitlines()
    open_at: tuple[int, str] | None = None
    for number, line in enumerate(lines, 1):
        if not _is_marker(line):
            continue
        marker = _MARKER_LINE.match(line)
        if marker is None:
            raise MarkerError(f"line {number}: write '### {BEGIN}' alone on its line")
        if marker["word"] == BEGIN:
            if open_at is not None:
                raise MarkerError(f"line {number}: the region of line {open_at[0]} is still open")
            open_at = (number, marker["indent"])
        else:
            if open_at is None:
                raise MarkerError(f"line {number}: '{END}' without a '{BEGIN}'")
            inside = tuple(lines[open_at[0] : number - 1])
            found.append(Region(open_at[0], number, open_at[1], inside))
            open_at = None
    if open_at is not None:
        raise MarkerError(f"line {open_at[0]}: '{BEGIN}' without an '{END}'")
    return found


def finished_text(text: str) -> str:
    """The source with the marker lines taken out. Raises MarkerError.

    A formatter wants blank lines on both sides of a marker between two functions. Of those only
    as many stay as it wants without the marker: the longer of the two runs, none at the end.
    """
    if not regions(text):
        return text
    kept: list[str] = []
    marker_before, blank_before, blank_after = False, 0, 0
    for line in text.splitlines():
        if _is_marker(line):
            while kept and not kept[-1].strip():
                kept.pop()
                blank_before += 1
            marker_before = True
        elif marker_before and not line.strip():
            blank_after += 1
        else:
            kept += [""] * max(blank_before, blank_after) + [line]
            marker_before, blank_before, blank_after = False, 0, 0
    return "\n".join(kept) + "\n"


def blank_text(text: str) -> str:
    """The source with a stub in place of each gap. Raises MarkerError.

    Inside a function the stub raises NotImplementedError; in a class body or at module level it
    is `...`, so that the file can still be imported.
    """
    gaps = {region.begin: region for region in regions(text)}
    if not gaps:
        return text
    code = [line for line in text.splitlines() if not _is_marker(line)]
    tree = _parsed("\n".join(code), "the finished edition")
    blank: list[str] = []
    skip_to = removed = 0
    for number, line in enumerate(text.splitlines(), 1):
        if number in gaps:
            gap = gaps[number]
            # Without markers: every marker line above this one is gone, this one too.
            first = gap.begin - removed
            last = first + len(gap.lines) - 1
            stub = _stub(tree, first, last, gap)
            blank += [gap.indent + stub_line for stub_line in stub]
            skip_to, removed = gap.end, removed + 2
        elif number > skip_to:
            blank.append(line)
    result = "\n".join(blank) + "\n"
    _parsed(result, "the blank edition")
    return result


def _is_marker(line: str) -> bool:
    return BEGIN in line or END in line


def _parsed(text: str, name: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as problem:
        raise MarkerError(f"{name} would not parse: {problem}") from None


def _stub(tree: ast.Module, first: int, last: int, gap: Region) -> tuple[str, ...]:
    """Which stub stands for finished lines `first` to `last`: its innermost scope decides."""
    if not any(_starts_within(node, first, last) for node in ast.walk(tree)):
        raise MarkerError(f"line {gap.begin}: a region must hold at least one whole statement")
    scopes: list[ast.AST] = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and node.lineno < first
            and (node.end_lineno or node.lineno) >= first
        ):
            scopes.append(node)
    # ast.walk goes breadth first: of the scopes around one line the last is the innermost.
    inside_function = bool(scopes) and not isinstance(scopes[-1], ast.ClassDef)
    return _FUNCTION_STUB if inside_function else _DECLARATION_STUB


def _starts_within(node: ast.AST, first: int, last: int) -> bool:
    return isinstance(node, ast.stmt) and first <= node.lineno <= last

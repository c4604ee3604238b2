"""Nothing of a solution may stand in exercises/, and nothing kept back in either edition."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from workshop.build.editions import MarkerError, blank_text, regions
from workshop.build.files import KEPT_BACK, released, walk
from workshop.build.generate import EDITIONS, EXERCISES
from workshop.build.rules.finding import REBUILD, Finding
from workshop.parts import DESCRIPTION, Part

MARKERS = (
    *("BEGIN SOLUTION", "END SOLUTION"),
    *("BEGIN HIDDEN TESTS", "END HIDDEN TESTS"),
    *("BEGIN MARK SCHEME", "END MARK SCHEME"),
)
# Shorter lines (`return answer`) say nothing about a solution and stand everywhere; so do these.
TELLING_LENGTH = 25
_IDIOM = re.compile(r"except\b[^:]*:|\w+ = time\.\w+\(\)")


def findings(part: Part, root: Path) -> Iterator[Finding]:
    for edition in EDITIONS:
        folder = root / edition / part.id
        telling = _telling_lines(part) if edition == EXERCISES else {}
        for file in walk(folder):
            name = f"{edition}/{part.id}/{file}"
            if file.parts[0] in KEPT_BACK or file.name == DESCRIPTION:
                yield Finding(name, "this file is never released", REBUILD)
                continue
            text = readable(folder / file)
            for marker in MARKERS:
                if marker in text:
                    yield Finding(name, f"it holds the marker {marker!r}", REBUILD)
            lines = {line.strip() for line in text.splitlines()}
            for line in sorted(lines & telling.keys()):
                yield Finding(
                    name,
                    f"it holds a line of the solution of {telling[line]}: {line}",
                    f"rephrase it in modules/{part.id}, then {REBUILD}",
                )


def readable(file: Path) -> str:
    """A file's text; of a notebook the cells' sources, not JSON with its escapes."""
    text = file.read_text(encoding="utf-8", errors="replace")
    if file.suffix != ".ipynb":
        return text
    try:
        return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    except (ValueError, KeyError, TypeError):
        return text


def _telling_lines(part: Part) -> dict[str, str]:
    """Lines of gaps that give something away, and the file they come from.

    A line that also stands outside the gaps of its own file is no secret, nor is one that a hint
    quotes.
    """
    hints = "\n".join(hint for task in part.tasks for hint in task.hints)
    telling: dict[str, str] = {}
    for file in released(part):
        if file.suffix != ".py":
            continue
        text = (part.folder / file).read_text(encoding="utf-8")
        try:
            gaps, blank = regions(text), blank_text(text)
        except MarkerError:
            continue  # said by the rule about sources
        shown = {line.strip() for line in blank.splitlines()}
        for line in (line.strip() for gap in gaps for line in gap.lines):
            if len(line) < TELLING_LENGTH or _IDIOM.fullmatch(line):
                continue
            if line not in shown and line not in hints:
                telling[line] = file.as_posix()
    return telling

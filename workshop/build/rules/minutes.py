"""The schedule: part.toml and the lesson's headings against the outline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from workshop.build.files import LESSON
from workshop.build.rules.finding import Finding, in_part
from workshop.build.rules.notebook import read_notebook
from workshop.parts import DESCRIPTION, Part, Section
from workshop.toml_table import Table

OUTLINE = Path(__file__).resolve().parent.parent / "outline.toml"


def findings(part: Part) -> Iterator[Finding]:
    for problem, next_step in (*_against_outline(part), *_core_fits(part)):
        yield in_part(part, DESCRIPTION, problem, next_step)
    for problem in _headings(part):
        yield in_part(part, LESSON, problem, "write it as '## 2.1 Title (10 min)'")


def _against_outline(part: Part) -> Iterator[tuple[str, str]]:
    outline = _outline(part.number)
    if outline is None:
        yield f"the outline has no part {part.number}", "change `number`"
        return
    title, minutes, sections = outline
    if (part.title, part.minutes) != (title, minutes):
        yield (
            f"it says {part.title!r}, {part.minutes} minutes",
            f"the outline has {title!r}, {minutes} minutes",
        )
    for planned in sections:
        if planned not in part.sections:
            yield f"section {planned.number} is not as in the outline", f"write {planned}"
    if len(part.sections) > len(sections):
        yield "it has more sections than the outline", f"keep {len(sections)}"


def _outline(number: int) -> tuple[str, int, tuple[Section, ...]] | None:
    for row in Table.read(OUTLINE).tables("part"):
        if row.positive("number") == number:
            sections = (
                Section(s.text("number"), s.text("title"), s.positive("minutes"))
                for s in row.tables("sections")
            )
            return row.text("title"), row.positive("minutes"), tuple(sections)
    return None


def _core_fits(part: Part) -> Iterator[tuple[str, str]]:
    for section in part.sections:
        core = [t for t in part.tasks if t.section == section.number and t.kind == "core"]
        minutes = sum(task.minutes for task in core)
        if minutes > section.minutes:
            yield (
                f"the core tasks of section {section.number} take {minutes} minutes, "
                f"the section has {section.minutes}",
                "shorten a task or make it stretch",
            )


def _headings(part: Part) -> Iterator[str]:
    notebook = read_notebook(part)
    if notebook is None:
        return
    lines = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown").splitlines()
    for section in part.sections:
        start = re.compile(rf"#+ .*\b{re.escape(section.number)}\b.*{re.escape(section.title)}")
        heading = next((line for line in lines if start.match(line)), None)
        if heading is None:
            yield f"no heading says {section.number} and {section.title!r}"
            continue
        minutes = re.search(r"(\d+) ?min", heading)
        if minutes is None or int(minutes[1]) != section.minutes:
            yield f"the heading of {section.number} does not say {section.minutes} min"

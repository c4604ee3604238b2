"""Feedback as Markdown: short enough to mail, beside nbgrader's HTML of the whole lesson."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from workshop.bootstrap_stop import command
from workshop.files import write_atomically
from workshop.gradebook.grades import BETWEEN_REASONS, BY_HAND, WAITING, Grade
from workshop.parts import Part

MARKDOWN = "feedback.md"
_WORDS = {
    "passed": "✓ passed",
    "partial": "◐ partly",
    "failed": "✗ not yet",
    "not_graded": "? not graded",
    BY_HAND: "given by hand",
    WAITING: "waits for a person",
}


def write_markdown(
    folder: Path, part: Part, grades: Sequence[Grade], left_out: Sequence[str] = ()
) -> Path:
    """`feedback.md` in `folder`, atomically."""
    path = folder / MARKDOWN
    write_atomically(path, markdown(part, grades, left_out).encode("utf-8", errors="replace"))
    return path


def markdown(part: Part, grades: Sequence[Grade], left_out: Sequence[str] = ()) -> str:
    """Points, states and reasons; what could not be graded is no zero."""
    tasks = {task.id: task.title for task in part.tasks}
    lines = [f"# Part {part.number}: {part.title}", "", *_totals(tasks, grades), ""]
    lines += ["| task | | points | state |", "|---|---|---|---|"]
    for grade in grades:
        points = "–" if grade.points is None else f"{grade.points:g}"
        title = tasks.get(grade.task, "in your own words")
        lines.append(
            f"| {grade.task} | {title} | {points}/{grade.max_points:g} | {_WORDS[grade.state]} |"
        )
    if left_out:
        lines += ["", "## Not taken", "", *_quoted(left_out)]
    for grade in grades:
        if grade.reason:
            lines += ["", f"## {grade.task}", "", *_quoted(grade.reason.split(BETWEEN_REASONS))]
            if grade.task in tasks and grade.state in ("failed", "partial"):
                lines += ["", f"See for yourself: `{_check(part, grade.task)}`"]
    return "\n".join(lines) + "\n"


def _totals(tasks: Iterable[str], grades: Sequence[Grade]) -> list[str]:
    auto = [grade for grade in grades if grade.task in set(tasks)]
    points = sum(grade.points or 0 for grade in auto)
    most = sum(grade.max_points for grade in auto if grade.points is not None)
    lines = [f"**{points:g} of {most:g} points** for the tasks."]
    if open_ones := [grade.task for grade in grades if grade.points is None]:
        lines += ["", f"Not counted yet: {', '.join(open_ones)}."]
    return lines


def _check(part: Part, task: str) -> str:
    return command(f"check {part.number} --task {task} --hints")


def _quoted(reasons: Iterable[str]) -> list[str]:
    """As code: what a submission printed or raised is text, not Markdown."""
    lines = (" ".join(reason.split()) for reason in reasons)
    return [f"- `{line.replace('`', chr(0x2019))}`" for line in lines if line]

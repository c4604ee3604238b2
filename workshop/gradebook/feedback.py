"""Feedback as Markdown: short enough to mail, beside nbgrader's HTML of the whole lesson."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from workshop.bootstrap_stop import command
from workshop.files import write_atomically
from workshop.gradebook.grades import BETWEEN_REASONS, BY_HAND, LOOK_AGAIN, WAITING, Grade
from workshop.gradebook.totals import Totals, totals_of
from workshop.parts import Part

MARKDOWN = "feedback.md"
_WORDS = {
    "passed": "✓ passed",
    "partial": "◐ partly",
    "failed": "✗ not yet",
    "not_graded": "? not graded",
    BY_HAND: "given by hand",
    LOOK_AGAIN: "given by hand, changed since",
    WAITING: "waits for a person",
}
_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.DOTALL)
_TAG_OR_IMAGE = re.compile(r"<(?=[A-Za-z/!?])|!(?=\[)")


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
    lines = [f"# Part {part.number}: {part.title}", "", *_totals(part, grades), ""]
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
        if grade.reason or grade.comment:
            lines += ["", f"## {grade.task}"]
        if grade.reason:
            lines += ["", *_quoted(grade.reason.split(BETWEEN_REASONS))]
            if grade.task in tasks and grade.state in ("failed", "partial"):
                lines += ["", f"See for yourself: `{_check(part, grade.task)}`"]
        if grade.comment:
            lines += ["", *(f"> {line}".rstrip() for line in harmless(grade.comment).splitlines())]
    return "\n".join(lines) + "\n"


def totals_markdown(totals: Totals) -> list[str]:
    """The totals, as every learner's file says them."""
    lines = [f"**{totals.tasks_words} points** for the tasks."]
    if totals.written_words:
        lines += ["", f"Written answers: **{totals.written_words}**."]
    if totals.look_again:
        changed = ", ".join(totals.look_again)
        lines += ["", f"Changed after points were given by hand, to be looked at again: {changed}."]
    return lines


def harmless(comment: str) -> str:
    """A grader's Markdown without raw HTML and without images, which may lie on the network."""
    pieces = _CODE.split(comment)
    pieces[::2] = (_TAG_OR_IMAGE.sub(r"\\\g<0>", piece) for piece in pieces[::2])
    return "".join(pieces)


def _totals(part: Part, grades: Sequence[Grade]) -> list[str]:
    lines = totals_markdown(totals_of(part, grades))
    if open_ones := [grade.task for grade in grades if grade.points is None]:
        lines += ["", f"Not counted yet: {', '.join(open_ones)}."]
    return lines


def _check(part: Part, task: str) -> str:
    return command(f"check {part.number} --task {task} --hints")


def _quoted(reasons: Iterable[str]) -> list[str]:
    """As code: what a submission printed or raised is text, not Markdown."""
    lines = (" ".join(reason.split()) for reason in reasons)
    return [f"- `{line.replace('`', chr(0x2019))}`" for line in lines if line]

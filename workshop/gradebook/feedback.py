"""Feedback as Markdown: short enough to mail, beside nbgrader's HTML of the whole lesson."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from workshop.bootstrap_stop import command
from workshop.files import write_atomically
from workshop.gradebook.grades import BETWEEN_REASONS, Grade
from workshop.gradebook.totals import Totals, totals_of
from workshop.gradebook.words import points_words, state_words
from workshop.parts import Part

MARKDOWN = "feedback.md"
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
    totals = totals_of(part, grades)
    lines = [f"# Part {part.number}: {part.title}", "", *totals_markdown(totals), ""]
    lines += ["| task | | points | state |", "|---|---|---|---|"]
    for grade in grades:
        title = tasks.get(grade.task, "in your own words")
        points = points_words(grade.points, grade.max_points)
        lines.append(f"| {grade.task} | {title} | {points} | {state_words(part, grade)} |")
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
    known = f"**{totals.tasks_words}** for the tasks."
    lines = [known if totals.any_task else "**No task graded yet.**"]
    if totals.written_words:
        lines += ["", f"Written answers: **{totals.written_words}**."]
    if totals.look_again:
        changed = ", ".join(totals.look_again)
        lines += ["", f"Changed after points were given by hand, to be looked at again: {changed}."]
    if totals.uncounted:
        lines += ["", f"Not counted yet: {', '.join(totals.uncounted)}."]
    return lines


def harmless(comment: str) -> str:
    """A grader's Markdown without raw HTML and without images, which may lie on the network."""
    pieces = _CODE.split(comment)
    pieces[::2] = (_TAG_OR_IMAGE.sub(r"\\\g<0>", piece) for piece in pieces[::2])
    return "".join(pieces)


def _check(part: Part, task: str) -> str:
    return command(f"check {part.number} --task {task} --hints")


def _quoted(reasons: Iterable[str]) -> list[str]:
    """As code: what a submission printed or raised is text, not Markdown."""
    lines = (" ".join(reason.split()) for reason in reasons)
    return [f"- `{line.replace('`', chr(0x2019))}`" for line in lines if line]

"""The class's grades as rows: one for each student and graded cell, for people and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from workshop.files import write_atomically
from workshop.gradebook.records import Record
from workshop.gradebook.scores import Score
from workshop.parts import Part

GRADES = "grading/grades.csv"
BY_HAND, LOOK_AGAIN, WAITING = "by_hand", "look_again", "waiting"
# A reason is a sentence or two, with commas and semicolons of its own.
BETWEEN_REASONS = " | "
ANSWER_CHANGED = "the answer changed after these points were given"
LEFT_BLANK = "nothing was written"
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Grade:
    """`points` is None where there are none yet: not graded, or waiting for a person.

    `reason` is ours and may quote the submission; `comment` is Markdown by whoever grades.
    """

    student: str
    part: str
    task: str
    points: float | None
    max_points: float
    state: str
    reason: str
    comment: str = ""


def grades_of(part: Part, record: Record, scores: Mapping[str, Score]) -> list[Grade]:
    """A submission's rows: tasks as the record has them, and what people gave by hand."""
    rows = []
    for task in record.tasks(part):
        score = scores.get(task.id)
        given = score.by_hand if score else None
        graded = task.state != "not_graded"
        points = given if given is not None else float(task.points) if graded else None
        state = _by_hand(score) or task.state
        reasons = list(task.reasons)
        found = f"{task.points} of {task.max_points}" if graded else "not graded"
        if state == LOOK_AGAIN:
            reasons.insert(0, f"the work changed after these points were given; now: {found}")
        elif state == BY_HAND:
            reasons.insert(0, f"the points were given by hand; the checks found: {found}")
        rows.append(_row(record, task.id, points, task.max_points, state, reasons, score))
    for written in part.written:
        score = scores.get(written.id)
        given = score.by_hand if score else None
        if given is not None:
            points, state = given, _by_hand(score)
        elif score is not None and not score.waiting:
            points, state = score.points, "failed"
        else:
            points, state = None, WAITING
        said = {LOOK_AGAIN: [ANSWER_CHANGED], "failed": [LEFT_BLANK]}.get(state, [])
        if record.notebook and state in (LOOK_AGAIN, WAITING):
            said.append(record.notebook)
        rows.append(_row(record, written.id, points, written.points, state, said, score))
    return rows


def _by_hand(score: Score | None) -> str:
    """The state of what has points by hand; empty if it has none."""
    if score is None or score.by_hand is None:
        return ""
    return LOOK_AGAIN if score.waiting else BY_HAND


def _row(
    record: Record,
    task: str,
    points: float | None,
    most: float,
    state: str,
    reasons: list[str],
    score: Score | None,
) -> Grade:
    reason, comment = BETWEEN_REASONS.join(reasons), score.comment if score else ""
    return Grade(record.student, record.part, task, points, float(most), state, reason, comment)


def write_grades(root: Path, part: Part, rows: Iterable[Grade]) -> Path:
    """Writes grading/grades.csv, atomically; the rows of other parts stay in it."""
    path = root / GRADES
    columns = [field.name for field in fields(Grade)]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(row for row in _read(path) if row.get("part") != part.id)
    writer.writerows(_plain(row) for row in rows)
    write_atomically(path, text.getvalue().encode("utf-8", errors="replace"))
    return path


def _read(path: Path) -> Iterator[dict[str, str]]:
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def _plain(row: Grade) -> dict[str, object]:
    return asdict(row) | {
        "student": _as_text(row.student),
        "points": "" if row.points is None else f"{row.points:g}",
        "max_points": f"{row.max_points:g}",
        "reason": _as_text(row.reason),
        "comment": _as_text(row.comment),
    }


def _as_text(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value

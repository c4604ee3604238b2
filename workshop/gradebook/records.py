"""What the engine found of a submission, kept in a file of its own: the score of record."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from workshop.collect.safe_names import shown
from workshop.files import read_json, write_json
from workshop.gradebook.notebook import why_unreadable
from workshop.gradebook.submissions import Submission, course_digest, unusable_name
from workshop.grading.engine import Engine
from workshop.grading.faults import plain_text
from workshop.grading.results import Result, TaskResult
from workshop.parts import Part

RESULTS = "grading/results"


@dataclass(frozen=True)
class Record:
    """`result` is None for a submission that could not be graded at all; `trouble` says why."""

    student: str
    part: str
    submission: str
    course: str
    graded_at: str
    result: Result | None
    trouble: str = ""
    notebook: str = ""
    """Why no written answers could be read, if so."""

    @property
    def complete(self) -> bool:
        """Whether every task could be graded."""
        return self.result is not None and all(t.state != "not_graded" for t in self.result.tasks)

    def tasks(self, part: Part) -> list[TaskResult]:
        """Every task of the part; all of them "not_graded" where there is no result."""
        if self.result is not None:
            return list(self.result.tasks)
        return [
            TaskResult(task.id, task.title, task.kind, 0, task.points, "not_graded", [why], ())
            for task in part.tasks
            for why in [self.trouble]
        ]


def record_file(root: Path, student: str, part: Part) -> Path:
    """Where a submission's record lies."""
    return root / RESULTS / student / f"{part.id}.json"


def load_record(root: Path, student: str, part: Part) -> Record | None:
    """The record, or None if there is none that can be read."""
    data: dict[str, Any] = read_json(record_file(root, student, part))
    try:
        found = data["result"]
        result = Result.from_plain(found) if found is not None else None
        record = Record(**{**data, "result": result})
    except (KeyError, TypeError):
        return None
    if (record.student, record.part) != (student, part.id):
        return None
    known = [task.id for task in part.tasks]
    return record if result is None or [task.id for task in result.tasks] == known else None


def save_record(root: Path, part: Part, record: Record) -> None:
    """Atomically: a kill leaves the old record or the new one."""
    write_json(record_file(root, record.student, part), asdict(record))


def is_current(record: Record | None, submission: Submission, part: Part, course: str) -> bool:
    """Whether neither the submission nor the course has changed since, and it could be graded."""
    if record is None or not record.complete or record.course != course:
        return False
    try:
        return record.submission == submission.digest(part)
    except OSError:  # it cannot be read any more: grading it says so
        return False


def refused(part: Part, submission: Submission) -> Record | None:
    """The record of a submission that neither a file nor the gradebook could hold; else None."""
    why = unusable_name(submission.student)
    return Record(shown(submission.student), part.id, "", "", _now(), None, why) if why else None


def make_record(
    engine: Engine,
    part: Part,
    submission: Submission,
    *,
    regrade: Collection[str] = (),
    earlier: Record | None = None,
    result: Result | None = None,
) -> Record:
    """Grades a submission, or only the tasks in `regrade` if all else is known from `earlier`.

    `result` is what the engine found of the very same files a moment ago, if it did.
    """
    record = refused(part, submission)
    if record is not None:
        return record
    record = Record(submission.student, part.id, "", course_digest(part), _now(), None)
    try:
        unreadable = why_unreadable(submission.notebook())
        record = replace(record, submission=submission.digest(part), notebook=unreadable)
        known = earlier.result if earlier and earlier.submission == record.submission else None
        tasks = list(regrade) if regrade and known is not None else None
        if result is None:
            result = engine.grade(part, submission.folder, tasks=tasks, hidden=True)
        left_out = submission.snapshot(part).left_out
    except Exception as problem:
        # Whatever it is, it is not the student's zero, and the others go on.
        return replace(record, trouble=plain_text(f"{type(problem).__name__}: {problem}"))
    if known is not None and tasks is not None:
        new = {task.id: task for task in result.tasks}
        merged = tuple(new.get(task.id, task) for task in known.tasks)
        result = replace(result, tasks=merged)
    # Its own, also where the same work was graded before; and names of files may be anything.
    result = replace(result, left_out=tuple(shown(name) for name in left_out))
    return replace(record, result=result)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")

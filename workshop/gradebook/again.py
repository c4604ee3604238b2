"""Who is to be graded again though nothing has changed: kept until it is done.

A run that is stopped half way leaves records that look up to date and that somebody no longer
trusts. What is kept here tells the next run which they are.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from pathlib import Path

from workshop.files import read_json, write_json
from workshop.gradebook.records import RESULTS
from workshop.parts import Part

EVERYTHING: tuple[str, ...] = ()


class Again:
    """The submissions of a part that wait to be graded again. Threads may share it."""

    def __init__(self, root: Path, part: Part) -> None:
        self._file = root / RESULTS / f"{part.id}.again.json"
        self._lock = threading.Lock()
        self._asked = {
            student: (str(wish.get("course")), tuple(wish.get("tasks") or EVERYTHING))
            for student, wish in read_json(self._file).items()
            if isinstance(wish, dict)
        }

    def ask(self, students: Iterable[str], tasks: Collection[str], course: str) -> None:
        """Have these `tasks` graded again, or EVERYTHING, beside what was asked before."""
        for student in students:
            _, before = self._asked.get(student, ("", tuple(tasks)))
            both = dict.fromkeys((*before, *tasks)) if before and tasks else EVERYTHING
            self._asked[student] = course, tuple(both)
        self._save()

    def tasks_of(self, student: str, course: str) -> tuple[str, ...] | None:
        """The tasks to grade again, or EVERYTHING; None if nobody asked.

        `course` is the course's digest now. Another than when they were asked for: the other
        tasks are out of date as well.
        """
        asked_in, tasks = self._asked.get(student, (course, None))
        return tasks if asked_in == course else EVERYTHING

    def done(self, student: str) -> None:
        """The submission has a new record."""
        with self._lock:
            if self._asked.pop(student, None) is not None:
                self._save()

    def _save(self) -> None:
        if self._asked:
            wishes = self._asked.items()
            kept = {name: {"course": made, "tasks": list(tasks)} for name, (made, tasks) in wishes}
            write_json(self._file, kept)
        else:
            self._file.unlink(missing_ok=True)

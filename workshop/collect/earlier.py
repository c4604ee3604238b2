"""Which upload went to which student before, with a class list or without one, and what did not."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from workshop.collect.class_list import COLUMNS, Student
from workshop.collect.matching import AnyName
from workshop.collect.names import Label
from workshop.files import read_json, write_json
from workshop.parts import Part

COLLECTED = "collected"


class Earlier:
    """A part's record, `grading/collected/<part>.json`. A damaged one counts as empty."""

    def __init__(self, grading: Path, part: Part) -> None:
        self._file = grading / COLLECTED / f"{part.id}.json"
        kept = read_json(self._file)
        uploads, listed = kept.get("uploads"), kept.get("class_list")
        problems = kept.get("problems")
        self._problems = dict(problems) if isinstance(problems, dict) else {}
        self._students = dict(uploads) if isinstance(uploads, dict) else {}
        known = map(_student, listed if isinstance(listed, list) else [])
        self.class_list = [student for student in known if student is not None]

    def student_of(self, label: Label) -> str | None:
        """To whom the upload with this name went, if it was placed before."""
        found = self._students.get(_key(label)) if label.names else None
        return found if isinstance(found, str) else None

    def place_of(self, label: Label) -> str | None:
        """The same, unless another upload was put there too: then it may be somebody else's."""
        student = self.student_of(label)
        return student if list(self._students.values()).count(student) == 1 else None

    def remember(self, label: Label, student: str) -> None:
        """Keeps it at once, atomically. Raises OSError."""
        if self.student_of(label) != student:
            self._students[_key(label)] = student
            self._write()

    @property
    def problems(self) -> dict[str, str]:
        """Who handed in what could not be placed, and why."""
        return {str(student): str(why) for student, why in self._problems.items()}

    def remember_problem(self, student: str, why: str) -> None:
        """Keeps why a student's upload could not be placed; "" if it could. Raises OSError."""
        if self._problems.get(student, "") != why:
            self._problems[student] = why
            self._problems = {who: what for who, what in self._problems.items() if what}
            self._write()

    def remember_class(self, students: Iterable[Student]) -> None:
        """Keeps the class list that was used, for grading to name people. Raises OSError."""
        listed = sorted(students, key=lambda student: student.id)
        if listed != self.class_list:
            self.class_list = listed
            self._write()

    def _write(self) -> None:
        listed = [
            {name: value for name, value in asdict(student).items() if value}
            for student in self.class_list
        ]
        kept = {"uploads": self._students, "class_list": listed}
        write_json(self._file, kept | ({"problems": self._problems} if self._problems else {}))


class AsBefore(AnyName):
    """Without a class list: as an earlier run placed it, else by the platform's name."""

    def __init__(self, earlier: Earlier) -> None:
        self._earlier = earlier

    def find(self, label: Label) -> str:
        """The student's id. Raises Unmatched."""
        return self._earlier.student_of(label) or super().find(label)


def _student(kept: object) -> Student | None:
    """One of the class list, as it was kept; once that was the id alone. None if damaged."""
    if isinstance(kept, str):
        kept = {"id": kept}
    if not isinstance(kept, dict):
        return None
    known = {name: value for name in COLUMNS if isinstance(value := kept.get(name), str)}
    return Student(**known) if known.get("id") else None


def _key(label: Label) -> str:
    """What a platform writes again into the name of the same student's next attempt."""
    names = (unicodedata.normalize("NFC", name) for name in label.names)
    return "/".join((label.platform, label.number, *names))

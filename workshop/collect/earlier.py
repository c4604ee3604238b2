"""Which upload went to which student before, with a class list or without one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path

from workshop.collect.class_list import Student
from workshop.collect.matching import AnyName
from workshop.collect.names import Label
from workshop.files import read_json, write_json
from workshop.parts import Part

COLLECTED = "collected"


class Earlier:
    """A part's record, `grading/collected/<part>.json`. A damaged one counts as empty."""

    def __init__(self, grading: Path, part: Part) -> None:
        self._file = grading / COLLECTED / f"{part.id}.json"
        uploads = read_json(self._file).get("uploads")
        self._students = dict(uploads) if isinstance(uploads, dict) else {}
        ids = read_json(self._file).get("class_list")
        self.class_list = [str(name) for name in ids] if isinstance(ids, list) else []

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

    def remember_class(self, students: Iterable[Student]) -> None:
        """Keeps the ids of the class list that was used. Raises OSError."""
        ids = sorted(student.id for student in students)
        if ids != self.class_list:
            self.class_list = ids
            self._write()

    def _write(self) -> None:
        write_json(self._file, {"uploads": self._students, "class_list": self.class_list})


class AsBefore(AnyName):
    """Without a class list: as an earlier run placed it, else by the platform's name."""

    def __init__(self, earlier: Earlier) -> None:
        self._earlier = earlier

    def find(self, label: Label) -> str:
        """The student's id. Raises Unmatched."""
        return self._earlier.student_of(label) or super().find(label)


def _key(label: Label) -> str:
    """What a platform writes again into the name of the same student's next attempt."""
    names = (unicodedata.normalize("NFC", name) for name in label.names)
    return "/".join((label.platform, label.number, *names))

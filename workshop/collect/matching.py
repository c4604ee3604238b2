"""Whose a submission is. What is not certain is nobody's: nothing here guesses."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Sequence

from workshop.collect.class_list import Student
from workshop.collect.names import Label

# What platforms and file systems take out of names.
_DROPPED = dict.fromkeys(map(ord, "'’ʼ`´\"&<>:|,."))

# What these platforms write is a person's name, even if it is spelt like somebody's id.
_WRITES_NAMES = {"Moodle", "Canvas"}


class Unmatched(Exception):
    """A submission that has no certain student; the text says why and what would help."""


class AnyName:
    """Without a class list: the platform's name for the student is the id."""

    def knows(self, name: str) -> bool:
        """Whether `name` is an id for sure."""
        return False

    def find(self, label: Label) -> str:
        """The student's id. Raises Unmatched."""
        _refuse_hidden(label)
        if len(label.names) > 1:
            raise Unmatched(
                f"the student may be {_listed(label.names)}: a class list (--students) decides"
            )
        return unicodedata.normalize("NFC", label.names[0])


class ClassList:
    """With a class list: the one student whose id, or else whose name or e-mail, it is."""

    def __init__(self, students: Iterable[Student]) -> None:
        self.students = list(students)
        self._ids = {student.id for student in self.students}

    def knows(self, name: str) -> bool:
        """Whether `name` is somebody's id."""
        return unicodedata.normalize("NFC", name) in self._ids

    def find(self, label: Label) -> str:
        """The student's id. Raises Unmatched."""
        _refuse_hidden(label)
        found = {unicodedata.normalize("NFC", name) for name in label.names} & self._ids
        if not found or label.platform in _WRITES_NAMES:
            found |= self._by_name(label)
        if len(found) == 1:
            return found.pop()
        if found:
            raise Unmatched(f"several students match: {_listed(sorted(found))}")
        raise Unmatched(f"the class list has no such id, name or e-mail{self._hint(label)}")

    def _by_name(self, label: Label) -> set[str]:
        squeezed = label.platform == "Canvas"
        keys = {_key(name, squeezed=squeezed) for name in label.names}
        mails = {name.casefold() for name in label.names}
        found = {
            student.id
            for student in self.students
            if keys & {_key(name, squeezed=squeezed) for name in _full_names(student)}
            or mails & {mail.casefold() for mail in _mails(student)}
        }
        # An id in other letters is no match, but it makes another student's name uncertain.
        rivals = {student.id for student in self.students if student.id.casefold() in mails}
        return found | rivals if found else found

    def _hint(self, label: Label) -> str:
        ids = {
            name: student.id
            for student in self.students
            for name in (student.id, *_full_names(student), *_mails(student))
        }
        for name in label.names:
            if near := difflib.get_close_matches(name, ids, n=1, cutoff=0.7):
                return f" (did you mean {ids[near[0]]}?)"
        return ""


def _refuse_hidden(label: Label) -> None:
    if not label.names:
        raise Unmatched(
            f"{label.platform} hid the names: switch anonymous grading off and download again"
        )


def _full_names(student: Student) -> list[str]:
    first, last = student.first_name, student.last_name
    return (
        [f"{first} {last}", f"{last} {first}"]
        if first and last
        else [n for n in (first, last) if n]
    )


def _mails(student: Student) -> list[str]:
    return [student.email, student.email.partition("@")[0]] if student.email else []


def _key(name: str, *, squeezed: bool) -> str:
    """A full name as it is compared; `squeezed` to letters and digits, as Canvas writes it."""
    key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    if squeezed:
        return "".join(char for char in key if unicodedata.category(char)[0] in "LMN")
    return " ".join(key.translate(_DROPPED).replace("_", " ").split())


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" or {names[-1]}" if len(names) > 1 else names[0]

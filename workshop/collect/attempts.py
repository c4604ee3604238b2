"""From the items of a download to attempts: which items belong together, whose, and which first."""

from __future__ import annotations

import datetime
from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from workshop.collect.matching import AnyName, ClassList, Unmatched
from workshop.collect.members import Refused
from workshop.collect.names import Label, labels
from workshop.collect.source import Item

_WORTH_A_WORD = {".py", ".ipynb", ".rar", ".7z", ".gz", ".tar", ".tgz"}


@dataclass(frozen=True)
class Note:
    """Something of the download that is not placed, by its name, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Attempt:
    """What one student handed in at one time: a folder, a zip or several files."""

    label: Label
    items: tuple[tuple[Label, Item], ...]

    @property
    def name(self) -> str:
        """The items' names."""
        return ", ".join(item.name for _, item in self.items)

    @property
    def late(self) -> bool:
        """Whether the platform says so of any item."""
        return any(label.late for label, _ in self.items)

    def without(self, names: Container[str]) -> Attempt:
        """The same without the items of these names."""
        items = tuple((label, item) for label, item in self.items if item.name not in names)
        return replace(self, items=items)

    def when(self) -> datetime.datetime:
        """The platform's time, else that of the newest file; local, without a zone."""
        times = [member.modified for _, item in self.items for member in item.members()]
        return self.label.submitted or max(times, default=datetime.datetime.min)


@dataclass
class Sorted:
    """The attempts by student id, and what belongs to no student."""

    by_student: dict[str, list[Attempt]] = field(default_factory=dict)
    unmatched: list[Note] = field(default_factory=list)
    problems: list[Note] = field(default_factory=list)
    ignored: list[Note] = field(default_factory=list)


def sort_out(items: Iterable[Item], students: AnyName | ClassList) -> Sorted:
    """Every item finds its student or a note."""
    result = Sorted()
    together: dict[tuple[object, ...], list[tuple[Label, Item]]] = {}
    for item in items:
        if item.loose and (flaw := _flaw(item)):
            result.problems.append(Note(item.name, flaw))
        elif label := _label(item, students, result):
            key = (label.platform, label.names, label.number, label.submitted)
            own = () if label.platform else (item.name,)
            together.setdefault((*key, *own), []).append((label, item))
    for parts in together.values():
        attempt = Attempt(parts[0][0], tuple(parts))
        try:
            student = students.find(attempt.label)
        except Unmatched as problem:
            result.unmatched.append(Note(attempt.name, str(problem)))
        else:
            result.by_student.setdefault(student, []).append(attempt)
    for student in [name for name, own in result.by_student.items() if _several_people(own)]:
        for attempt in result.by_student.pop(student):
            reason = f"{attempt.label.platform} has several people of this name, with other numbers"
            result.unmatched.append(Note(attempt.name, reason))
    return result


def newest_first(attempts: list[Attempt]) -> list[Attempt]:
    """Raises Refused if the times do not tell which one is the newest."""
    timed = sorted(((attempt.when(), attempt) for attempt in attempts), key=lambda pair: pair[0])
    timed.reverse()
    if len(timed) > 1 and timed[0][0] == timed[1][0]:
        raise Refused(f"it is as new as {timed[1][1].name}: keep one of them")
    return [attempt for _, attempt in timed]


def _label(item: Item, students: AnyName | ClassList, result: Sorted) -> Label | None:
    is_zip = item.loose and item.name.lower().endswith(".zip")
    stem = item.name[: -len(".zip")] if is_zip else item.name
    if students.knows(stem):
        return Label("", (stem,), file=item.name)
    found = labels(item.name, loose=item.loose)
    if len(found) == 1:
        return found[0]
    if found:
        read_as = " or ".join(label.platform for label in found)
        reason = f"its name can be {read_as}'s: rename it to the student's id"
        result.unmatched.append(Note(item.name, reason))
    elif PurePosixPath(item.name).suffix.lower() in _WORTH_A_WORD:
        result.unmatched.append(Note(item.name, "its name says no student"))
    else:
        result.ignored.append(Note(item.name, "its name says no student, and it is no zip"))
    return None


def _flaw(item: Item) -> str:
    members = item.members()
    if len(members) > 1:
        return f"it is in the download {len(members)} times"
    return "it is a link, and links are not followed" if members[0].link else members[0].flaw


def _several_people(attempts: list[Attempt]) -> bool:
    numbers = {(own.label.platform, own.label.number) for own in attempts if own.label.number}
    return len({platform for platform, _ in numbers}) < len(numbers)

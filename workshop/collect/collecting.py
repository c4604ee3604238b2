"""One download, student by student: read, compared, placed. What goes wrong is said and passed."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo

from workshop.collect.attempts import Attempt, Note, newest_first, sort_out
from workshop.collect.content import content_of
from workshop.collect.earlier import Earlier
from workshop.collect.matching import AnyName, ClassList
from workshop.collect.members import Refused
from workshop.collect.place import Places
from workshop.collect.report import Placed, Report, few
from workshop.collect.source import Item
from workshop.collect.submitted_at import stamp
from workshop.collect.unpack import unpack
from workshop.collect.wrapper import without_wrapper
from workshop.parts import Part


@dataclass(frozen=True)
class Wish:
    """How to collect: replace what differs, write nothing, and the zone of the platform's times.

    `given` are the files of the part that everybody was given and that are not handed in.
    """

    update: bool = False
    dry_run: bool = False
    zone: tzinfo | None = None
    given: frozenset[str] = frozenset()


class Collecting:
    """Fills its `report`, which is true at any moment, also if the run ends early."""

    def __init__(self, part: Part, places: Places, earlier: Earlier, wish: Wish) -> None:
        self.report = Report(part.id)
        self._part = part
        self._places = places
        self._earlier = earlier
        self._wish = wish

    def run(
        self,
        items: list[Item],
        students: AnyName | ClassList,
        on_progress: Callable[[int, int], None],
    ) -> None:
        """Raises OSError if the disk is full; everything else becomes a line of the report."""
        found = sort_out(without_wrapper(items, students), students)
        self.report.unmatched += found.unmatched
        self.report.problems += found.problems
        self.report.ignored += found.ignored
        for done, (student, attempts) in enumerate(sorted(found.by_student.items())):
            on_progress(done, len(found.by_student))
            self._one(student, attempts)
        if isinstance(students, ClassList):
            self._compare(students, set(found.by_student))

    def _one(self, student: str, attempts: list[Attempt]) -> None:
        newest = attempts[0]
        try:
            newest, *older = newest_first(attempts)
            self._places.check_id(student)
            self.report.ignored += [
                Note(attempt.name, f"{student} handed in a newer one, which counts: {newest.name}")
                for attempt in older
            ]
            self._place(student, newest)
        except Refused as refused:
            self.report.problems.append(Note(newest.name, str(refused)))
            if not self._wish.dry_run:
                self._earlier.remember_problem(student, str(refused))
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise
            reason = f"it cannot be written: {error.strerror}: {error.filename}"
            self.report.problems.append(Note(newest.name, reason))

    def _place(self, student: str, attempt: Attempt) -> None:
        unpacked = unpack(attempt)
        content = content_of(self._part, unpacked.members, self._wish.given)
        if content.others:
            reason = f"{len(content.others)} not of part {self._part.number}: {few(content.others)}"
            self.report.ignored.append(Note(attempt.name, reason))
        self.report.ignored += [
            Note(name, f"{student} handed in a newer one of this name, which counts: {newer}")
            for name, newer in unpacked.handed_in_again.items()
        ]
        when = stamp(attempt.label.submitted, self._wish.zone)
        state = self._places.state(student, content.files, when)
        before = self._earlier.place_of(attempt.label)
        if before == student or before is None or not self._places.holds(before):
            before = None
        counts = attempt.without(unpacked.handed_in_again)
        files = tuple(sorted(content.files))
        placed = Placed(student, files, counts.name, counts.late, before=before)
        if before is not None and not self._wish.update:
            self.report.elsewhere.append(placed)
            return
        if state == "differs" and not self._wish.update:
            self.report.differs.append(placed)
            return
        old = None
        if not self._wish.dry_run:
            if before is not None:
                old = self._places.set_aside(before)
            # Before it is placed: stopped in between, the next run finds nothing there.
            self._earlier.remember(attempt.label, student)
            self._earlier.remember_problem(student, "")
            if state != "same":
                old = self._places.put(student, content.files, when) or old
        if state == "same" and before is None:
            self.report.unchanged.append(placed)
        else:
            self.report.placed.append(replace(placed, old=old))

    def _compare(self, students: ClassList, found: set[str]) -> None:
        """Who of the class has nothing, and who has something but is not of the class."""
        ids = {student.id for student in students.students}
        there = set(self._places.students())
        self.report.missing = sorted(ids - found - there - set(self._earlier.problems))
        said = {placed.before for placed in (*self.report.placed, *self.report.elsewhere)}
        self.report.not_listed = sorted(there - ids - said)
        if not self._wish.dry_run:
            self._earlier.remember_class(students.students)

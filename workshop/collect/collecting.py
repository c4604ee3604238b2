"""One download, student by student: read, compared, placed. What goes wrong is said and passed."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from workshop.collect.attempts import Attempt, Note, newest_first, sort_out
from workshop.collect.content import content_of
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

    def __init__(self, part: Part, places: Places, wish: Wish) -> None:
        self.report = Report(part.id)
        self._part = part
        self._places = places
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

    def _one(self, student: str, attempts: list[Attempt]) -> None:
        newest = attempts[0]
        try:
            newest, *older = newest_first(attempts)
            self._places.check_id(student)
            self.report.ignored += [
                Note(attempt.name, f"{student} handed in a newer one: {newest.name}")
                for attempt in older
            ]
            self._place(student, newest)
        except Refused as refused:
            self.report.problems.append(Note(newest.name, str(refused)))
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
            Note(name, f"{student} handed in a newer one of this name")
            for name in unpacked.handed_in_again
        ]
        when = stamp(attempt.label.submitted, self._wish.zone)
        state = self._places.state(student, content.files, when)
        late = any(label.late for label, _ in attempt.items)
        old = None
        if not self._wish.dry_run and (
            state == "nothing" or (state == "differs" and self._wish.update)
        ):
            old = self._places.put(student, content.files, when)
        placed = Placed(student, tuple(sorted(content.files)), attempt.name, late, old)
        if state == "same":
            self.report.unchanged.append(placed)
        elif state == "differs" and not self._wish.update:
            self.report.differs.append(placed)
        else:
            self.report.placed.append(placed)

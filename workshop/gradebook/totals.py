"""One way to count a submission's points: the tasks by themselves, the written answers beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workshop.gradebook.grades import LOOK_AGAIN, Grade
from workshop.gradebook.words import NOTHING_WRITTEN, is_written
from workshop.parts import Part


@dataclass(frozen=True)
class Totals:
    """Points of the tasks out of `most`, and of the written answers out of `most_written`.

    A task that could not be graded counts in neither `points` nor `most`; an answer that waits
    for a person is one of `open`, and its points are in `most_written` all the same. `blank` are
    the answers with nothing in them, which nobody needs to read.
    """

    points: float
    most: float
    written: float
    most_written: float
    answers: int
    open: int
    blank: int
    look_again: tuple[str, ...]
    """Tasks and answers that changed after points were given by hand."""
    uncounted: tuple[str, ...]
    """Tasks and answers that have no points yet."""

    @property
    def any_task(self) -> bool:
        """Whether there are points for at least one task, so that a sum of them says anything."""
        return self.most > 0

    @property
    def tasks_words(self) -> str:
        """As in "85 of 100 points"."""
        if not self.any_task:
            return "no task graded yet"
        return f"{self.points:g} of {self.most:g} points"

    @property
    def written_words(self) -> str:
        """As in "8 of 10 by hand"; empty for a part without written answers."""
        if not self.answers:
            return ""
        if self.blank == self.answers:
            return f"{NOTHING_WRITTEN}, 0 of {self.most_written:g}"
        by_hand = self.answers - self.blank - self.open
        said = [f"{self.written:g} of {self.most_written:g} by hand"] if by_hand else []
        if self.open:
            said.append(f"{self.open} not yet graded" if by_hand else "not yet graded by hand")
        if self.blank:
            said.append(f"{self.blank} left blank")
        return ", ".join(said)


def totals_of(part: Part, grades: Sequence[Grade]) -> Totals:
    """The sums over one submission's rows."""
    written = [grade for grade in grades if is_written(part, grade)]
    auto = [grade for grade in grades if not is_written(part, grade)]
    return Totals(
        points=sum(grade.points or 0 for grade in auto),
        most=sum(grade.max_points for grade in auto if grade.points is not None),
        written=sum(grade.points or 0 for grade in written),
        most_written=sum(grade.max_points for grade in written),
        answers=len(written),
        open=sum(grade.points is None for grade in written),
        blank=sum(grade.state == "failed" for grade in written),
        look_again=tuple(grade.task for grade in grades if grade.state == LOOK_AGAIN),
        uncounted=tuple(grade.task for grade in grades if grade.points is None),
    )

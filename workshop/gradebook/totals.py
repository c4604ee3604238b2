"""One way to count a submission's points: the tasks by themselves, the written answers beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workshop.gradebook.grades import LOOK_AGAIN, Grade
from workshop.parts import Part


@dataclass(frozen=True)
class Totals:
    """Points of the tasks out of `most`, and of the written answers out of `most_written`.

    A task that could not be graded counts in neither `points` nor `most`; an answer that waits
    for a person is one of `open`, and its points are in `most_written` all the same.
    """

    points: float
    most: float
    written: float
    most_written: float
    answers: int
    open: int
    look_again: tuple[str, ...]
    """Tasks and answers that changed after points were given by hand."""

    @property
    def tasks_words(self) -> str:
        """As in "85 of 100"."""
        return f"{self.points:g} of {self.most:g}"

    @property
    def written_words(self) -> str:
        """As in "8 of 10 by hand"; empty for a part without written answers."""
        if not self.answers:
            return ""
        if self.open == self.answers:
            return "not yet graded by hand"
        still = f", {self.open} not yet graded" if self.open else ""
        return f"{self.written:g} of {self.most_written:g} by hand{still}"


def totals_of(part: Part, grades: Sequence[Grade]) -> Totals:
    """The sums over one submission's rows."""
    tasks = {task.id for task in part.tasks}
    auto = [grade for grade in grades if grade.task in tasks]
    written = [grade for grade in grades if grade.task not in tasks]
    return Totals(
        points=sum(grade.points or 0 for grade in auto),
        most=sum(grade.max_points for grade in auto if grade.points is not None),
        written=sum(grade.points or 0 for grade in written),
        most_written=sum(grade.max_points for grade in written),
        answers=len(written),
        open=sum(grade.points is None for grade in written),
        look_again=tuple(grade.task for grade in grades if grade.state == LOOK_AGAIN),
    )

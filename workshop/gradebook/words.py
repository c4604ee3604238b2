"""How points and states are said to people, the same in every file and on every page."""

from __future__ import annotations

from workshop.gradebook.grades import BY_HAND, LOOK_AGAIN, WAITING, Grade
from workshop.grading.words import STATES
from workshop.parts import Part

_WORDS = {state: f"{mark} {word}" for state, (mark, word) in STATES.items()} | {
    BY_HAND: "given by hand",
    LOOK_AGAIN: "given by hand, changed since",
    WAITING: "not yet graded by hand",
}
NOTHING_WRITTEN = "nothing written"


def points_words(points: float | None, most: float) -> str:
    """As in "7/10"; "–/10" where there are no points yet, which is no zero."""
    return f"{'–' if points is None else f'{points:g}'}/{most:g}"


def state_words(part: Part, grade: Grade) -> str:
    """As in "✓ passed". A written answer fails by itself only if there is none."""
    if grade.state == "failed" and is_written(part, grade):
        return NOTHING_WRITTEN
    return _WORDS[grade.state]


def name_words(part: Part, grade: Grade) -> str:
    """As in "cache: A cache that never hurts", or "in your own words: why"."""
    titles = {task.id: task.title for task in part.tasks}
    if grade.task in titles:
        return f"{grade.task}: {titles[grade.task]}"
    return f"in your own words: {grade.task}"


def is_written(part: Part, grade: Grade) -> bool:
    """Whether it is an answer in words, and no task."""
    return grade.task in {written.id for written in part.written}

"""How results are said, the same in the terminal and in a notebook."""

from __future__ import annotations

from workshop.grading.results import Result, TaskResult
from workshop.parts import Part

STATES = {
    "passed": ("✓", "passed"),
    "partial": ("◐", "partly"),
    "failed": ("✗", "not yet"),
    "not_graded": ("?", "not graded"),
}
FEW = 3


def state_words(task: TaskResult) -> str:
    """Mark and word: nothing rests on colour or on a glyph alone."""
    mark, word = STATES[task.state]
    return f"{mark} {word}"


def shown_reasons(task: TaskResult, most: int | None) -> list[str]:
    """The first `most` reasons (all if None), and how many are left out."""
    if most is None or len(task.reasons) <= most:
        return task.reasons
    return [*task.reasons[:most], f"… and {len(task.reasons) - most} more"]


def totals(part: Part, result: Result) -> str:
    """ "74 of 100 points; core tasks 60 of 70": the last only if the whole part was checked."""
    text = f"{result.points} of {result.max_points} points"
    if len(result.tasks) == len(part.tasks):
        points, most = result.core()
        text += f"; core tasks {points} of {most}"
    return text


def unfinished(result: Result) -> list[TaskResult]:
    """What is left to do, in the part's order; core tasks first."""
    left = [task for task in result.tasks if task.state != "passed"]
    return sorted(left, key=lambda task: task.kind != "core")

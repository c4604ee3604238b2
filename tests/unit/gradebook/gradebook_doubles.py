"""A part of two tasks and two written answers, what it is released as, and engines that do not run
anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from workshop.grading.results import CheckResult, Result, State, TaskResult
from workshop.parts import Check, Part, Task, Written

Cell = dict[str, Any]
PART_ID = "part1_tally"


def part_in(folder: Path) -> Part:
    """The part, with its source in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "part.toml").write_text("# stands for the whole source\n")

    def task(name: str, title: str, points: int) -> Task:
        check = Check("right", "it is right", points)
        return Task(name, title, "1.1", "core", 1, points, f"tally/{name}.py", (), (check,))

    return Part(
        id=PART_ID,
        number=1,
        title="A tally",
        minutes=5,
        package="tally",
        files=("tally/*.py",),
        sections=(),
        tasks=(task("total", "Sums", 10), task("mean", "Means", 5)),
        written=(Written("why", "1.1", 5, ""), Written("where", "1.1", 3, "")),
        wrong_answers=(),
        folder=folder,
    )


def graded(part: Part, **points: int | None) -> Result:
    """Each task with these points, or all of them; None: it could not be graded."""
    return Result(part.id, tuple(_graded(t, points.get(t.id, t.points)) for t in part.tasks), 1)


def _graded(task: Task, points: int | None) -> TaskResult:
    state: State = "passed" if points == task.points else "partial" if points else "failed"
    if points is None:
        state = "not_graded"
    reasons = [] if state == "passed" else [f"{task.id} is {state}"]
    found = points or 0
    check = CheckResult(task.check_ids[0], "it is right", found, task.points, state, tuple(reasons))
    return TaskResult(task.id, task.title, task.kind, found, task.points, state, reasons, (check,))


class CannedEngine:
    """Finds what it is told to find, and remembers for which tasks it was asked."""

    def __init__(self, find: Callable[[Part], Result] = graded) -> None:
        self._find = find
        self.asked: list[list[str] | None] = []

    def grade(
        self, part: Part, folder: Path, *, tasks: Collection[str] | None = None, hidden: bool
    ) -> Result:
        assert hidden, "grading takes the hidden tests too"
        self.asked.append(None if tasks is None else list(tasks))
        found = self._find(part)
        if tasks is None:
            return found
        return Result(found.part, tuple(t for t in found.tasks if t.id in tasks), found.seed)


def marked(kind: str, cell_id: str, source: str, *, by_hand: bool, points: int) -> Cell:
    """A graded cell as nbgrader releases it."""
    name = cell_id.removesuffix("-cell")
    mark = {"grade": True, "grade_id": name, "locked": not by_hand, "solution": by_hand}
    more = {"checksum": f"checksum of {name}", "points": points, "schema_version": 3, "task": False}
    return plain(kind, cell_id, source) | {"metadata": {"nbgrader": mark | more}}


def plain(kind: str, cell_id: str, source: Any) -> Cell:
    """A cell that nbgrader does not know."""
    made: Cell = {"cell_type": kind, "id": cell_id, "metadata": {}, "source": source}
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def cells() -> list[Cell]:
    """The released lesson's."""
    return [
        plain("markdown", "opening", "# A tally"),
        marked("code", "total-cell", 'check("total")', by_hand=False, points=10),
        marked("markdown", "why-cell", "YOUR ANSWER HERE", by_hand=True, points=5),
        marked("code", "mean-cell", 'check("mean")', by_hand=False, points=5),
        marked("markdown", "where-cell", "YOUR ANSWER HERE", by_hand=True, points=3),
    ]


def notebook(of: list[Cell]) -> dict[str, Any]:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": of, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def released() -> NotebookNode:
    return nbformat.reads(json.dumps(notebook(cells())), as_version=4)


def handed_in(change: Callable[[list[Cell]], Any] = lambda cells: None) -> bytes:
    """The released lesson with both answers in it, after `change`, which may return other cells."""
    of = cells()
    of[2]["source"], of[4]["source"] = "Because.", "In the till."
    changed = change(of)
    return json.dumps(notebook(of if changed is None else changed)).encode()

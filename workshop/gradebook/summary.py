"""What `workshop grade` says at the end."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from workshop.bootstrap_stop import command
from workshop.gradebook.grades import WAITING, Grade
from workshop.gradebook.session import Graded
from workshop.parts import Part

_MAX_NAME = 40


def print_summary(part: Part, done: Sequence[Graded], seconds: float, file: Path) -> None:
    """A row for each student, the class, what could not be graded, what to do next."""
    console = Console(highlight=False)
    tasks = {task.id for task in part.tasks}
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("student", "points", "of", "passed", "partly", "not yet", "not graded", ""):
        table.add_column(name, justify="left" if name in ("student", "") else "right")
    for graded in done:
        rows = [grade for grade in graded.grades if grade.task in tasks]
        states = [grade.state for grade in rows]
        table.add_row(
            Text(_short(graded.student)),
            f"{points(rows):g}",
            f"{sum(row.max_points for row in rows if row.points is not None):g}",
            *(str(states.count(state)) for state in ("passed", "partial", "failed")),
            str(states.count("not_graded")),
            "" if graded.fresh else "unchanged",
        )
    console.print(table)
    _print_problems(console, done)
    fully = [points([g for g in one.grades if g.task in tasks]) for one in done if _whole(one)]
    if fully:
        mean, median = statistics.fmean(fully), statistics.median(fully)
        console.print(f"{len(fully)} fully graded: mean {mean:.1f}, median {median:g} points.")
    fresh = sum(graded.fresh for graded in done)
    console.print(f"{fresh} graded, {len(done) - fresh} unchanged, {seconds:.0f} s.")
    console.print(Text(f"Grades: {file}; feedback: {file.parent / 'reports'}"))
    console.print(Text(f"\nNext: {_next(part, done)}"))


def points(rows: Sequence[Grade]) -> float:
    """The sum of what has points."""
    return sum(row.points or 0 for row in rows)


def _whole(graded: Graded) -> bool:
    return all(grade.state != "not_graded" for grade in graded.grades)


def _print_problems(console: Console, done: Sequence[Graded]) -> None:
    for graded in done:
        reasons: dict[str, list[str]] = {}
        for grade in graded.grades:
            if grade.state == "not_graded":
                reasons.setdefault(grade.reason, []).append(grade.task)
        for reason, tasks in reasons.items():
            text = f"{_short(graded.student)}: could not be graded ({', '.join(tasks)}): {reason}"
            console.print(Text(text, style="magenta"))
        if graded.notebook:
            text = f"{_short(graded.student)}: no written answers: {graded.notebook}"
            console.print(Text(text, style="yellow"))
        for line in graded.left_out:
            console.print(Text(f"{_short(graded.student)}: not taken: {line}", style="yellow"))
        if graded.unsaved:
            text = f"{_short(graded.student)}: not in the gradebook: {graded.unsaved}"
            console.print(Text(text, style="red"))


def _next(part: Part, done: Sequence[Graded]) -> str:
    waiting = sum(any(g.state == WAITING for g in graded.grades) for graded in done)
    if waiting:
        return (
            f"{command('lab --instructor')} opens formgrader, where the written answers of "
            f"{waiting} wait; then {command(f'grade {part.number}')} brings feedback up to date"
        )
    return f"{command(f'grade {part.number}')} grades what is new or has changed"


def _short(name: str) -> str:
    return name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}…"

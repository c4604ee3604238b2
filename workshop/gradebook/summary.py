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
from workshop.collect.safe_names import shown
from workshop.gradebook.grades import LOOK_AGAIN, WAITING
from workshop.gradebook.session import Graded
from workshop.gradebook.totals import Totals, totals_of
from workshop.parts import Part

_MAX_NAME = 40


def print_summary(
    part: Part, done: Sequence[Graded], nothing: Sequence[str], seconds: float, file: Path
) -> None:
    """A row for each student, the class, what could not be graded, who handed in `nothing`, what
    to do next."""
    console = Console(highlight=False)
    tasks = {task.id for task in part.tasks}
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("student", "tasks", "by hand", "passed", "partly", "not yet", "not graded", ""):
        table.add_column(name, justify="left" if name in ("student", "") else "right")
    for graded in done:
        rows = [grade for grade in graded.grades if grade.task in tasks]
        states = [grade.state for grade in rows]
        totals = totals_of(part, graded.grades)
        table.add_row(
            Text(_short(graded.student)),
            totals.tasks_words,
            _by_hand(totals),
            *(str(states.count(state)) for state in ("passed", "partial", "failed")),
            str(states.count("not_graded")),
            "" if graded.fresh else "unchanged",
        )
    console.print(table)
    _print_problems(console, done)
    _print_look_again(console, part, done)
    if nothing:
        names = ", ".join(_short(shown(student)) for student in nothing)
        console.print(Text(f"On the class list, nothing handed in: {names}", style="yellow"))
    fully = [totals_of(part, one.grades).points for one in done if _whole(one)]
    if fully:
        mean, median = statistics.fmean(fully), statistics.median(fully)
        console.print(f"{len(fully)} with all tasks graded: mean {mean:.1f}, median {median:g}.")
    fresh = sum(graded.fresh for graded in done)
    console.print(f"{fresh} graded, {len(done) - fresh} unchanged, {seconds:.0f} s.")
    console.print(Text(f"Grades: {file}; feedback: {file.parent / 'reports'}"))
    console.print(Text(f"\nNext: {_next(part, done)}"))


def _by_hand(totals: Totals) -> str:
    if not totals.answers:
        return ""
    if totals.open == totals.answers:
        return "not yet"
    still = f", {totals.open} open" if totals.open else ""
    return f"{totals.written:g} of {totals.most_written:g}{still}"


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


def _print_look_again(console: Console, part: Part, done: Sequence[Graded]) -> None:
    changed = {one.student: totals_of(part, one.grades).look_again for one in done}
    for student, tasks in changed.items():
        if tasks:
            text = f"{_short(student)}: changed after points were given by hand: {', '.join(tasks)}"
            console.print(Text(text, style="yellow"))


def _next(part: Part, done: Sequence[Graded]) -> str:
    waiting, look_again = (
        sum(any(g.state == state for g in graded.grades) for graded in done)
        for state in (WAITING, LOOK_AGAIN)
    )
    todo = [f"the written answers of {waiting} wait"] if waiting else []
    if look_again:
        todo.append(f"points of {look_again} need a second look (keep them with Resolve)")
    if todo:
        return (
            f"{command('lab --instructor')} opens formgrader, where {' and '.join(todo)}; "
            f"then {command(f'grade {part.number}')} brings feedback up to date"
        )
    return f"{command(f'grade {part.number}')} grades what is new or has changed"


def _short(name: str) -> str:
    return name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}…"

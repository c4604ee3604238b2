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
from workshop.gradebook.beside import Beside
from workshop.gradebook.grades import BY_HAND, LOOK_AGAIN, WAITING
from workshop.gradebook.session import Graded
from workshop.gradebook.totals import Totals, totals_of
from workshop.gradebook.words import is_written
from workshop.grading.words import STATES
from workshop.parts import Part

_MAX_NAME = 40
_MARKS = {**STATES, BY_HAND: ("✎", "given by hand")}


def print_summary(
    part: Part,
    done: Sequence[Graded],
    beside: Beside,
    seconds: float,
    file: Path,
) -> None:
    """A row for each student, the class, what could not be graded, who stands `beside` the class
    list, what to do next."""
    console = Console(highlight=False)
    console.print(_table(part, done))
    legend = ", ".join(f"{mark} {word}" for mark, word in _MARKS.values())
    console.print(Text(f"Tasks: {legend}"))
    _print_problems(console, done)
    _print_look_again(console, part, done)
    lists = {
        "On the class list, nothing handed in": beside.missing,
        "In place, but not on the class list": beside.not_listed,
    }
    for says, students in lists.items():
        if students:
            names = ", ".join(_short(shown(student)) for student in students)
            console.print(Text(f"{says}: {names}", style="yellow"))
    for student, why in beside.not_collected.items():
        text = f"{_short(shown(student))}: handed in, but not collected: {shown(why)}"
        console.print(Text(text, style="yellow"))
    fully = [totals_of(part, one.grades).points for one in done if _whole(one)]
    if fully:
        mean, median = statistics.fmean(fully), statistics.median(fully)
        console.print(f"{len(fully)} with all tasks graded: mean {mean:.1f}, median {median:g}.")
    fresh = sum(graded.fresh for graded in done)
    console.print(f"{fresh} graded, {len(done) - fresh} unchanged, {seconds:.0f} s.")
    # A command or path that is folded cannot be copied.
    for line in (f"Grades: {file}", f"Feedback: {file.parent / 'reports'}"):
        console.print(Text(line), soft_wrap=True)
    console.print()
    for line in _next(part, done):
        console.print(Text(line), soft_wrap=True)


def _table(part: Part, done: Sequence[Graded]) -> Table:
    """Narrow: a terminal has 80 columns, and names are long."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("student", overflow="fold")
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("written", justify="right")
    for mark, _ in _MARKS.values():
        table.add_column(mark, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for graded in done:
        tasks = [grade for grade in graded.grades if not is_written(part, grade)]
        states = [BY_HAND if one.state == LOOK_AGAIN else one.state for one in tasks]
        totals = totals_of(part, graded.grades)
        table.add_row(
            Text(_short(graded.student)),
            f"{totals.points:g}/{totals.most:g}" if totals.any_task else "–",
            _written(totals),
            *(str(states.count(state)) for state in _MARKS),
            "" if graded.fresh else "unchanged",
        )
    return table


def _written(totals: Totals) -> str:
    if not totals.answers:
        return ""
    if totals.blank == totals.answers:
        return "blank"
    if totals.blank + totals.open == totals.answers:
        return "not yet"
    still = f", {totals.open} open" if totals.open else ""
    return f"{totals.written:g}/{totals.most_written:g}{still}"


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


def _next(part: Part, done: Sequence[Graded]) -> list[str]:
    """What to type, a line each, and indented below it what that does."""
    waiting, look_again = (
        sum(any(g.state == state for g in graded.grades) for graded in done)
        for state in (WAITING, LOOK_AGAIN)
    )
    todo = [f"the written answers of {waiting} wait there"] if waiting else []
    if look_again:
        todo.append(f"points of {look_again} need a second look (keep them with Resolve)")
    again = command(f"grade {part.number}")
    if not todo:
        return [f"Next: {again}", "      grades what is new or has changed"]
    opens = [f"      opens formgrader: {todo[0]}", *(f"      and {more}" for more in todo[1:])]
    then = [f"Then: {again}", "      brings feedback up to date"]
    return [f"Next: {command('lab --instructor')}", *opens, *then]


def _short(name: str) -> str:
    return name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}…"

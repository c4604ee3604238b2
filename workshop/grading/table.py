"""The table of `workshop check`."""

from __future__ import annotations

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from workshop.bootstrap_stop import command
from workshop.grading.hints import Hint
from workshop.grading.results import Result, TaskResult
from workshop.grading.words import FEW, shown_reasons, state_words, totals, unfinished
from workshop.parts import Part

_STYLES = {"passed": "green", "partial": "yellow", "failed": "red", "not_graded": "magenta"}


def print_result(console: Console, part: Part, result: Result, hints: Iterable[Hint]) -> None:
    """Tasks with points and reasons, the totals, hints, and what to do next."""
    console.print(Text(f"Part {part.number}: {part.title}", style="bold"))
    console.print(_table(console, result, all_reasons=len(result.tasks) == 1))
    console.print(Text(totals(part, result), style="bold"))
    for line in result.left_out:
        console.print(Text(f"Not taken: {line}", style="yellow"))
    for hint in hints:
        console.print(Text(f"\nHint {hint.number} of {hint.of} for {hint.task}: {hint.text}"))
    console.print(Text(f"\nNext: {_next_step(part, result)}"))


def _table(console: Console, result: Result, *, all_reasons: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=False)
    table.add_column("task", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("what to look at", overflow="fold")
    for task in result.tasks:
        reasons = shown_reasons(task, None if all_reasons else FEW)
        table.add_row(
            task.id,
            task.kind,
            f"{task.points}/{task.max_points}",
            Text(_plain_if_needed(console, task), style=_STYLES[task.state]),
            Text("\n".join(_bulleted(reasons)) or task.title, style="" if reasons else "dim"),
        )
    return table


def _bulleted(reasons: list[str]) -> list[str]:
    if len(reasons) < 2:
        return reasons
    return [reason if reason.startswith("…") else f"- {reason}" for reason in reasons]


def _plain_if_needed(console: Console, task: TaskResult) -> str:
    """Without the mark where the terminal's encoding has no such glyphs."""
    words = state_words(task)
    return words if console.encoding.lower().startswith("utf") else words.partition(" ")[2]


def _next_step(part: Part, result: Result) -> str:
    left = unfinished(result)
    if not left:
        if len(result.tasks) < len(part.tasks):
            return command(f"check {part.number}")
        return f"{command('progress')} shows what is left of the course"
    file = part.task(left[0].id).file
    return f"edit {file}, then {command(f'check {part.number} --task {left[0].id}')}"

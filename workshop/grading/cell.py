"""`check(...)` for notebook cells: the points as a number, the reasons as a table."""

from __future__ import annotations

import atexit
import html
from collections.abc import Iterable
from pathlib import Path

from workshop.bootstrap_paths import this_clone
from workshop.bootstrap_stop import command
from workshop.grading.checker import Checker
from workshop.grading.hints import next_hint
from workshop.grading.results import Result, TaskResult
from workshop.grading.words import state_words, totals
from workshop.parts import Part, PartError, find_part, load_part

_checker: Checker | None = None


class Score(float):
    """The points. A notebook shows `html`; nbgrader reads the number as partial credit."""

    html: str
    result: Result | None

    def __new__(cls, points: float, html: str = "", result: Result | None = None) -> Score:
        score = super().__new__(cls, points)
        score.html, score.result = html, result
        return score

    def __repr__(self) -> str:
        return float.__repr__(self)

    def _repr_html_(self) -> str:
        return self.html


def check(*what: str | int, hint: bool = False) -> Score:
    """Checks a task: `check("settings")`, or `check(2, "settings")` outside the part's folder.

    Without a task the whole part is checked. `hint=True` adds one more hint for each task left.
    The folder that is checked is the one the notebook lies in. Nothing is printed, and nothing
    raised: what cannot be checked is said in the answer.
    """
    try:
        part, folder, tasks = _understood(what)
    except PartError as problem:
        return Score(0.0, _paragraph(f"Not checked: {problem}."))
    try:
        result = _kept_checker().check(part, folder, tasks or None)
    except OSError as problem:
        return Score(0.0, _paragraph(f"Not checked: {problem}. Run {command('doctor')}."))
    shown = _table(part, result)
    if hint:
        shown += _hints(part, result, this_clone().work)
    return Score(result.points, shown, result)


def _understood(what: tuple[str | int, ...]) -> tuple[Part, Path, list[str]]:
    root = this_clone().root
    tasks = [name for name in what if isinstance(name, str)]
    numbers = [name for name in what if not isinstance(name, str)]
    here = Path.cwd().resolve()
    above = [here, *here.parents]
    if numbers:
        part = find_part(root, str(numbers[0]))
        folder = next((path for path in above if path.name == part.id), here)
    else:
        known = {file.parent.name: file.parent for file in (root / "modules").glob("*/part.toml")}
        found = next((path for path in above if path.name in known), None)
        if found is None:
            names = ", ".join(sorted(known))
            raise PartError(f"{here} lies in no part's folder; the parts are {names}")
        part, folder = load_part(known[found.name]), found
    for name in tasks:
        part.task(name)
    return part, folder, tasks


def _kept_checker() -> Checker:
    """Kept between cells, so that without a lab the second check starts at once."""
    global _checker
    if _checker is None:
        _checker = Checker(this_clone())
        atexit.register(_checker.close)
    return _checker


def result_table(tasks: Iterable[TaskResult]) -> str:
    """Tasks with points, state and reasons, as HTML; nothing of a submission is markup in it."""
    rows = []
    for task in tasks:
        what = "<br>".join(map(html.escape, task.reasons)) or html.escape(task.title)
        cells = (
            f"<b>{html.escape(task.id)}</b>",
            f"{task.points}/{task.max_points}",
            html.escape(state_words(task)),
            what,
        )
        rows.append("".join(f'<td style="text-align:left">{cell}</td>' for cell in cells))
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _table(part: Part, result: Result) -> str:
    left_out = "".join(_paragraph(f"Not taken: {line}") for line in result.left_out)
    return result_table(result.tasks) + left_out + _paragraph(_next(part, result))


def _next(part: Part, result: Result) -> str:
    if result.passed:
        return "All passed." if len(result.tasks) == 1 else f"All passed: {totals(part, result)}."
    if len(result.tasks) == 1:
        task = part.task(result.tasks[0].id)
        return f"Edit {task.file}, save it, and run this cell again; a hint: add hint=True."
    return f"{totals(part, result)}. In a terminal: {command(f'check {part.number} --hints')}"


def _hints(part: Part, result: Result, work: Path) -> str:
    left = [task.id for task in result.tasks if task.state != "passed"]
    found = [hint for name in left if (hint := next_hint(part, name, work)) is not None]
    return "".join(
        _paragraph(f"Hint {hint.number} of {hint.of} for {hint.task}: {hint.text}")
        for hint in found
    )


def _paragraph(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"

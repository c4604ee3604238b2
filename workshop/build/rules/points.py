"""Points, ids and hints of part.toml."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from workshop.build.rules.finding import Finding, in_part
from workshop.parts import DESCRIPTION, Part, Task

TOTAL, CORE = 100, 70


def findings(part: Part) -> Iterator[Finding]:
    for problem, next_step in (*_sums(part), *_ids(part), *_references(part)):
        yield in_part(part, DESCRIPTION, problem, next_step)
    for task in part.tasks:
        if not task.hints:
            yield in_part(
                part, DESCRIPTION, f"task {task.id} has no hint", "add one to its `hints`"
            )


def _sums(part: Part) -> Iterator[tuple[str, str]]:
    total = sum(task.points for task in part.tasks)
    if total != TOTAL:
        yield f"the tasks' points add up to {total}, not {TOTAL}", "change `points` of a task"
    core = sum(task.points for task in part.tasks if task.kind == "core")
    if core != CORE:
        yield f"the core tasks' points add up to {core}, not {CORE}", "change `points` or `kind`"
    for task in part.tasks:
        checks = sum(check.points for check in task.checks)
        if checks != task.points:
            yield (
                f"task {task.id} has {task.points} points, its checks add up to {checks}",
                "make them equal",
            )


def _ids(part: Part) -> Iterator[tuple[str, str]]:
    # Tasks and written answers share one space of names: both are grade_ids in the notebook.
    yield from _twice("graded thing", [t.id for t in part.tasks] + [w.id for w in part.written])
    yield from _twice("section", (section.number for section in part.sections))
    yield from _twice("wrong answer", (answer.name for answer in part.wrong_answers))
    for task in part.tasks:
        yield from _twice(f"check of task {task.id}", (check.id for check in task.checks))
        for name in (task.id, *(check.id for check in task.checks)):
            if not name.isidentifier():
                yield (
                    f"the id {name!r} is not made of letters, digits and _",
                    "change it there and in the tests",
                )


def _twice(kind: str, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name, times in Counter(names).items():
        if times > 1:
            yield f"there are {times} {kind}s called {name!r}", "rename all but one"


def _references(part: Part) -> Iterator[tuple[str, str]]:
    sections = {section.number for section in part.sections}
    graded: list[tuple[str, str]] = [(t.id, t.section) for t in part.tasks]
    graded += [(w.id, w.section) for w in part.written]
    for name, section in graded:
        if section not in sections:
            known = ", ".join(sorted(sections))
            yield f"{name} is in section {section!r}", f"choose one of {known}"
    known_checks = {check for task in part.tasks for check in task.check_ids}
    for answer in part.wrong_answers:
        for check in answer.loses:
            if check not in known_checks:
                yield (
                    f"wrong answer {answer.name} loses {check!r}, and no task has such a check",
                    f"choose from {_checks_near(part.tasks, check)}",
                )
        if not answer.loses:
            yield f"wrong answer {answer.name} loses nothing", "name a check in its `loses`"


def _checks_near(tasks: tuple[Task, ...], check: str) -> str:
    same_task = [task for task in tasks if task.id == check.split(".")[0]]
    return ", ".join(name for task in same_task or tasks for name in task.check_ids)

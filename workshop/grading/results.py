"""What a check found: points and reasons by task."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from workshop.parts import Task

State = Literal["passed", "partial", "failed", "not_graded"]
_MAX_REASONS = 6
_NOT_WRITTEN = re.compile(r"^(?P<file>.+), line (?P<line>\d+): not written yet$")
_UNUSABLE = re.compile(
    r", line \d+: (SyntaxError|IndentationError|TabError|ImportError|ModuleNotFoundError)\b"
    r"| is missing$"
)
_NO_ANSWER = re.compile(r"^(?P<late>did not answer within \S+ s \(.+), line \d+\)$")


@dataclass(frozen=True)
class CheckResult:
    """One all-or-nothing check; `id` is the full one, "task.check"."""

    id: str
    says: str
    points: int
    max_points: int
    state: State
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class TaskResult:
    """One task. A task that could not be graded has 0 points and says so in its state."""

    id: str
    title: str
    kind: str
    points: int
    max_points: int
    state: State
    reasons: list[str]
    checks: tuple[CheckResult, ...]


@dataclass(frozen=True)
class Result:
    """One submission. Points count the tasks that were asked for."""

    part: str
    tasks: tuple[TaskResult, ...]
    seed: int
    left_out: tuple[str, ...] = ()
    """Files of the submission that were not taken, with the reason."""

    @property
    def points(self) -> int:
        return sum(task.points for task in self.tasks)

    @property
    def max_points(self) -> int:
        return sum(task.max_points for task in self.tasks)

    @property
    def passed(self) -> bool:
        """Whether nothing is missing."""
        return all(task.state == "passed" for task in self.tasks)

    def core(self) -> tuple[int, int]:
        """Points and maximum of the core tasks."""
        core = [task for task in self.tasks if task.kind == "core"]
        return sum(task.points for task in core), sum(task.max_points for task in core)

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Result:
        """From `dataclasses.asdict`, that went through JSON. Raises KeyError or TypeError."""
        tasks = []
        for task in data["tasks"]:
            checks = [CheckResult(**c | {"reasons": tuple(c["reasons"])}) for c in task["checks"]]
            tasks.append(TaskResult(**task | {"checks": tuple(checks)}))
        return cls(data["part"], tuple(tasks), data["seed"], tuple(data["left_out"]))

    def to_json(self) -> dict[str, Any]:
        """The form that `workshop check --json` prints."""
        return {
            "part": self.part,
            "points": self.points,
            "max_points": self.max_points,
            "tasks": [
                {
                    "id": task.id,
                    "points": task.points,
                    "max_points": task.max_points,
                    "state": task.state,
                    "reasons": list(task.reasons),
                }
                for task in self.tasks
            ],
        }


def score(task: Task, events: Iterable[Mapping[str, Any]], trouble: str | None) -> TaskResult:
    """A task's result from its tests' events.

    A check is passed if at least one of its tests ran and all that ran passed. `trouble`, or a
    test that could not be run for reasons not of the submission, leaves the task ungraded.
    """
    outcomes: dict[str, list[tuple[str, str]]] = {name: [] for name in task.check_ids}
    for event in events:
        for name in event["checks"]:
            if name in outcomes:
                outcomes[name].append((event["outcome"], event["reason"]))
    checks = tuple(
        _check(name, check.says, check.points, outcomes[name], trouble)
        for name, check in zip(task.check_ids, task.checks, strict=True)
    )
    states = {check.state for check in checks}
    points = sum(check.points for check in checks)
    wanted = "not_graded" if "not_graded" in states else "failed"
    told = [reason for check in checks if check.state == wanted for reason in check.reasons]
    if points == 0:
        # Not begun: what else goes wrong follows from the gap, unless it is a file as a whole.
        not_begun = any(_NOT_WRITTEN.match(reason) for reason in told)
        told = [
            reason
            for reason in told
            if not not_begun or _NOT_WRITTEN.match(reason) or _UNUSABLE.search(reason)
        ]
    reasons = condense(told)
    if "not_graded" in states:
        return TaskResult(
            task.id, task.title, task.kind, 0, task.points, "not_graded", reasons, checks
        )
    state: State = "passed" if states == {"passed"} else "partial" if points else "failed"
    return TaskResult(task.id, task.title, task.kind, points, task.points, state, reasons, checks)


def _check(
    name: str, says: str, points: int, outcomes: Sequence[tuple[str, str]], trouble: str | None
) -> CheckResult:
    failed = [reason for outcome, reason in outcomes if outcome == "failed"]
    broken = [reason for outcome, reason in outcomes if outcome == "trouble"]
    if trouble is not None or broken:
        return CheckResult(name, says, 0, points, "not_graded", (trouble or broken[0],))
    if failed:
        return CheckResult(name, says, 0, points, "failed", tuple(failed))
    if not any(outcome == "passed" for outcome, _ in outcomes):
        skipped = [reason for outcome, reason in outcomes if outcome == "skipped"]
        why = skipped[0] if skipped else f"no test was found for the check {name}"
        return CheckResult(name, says, 0, points, "not_graded", (why,))
    return CheckResult(name, says, points, points, "passed", ())


def condense(reasons: Iterable[str]) -> list[str]:
    """Each reason once; gaps of one file that are not begun make one reason, and so do the lines of
    a file in which time was over; at most six."""
    lines: dict[str, list[int]] = {}
    kept: dict[str, str] = {}
    for reason in reasons:
        gap = _NOT_WRITTEN.match(reason)
        if gap is None:
            late = _NO_ANSWER.match(reason)
            kept.setdefault(late["late"] if late else reason, reason)
            continue
        numbers = lines.setdefault(gap["file"], [])
        if int(gap["line"]) not in numbers:
            numbers.append(int(gap["line"]))
        kept[f"\0{gap['file']}"] = _gaps(gap["file"], sorted(numbers))
    found = list(kept.values())
    if len(found) > _MAX_REASONS:
        found[_MAX_REASONS - 1 :] = [f"and {len(found) - _MAX_REASONS + 1} more like these"]
    return found


def _gaps(file: str, lines: list[int]) -> str:
    if len(lines) == 1:
        return f"{file}, line {lines[0]}: not written yet"
    listed = ", ".join(map(str, lines[:-1])) + f" and {lines[-1]}"
    return f"{file}, lines {listed}: not written yet"

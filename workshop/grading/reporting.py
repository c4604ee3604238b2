"""Tells the engine what each test showed, with the reason in the learner's words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from workshop.grading.faults import (
    NOT_WRITTEN,
    EngineTrouble,
    SubmissionDied,
    SubmissionError,
    SubmissionProblem,
    SubmissionTimeout,
    plain_text,
)
from workshop.grading.http_client import TIMEOUT_S, BodyTooLong
from workshop.grading.markers import ATTRIBUTE
from workshop.grading.workers import Workers
from workshop.parts import Task

Emit = Callable[[dict[str, Any]], None]
PASSED, FAILED, SKIPPED, TROUBLE = "passed", "failed", "skipped", "trouble"
_TIMEOUTS_BEFORE_GIVING_UP = 2
_NO_MODULE = re.compile(r"^No module named '(?P<name>[\w.]+)'")
# Exceptions that only a mistake in the test itself explains, whatever the submission answered.
_MISTAKES_OF_TESTS = NameError | ImportError | SyntaxError | pytest.FixtureLookupError


class Reporter:
    """A pytest plugin for some tasks: picks their tests, and emits one event for each."""

    def __init__(
        self, tasks: Sequence[Task], hidden_tests: Path, emit: Emit, share: tuple[int, int] = (0, 1)
    ) -> None:
        self._task_of = {name: task for task in tasks for name in task.check_ids}
        self._hidden_tests = hidden_tests
        self._emit = emit
        self._share = share
        self._numbers: dict[str, int] = {}
        self._timeouts: Counter[str] = Counter()
        self._outcome, self._reason = PASSED, ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Keeps the tests that are evidence for a check of these tasks, and in this share."""
        asked = [item for item in items if self._checks(item)]
        self._numbers = {item.nodeid: number for number, item in enumerate(asked)}
        items[:] = [item for number, item in enumerate(asked) if self._is_ours(number, item)]
        self._emit({"event": "collected", "tests": len(items)})

    def _is_ours(self, number: int, item: pytest.Item) -> bool:
        share, of = self._share
        # The attendee's own tests run once for all the tests that ask what they noticed.
        together = "own_tests" in getattr(item, "fixturenames", ())
        return (0 if together else number % of) == share

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A test file that cannot be read might hold evidence: the task cannot be graded."""
        if report.failed:
            last = plain_text(str(report.longrepr).strip().splitlines()[-1])
            self._emit({"event": "trouble", "reason": f"{report.nodeid} is broken: {last}"})

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Iterator[None]:
        """One event for each test, after its fixtures are gone."""
        self._outcome, self._reason = PASSED, ""
        result = yield
        self._emit(
            {
                "event": "test",
                "number": self._numbers[item.nodeid],
                "checks": self._checks(item),
                "outcome": self._outcome,
                "reason": self._reason,
            }
        )
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """After two time-outs the rest of the task fails at once."""
        if self._timeouts[self._task(item).id] >= _TIMEOUTS_BEFORE_GIVING_UP:
            raise _GivenUp

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[None]:
        """Looks at the exception itself, which the report knows only as text."""
        if call.excinfo is not None and self._outcome == PASSED:
            self._judge(item, call.excinfo.value, call.when)
        return (yield)

    def _judge(self, item: pytest.Item, problem: BaseException, when: str) -> None:
        if isinstance(problem, pytest.skip.Exception):
            self._outcome, self._reason = SKIPPED, plain_text(str(problem))
            return
        told = self._in_words(item, problem)
        # Outside the test's body only what the submission did counts against it.
        ours = when != "call" and not isinstance(
            problem, SubmissionProblem | AssertionError | httpx.HTTPError | _GivenUp
        )
        if told is None or ours:
            self._outcome = TROUBLE
            self._reason = f"{type(problem).__name__}: {plain_text(str(problem))}"
        else:
            self._outcome, self._reason = FAILED, told

    def _in_words(self, item: pytest.Item, problem: BaseException) -> str | None:
        """The reason for the learner; None if the test or the engine is to blame."""
        if isinstance(problem, EngineTrouble | _MISTAKES_OF_TESTS):
            return None
        if isinstance(problem, _GivenUp):
            times = _TIMEOUTS_BEFORE_GIVING_UP
            return f"not tried: {times} of these got no answer in time"
        if isinstance(problem, SubmissionTimeout | httpx.TimeoutException):
            task = self._task(item)
            self._timeouts[task.id] += 1
            seconds = problem.seconds if isinstance(problem, SubmissionTimeout) else TIMEOUT_S
            place = problem.place if isinstance(problem, SubmissionTimeout) else ""
            return f"did not answer within {seconds:g} s ({place or f'while trying {task.file}'})"
        if isinstance(problem, SubmissionDied):
            return f"{problem.place or f'while trying {self._task(item).file}'}: {problem}"
        if missing := _missing(item, problem):
            return f"{missing} is missing"
        if isinstance(problem, SubmissionProblem):
            located = isinstance(problem, SubmissionError) and problem.file
            return str(problem) if located else f"{self._task(item).file}: {problem}"
        raised = _raised_inside(item)
        if raised is not None and raised.type == NOT_WRITTEN:
            return str(raised)
        return self._observed(item, problem) + (f" ({raised})" if raised else "")

    def _observed(self, item: pytest.Item, problem: BaseException) -> str:
        if isinstance(problem, AssertionError | pytest.fail.Exception):
            return plain_text(str(problem)) or f"this does not hold: {self._says(item)}"
        if isinstance(problem, BodyTooLong):
            return f"the service {problem}"
        if isinstance(problem, httpx.HTTPError):
            return "the service broke off the connection instead of answering"
        kind = type(problem).__name__
        # The text of such an error can quote what a hidden test expected.
        more = "" if self._hidden_tests in item.path.parents else f": {plain_text(str(problem))}"
        return f"the answer does not have the shape that was asked for ({kind}{more})"

    def _says(self, item: pytest.Item) -> str:
        task = self._task(item)
        return dict(zip(task.check_ids, task.checks, strict=True))[self._checks(item)[0]].says

    def _checks(self, item: pytest.Item) -> list[str]:
        return [name for name in checks_of(item) if name in self._task_of]

    def _task(self, item: pytest.Item) -> Task:
        """The task that a test belongs to: that of the first check it names."""
        return self._task_of[self._checks(item)[0]]


class _GivenUp(Exception):
    """Enough time has been lost on this task."""


def _missing(item: pytest.Item, problem: BaseException) -> str:
    """What was imported, belongs to the part and was not handed in; empty if that is not it."""
    workers = getattr(item, "funcargs", {}).get("worker")
    if not isinstance(problem, SubmissionError) or not isinstance(workers, Workers):
        return ""
    named = _NO_MODULE.match(problem.message) if problem.type == "ModuleNotFoundError" else None
    part, files = workers.shared.part, workers.shared.snapshot.files
    if named is None:
        return ""
    if named["name"] == part.package:
        return f"the folder {part.package}/ with your work"
    file = named["name"].replace(".", "/") + ".py"
    return file if file not in files and (part.folder / file).is_file() else ""


def checks_of(item: pytest.Item) -> tuple[str, ...]:
    """The ids that `@checks` put on the test, or on its class."""
    for holder in (getattr(item, "function", None), getattr(item, "cls", None)):
        ids = getattr(holder, ATTRIBUTE, None)
        if ids:
            return tuple(ids)
    return ()


def _raised_inside(item: pytest.Item) -> SubmissionError | None:
    """What an endpoint of the submission raised while this test asked it."""
    workers = getattr(item, "funcargs", {}).get("worker")
    if not isinstance(workers, Workers):
        return None
    return next((error for handle in workers.started for error in handle.collect_errors()), None)

"""Runs the attendee's own test file inside a worker and tells what happened."""

from __future__ import annotations

import contextlib
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EMPTY_CONFIG = Path(__file__).with_name("pytest.ini")
_MAX_TEXT = 500


Tell = Callable[[str, str], None]


class Outcomes:
    """A pytest plugin that tells each test's outcome and keeps the first failure."""

    def __init__(self, file: Path, tell: Tell) -> None:
        self._file = str(file)
        self._tell = tell
        self.first_failure = ""
        self.place: dict[str, Any] = {}
        self.by_test: dict[str, str] = {}

    def pytest_exception_interact(
        self,
        node: pytest.Item | pytest.Collector,
        call: pytest.CallInfo[Any],
        report: pytest.CollectReport | pytest.TestReport,
    ) -> None:
        if self.first_failure or call.excinfo is None:
            return
        problem = call.excinfo.value
        if isinstance(report, pytest.CollectReport):
            # pytest wraps what a module raises when it is loaded.
            problem = problem.__cause__ or problem
            line = _line_in(self._file, problem)
            where = f"line {line}: " if line else ""
            self.first_failure = where + _collection_words(report)
        else:
            self.first_failure = f"{node.name}: {_words(problem)}"[:_MAX_TEXT]
        self.place = {
            "test": node.name if isinstance(node, pytest.Item) else "",
            "kind": type(problem).__name__,
            "line": _line_in(self._file, problem),
        }

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        outcome = "error" if report.failed and report.when != "call" else report.outcome
        if report.when == "call" or outcome != "passed":
            name = report.nodeid.partition("::")[2]
            self.by_test[name] = outcome
            self._tell(name, outcome)


def _collection_words(report: pytest.CollectReport) -> str:
    lines = [line for line in str(report.longrepr).splitlines() if line.strip()]
    # pytest marks the lines of the error itself with an E.
    errors = [line[1:].strip() for line in lines if line.startswith("E ")]
    return " ".join(errors[-1:] or lines[-1:])[:_MAX_TEXT]


def _words(problem: BaseException) -> str:
    text = str(problem).strip()
    if isinstance(problem, NotImplementedError):
        return text or "not written yet"
    if isinstance(problem, AssertionError | pytest.fail.Exception):
        return text
    return f"{type(problem).__name__}: {text}"


def _line_in(file: str, problem: BaseException) -> int:
    """The last line of `file` that the exception came through; 0 if none."""
    if isinstance(problem, SyntaxError) and problem.filename == file:
        return problem.lineno or 0
    frames = traceback.walk_tb(problem.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == file]
    return lines[-1] if lines else 0


def run_pytest(folder: Path, file: str, tell: Tell) -> dict[str, Any]:
    """The exit code, each test's outcome and the first failure; tells outcomes as they come."""
    outcomes = Outcomes(folder / file, tell)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    plugins = ["anyio.pytest_plugin", "respx.plugin"]
    arguments = [str(folder / file), *clean_arguments(folder), "--noconftest"]
    arguments += [part for name in plugins for part in ("-p", name)]
    with contextlib.chdir(folder):
        exit_code = pytest.main(arguments, plugins=[outcomes])
    return {
        "exit_code": int(exit_code),
        "first_failure": outcomes.first_failure,
        "place": outcomes.place,
        "outcomes": outcomes.by_test,
    }


def clean_arguments(root: Path) -> list[str]:
    """Nothing of the machine, the session or a folder above decides how pytest runs."""
    return [
        "-c",
        str(EMPTY_CONFIG),
        f"--rootdir={root}",
        f"--confcutdir={root}",
        "-p",
        "no:cacheprovider",
        "-s",
        "-q",
        "--tb=line",
    ]

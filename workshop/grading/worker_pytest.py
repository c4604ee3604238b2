"""Runs the attendee's own test file inside a worker and tells what happened."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EMPTY_CONFIG = Path(__file__).with_name("pytest.ini")
_MAX_TEXT = 500


Tell = Callable[[str, str], None]


class Outcomes:
    """A pytest plugin that tells each test's outcome and keeps the first failure's message."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self.first_failure = ""
        self.by_test: dict[str, str] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report = yield
        if report.failed and call.excinfo is not None:
            self._remember(item.name, call.excinfo.value)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        outcome = "error" if report.failed and report.when != "call" else report.outcome
        if report.when == "call" or outcome != "passed":
            name = report.nodeid.partition("::")[2]
            self.by_test[name] = outcome
            self._tell(name, outcome)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.first_failure:
            lines = [line for line in str(report.longrepr).splitlines() if line.strip()]
            # pytest marks the lines of the error itself with an E.
            errors = [line[1:].strip() for line in lines if line.startswith("E ")]
            self.first_failure = " ".join(errors[-1:] or lines[-1:])[:_MAX_TEXT]

    def _remember(self, name: str, problem: BaseException) -> None:
        if not self.first_failure:
            text = str(problem).strip()
            if isinstance(problem, NotImplementedError):
                text = text or "not written yet"
            elif not isinstance(problem, AssertionError | pytest.fail.Exception):
                text = f"{type(problem).__name__}: {text}"
            self.first_failure = f"{name}: {text}"[:_MAX_TEXT]


def run_pytest(folder: Path, file: str, tell: Tell) -> dict[str, Any]:
    """The exit code, each test's outcome and the first failure; tells outcomes as they come."""
    outcomes = Outcomes(tell)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    plugins = ["anyio.pytest_plugin", "respx.plugin"]
    arguments = [str(folder / file), *clean_arguments(folder), "--noconftest"]
    arguments += [part for name in plugins for part in ("-p", name)]
    with contextlib.chdir(folder):
        exit_code = pytest.main(arguments, plugins=[outcomes])
    return {
        "exit_code": int(exit_code),
        "first_failure": outcomes.first_failure,
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

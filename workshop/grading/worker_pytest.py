"""Runs the attendee's own test file inside a worker and counts what happened."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import pytest

EMPTY_CONFIG = Path(__file__).with_name("pytest.ini")
_MAX_TEXT = 500


class Counter:
    """A pytest plugin that counts outcomes and keeps the first failure's message."""

    def __init__(self) -> None:
        self.passed = self.failed = self.errors = self.skipped = 0
        self.first_failure = ""
        self.outcomes: dict[str, str] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report = yield
        if report.failed and call.excinfo is not None:
            self._remember(item.name, call.excinfo.value)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.partition("::")[2]
        if report.skipped:
            self.skipped += 1
            self.outcomes[name] = "skipped"
        elif report.failed and report.when == "call":
            self.failed += 1
            self.outcomes[name] = "failed"
        elif report.failed:
            self.errors += 1
            self.outcomes[name] = "error"
        elif report.when == "call":
            self.passed += 1
            self.outcomes[name] = "passed"

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.errors += 1
            if not self.first_failure:
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


def run_pytest(folder: Path, file: str) -> dict[str, Any]:
    """Counts of passed, failed, errors and skipped, the exit code and the first failure."""
    counter = Counter()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    plugins = ["anyio.pytest_plugin", "respx.plugin"]
    arguments = [str(folder / file), *clean_arguments(folder), "--noconftest"]
    arguments += [part for name in plugins for part in ("-p", name)]
    with contextlib.chdir(folder):
        exit_code = pytest.main(arguments, plugins=[counter])
    return {
        "passed": counter.passed,
        "failed": counter.failed,
        "errors": counter.errors,
        "skipped": counter.skipped,
        "exit_code": int(exit_code),
        "first_failure": counter.first_failure,
        "outcomes": counter.outcomes,
    }


def clean_arguments(root: Path) -> list[str]:
    """Nothing of the machine, the session or a folder above decides how pytest runs."""
    return [
        "-c",
        str(EMPTY_CONFIG),
        f"--rootdir={root}",
        "-p",
        "no:cacheprovider",
        "-s",
        "-q",
        "--tb=line",
    ]

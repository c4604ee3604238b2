"""The program that runs a part's tests: tasks of one submission, then it ends.

Everything it needs comes in one message; nothing of it stands in its arguments or environment.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from workshop.grading import folder, limits, plugin, worker_pytest
from workshop.grading.channel import Channel
from workshop.grading.cold import Cold
from workshop.grading.finished import finished_package
from workshop.grading.launch import Launcher, WarmWorkers
from workshop.grading.reporting import Reporter
from workshop.grading.workers import Shared
from workshop.parts import all_parts, load_part

_MEMORY = 3 << 30


def main(channel: Channel, extra: list[int]) -> None:
    """Reads the job, runs its tests, emits events; the last one is `finished`."""
    job = channel.read()
    if job is None:
        return
    limits.hide_memory()
    # What a submission sends is held here: its messages, and what it puts into Redis.
    limits.limit_memory(_MEMORY)
    launcher: Launcher = WarmWorkers(extra[0]) if extra else Cold("worker", ahead=True)
    try:
        exit_code = _run(job, launcher, channel)
    finally:
        launcher.close()
    sys.stdout.flush()
    sys.stderr.flush()
    channel.write({"event": "finished", "exit_code": exit_code})


def _run(job: dict[str, Any], launcher: Launcher, channel: Channel) -> int:
    part = load_part(Path(job["part_folder"]))
    shared = Shared(
        part=part,
        launcher=launcher,
        snapshot=folder.Snapshot.from_plain(job["files"]),
        beside=_beside(part.folder, part.number),
        run_folder=Path(job["run_folder"]),
    )
    tasks = tuple(part.task(name) for name in job["tasks"])
    tests, hidden = part.folder / "tests", part.folder / "hidden_tests"
    reporter = Reporter(tasks, hidden, channel.write, tuple(job["share"]))
    context = _Context(plugin.Run(shared, tasks, job["seed"], job["place"], job["hidden"]))
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
    sys.path.insert(1, str(tests))
    arguments = [
        *worker_pytest.clean_arguments(part.folder),
        "--assert=plain",
        "--import-mode=importlib",
        "--ignore-glob=*/stage/*",
        "-p",
        "no:warnings",
        str(tests),
    ]
    if job["hidden"] and hidden.is_dir():
        arguments.append(str(hidden))
    return int(pytest.main(arguments, plugins=[context, plugin, reporter]))


class _Context:
    """Hands the run to the fixtures."""

    def __init__(self, run: plugin.Run) -> None:
        self._run = run

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[plugin.RUN] = self._run


def _beside(part_folder: Path, number: int) -> dict[str, bytes]:
    """What lies beside the submission: the stage, and the finished packages of earlier parts."""
    files = folder.read_tree(part_folder / "tests" / "stage", "stage")
    for earlier in all_parts(part_folder.parent.parent):
        if earlier.number < number:
            package = finished_package(earlier.folder, earlier.package)
            files |= {f"solutions/{earlier.id}/{path}": data for path, data in package.items()}
    return files

"""The engine: folder in, points per task with reasons out.

    with Engine() as engine:
        result = engine.grade(part, folder)

Each task has a tests process of its own, two at a time; each test starts workers for the
submission. An Engine keeps its warm processes, so a second grading starts at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from workshop.grading.faults import plain_text
from workshop.grading.folder import Snapshot, take
from workshop.grading.launch import Cold, Warm, can_fork_warm
from workshop.grading.process import ChannelBroken, NoAnswer, Process
from workshop.grading.results import Result, TaskResult, score
from workshop.parts import Part, Task

VISIBLE_SEED = 2024
# Not a secret: it is there so that answers written in by hand for the visible runs fail.
HIDDEN_SEED = 748_291
BUDGET_S = 150.0
_AT_ONCE = 2
# pytest's: all passed, some failed, none collected. Others say that the run did not end well.
_EXIT_CODES = (0, 1, 5)


@dataclass(frozen=True)
class Progress:
    """How far a task has come; `tests` is 0 until they are counted."""

    task: str
    done: int
    tests: int
    result: TaskResult | None = None


OnProgress = Callable[[Progress], None]


class Engine:
    """Grades submissions. Safe to use from one thread; ends everything it started on close."""

    def __init__(self) -> None:
        self._tests: Warm | None = None
        self._workers: Warm | None = None

    def __enter__(self) -> Engine:
        self.warm_up()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def warm_up(self) -> None:
        """Starts the warm processes, if this system has them; they import in the background."""
        if can_fork_warm() and not (self._tests and self._tests.alive):
            self.close()
            self._tests, self._workers = Warm("tests"), Warm("worker")

    def close(self) -> None:
        """Ends the warm processes."""
        for warm in (self._tests, self._workers):
            if warm is not None:
                warm.close()
        self._tests = self._workers = None

    def grade(
        self,
        part: Part,
        folder: Path,
        *,
        tasks: Collection[str] | None = None,
        hidden: bool = False,
        seed: int | None = None,
        budget_s: float = BUDGET_S,
        on_progress: OnProgress | None = None,
    ) -> Result:
        """Grades the submission in `folder`: the tasks named, or all.

        `hidden` adds the hidden tests. After `budget_s` seconds what has not run is not graded.
        Raises PartError for a task that the part does not have.
        """
        chosen = [part.task(name) for name in tasks] if tasks is not None else list(part.tasks)
        drawn = seed if seed is not None else HIDDEN_SEED if hidden else VISIBLE_SEED
        snapshot = take(part, folder)
        deadline = time.monotonic() + budget_s
        self.warm_up()

        def run(task: Task) -> TaskResult:
            job = self._job(part, task, snapshot, hidden, drawn)
            return self._run_task(task, job, deadline, on_progress or (lambda _: None))

        # The task with the longest tests is likely the one with most checks: it goes first.
        order = sorted(chosen, key=lambda task: -len(task.checks))
        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            found = dict(zip([task.id for task in order], pool.map(run, order), strict=True))
        except BaseException:
            # Ctrl-C: what runs loses its processes, what waits never starts.
            pool.shutdown(wait=False, cancel_futures=True)
            self.close()
            raise
        finally:
            pool.shutdown()
        return Result(part.id, tuple(found[task.id] for task in chosen), drawn)

    @staticmethod
    def _job(part: Part, task: Task, snapshot: Snapshot, hidden: bool, seed: int) -> dict[str, Any]:
        return {
            "part_folder": str(part.folder.resolve()),
            "task": task.id,
            "files": snapshot.to_plain(),
            "hidden": hidden,
            "seed": seed,
        }

    def _start(self) -> Process:
        if self._tests is None or self._workers is None:
            return Cold("tests").start()
        with self._workers.new_client() as client:
            return self._tests.start([client.fileno()])

    def _run_task(
        self, task: Task, job: dict[str, Any], deadline: float, on_progress: OnProgress
    ) -> TaskResult:
        events: list[dict[str, Any]] = []
        trouble: str | None = None
        tests = 0
        on_progress(Progress(task.id, 0, 0))
        process = self._start()
        try:
            process.send(job)
            while True:
                event = process.receive(max(0.0, deadline - time.monotonic()))
                if event["event"] == "finished":
                    if event["exit_code"] not in _EXIT_CODES:
                        trouble = trouble or _stopped(process)
                    break
                if event["event"] == "trouble":
                    trouble = trouble or event["reason"]
                elif event["event"] == "collected":
                    tests = event["tests"]
                else:
                    events.append(event)
                on_progress(Progress(task.id, len(events), tests))
        except NoAnswer:
            trouble = _late(events)
        except ChannelBroken:
            trouble = trouble or _stopped(process)
        finally:
            process.end()
        result = score(task, events, trouble)
        on_progress(Progress(task.id, len(events), tests, result))
        return result


def _stopped(process: Process) -> str:
    lines = process.output.strip().splitlines()
    said = [line for line in lines if line.startswith("INTERNALERROR>")] or lines
    return f"the process that runs the tests ended early: {plain_text(''.join(said[-1:]))}"


def _late(events: list[dict[str, Any]]) -> str:
    return f"the time for the whole check was over after {len(events)} tests of this task"


def grade(
    part: Part,
    folder: Path,
    *,
    tasks: Collection[str] | None = None,
    hidden: bool = False,
    on_progress: OnProgress | None = None,
) -> Result:
    """One grading with an engine of its own. See `Engine.grade`."""
    with Engine() as engine:
        return engine.grade(part, folder, tasks=tasks, hidden=hidden, on_progress=on_progress)

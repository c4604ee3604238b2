"""The engine: folder in, points per task with reasons out.

    with Engine() as engine:
        result = engine.grade(part, folder)

Tasks in the same file share a tests process; three of these run at a time, because much of what
they do is waiting. A file that is alone has its tests dealt out over all three. Each test starts
workers for the submission. An Engine keeps its warm processes, so a second grading starts
at once.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from workshop.grading.cold import Cold
from workshop.grading.deadline import Deadline
from workshop.grading.faults import plain_text
from workshop.grading.folder import take
from workshop.grading.isolation import NONE, Walls
from workshop.grading.launch import Warm, can_fork_warm
from workshop.grading.process import ChannelBroken, NoAnswer, Process
from workshop.grading.results import Result, TaskResult, score
from workshop.parts import Part, Task

VISIBLE_SEED = 2024
# For grades one is drawn: an answer that was written in by hand for a seed of this file would pass.
_SEEDS = 1_000_000
BUDGET_S = 150.0
# Without a warm process each worker imports for itself, one or two seconds.
_COLD_BUDGET_S = 600.0
_AT_ONCE = 3
# pytest's: all passed, some failed, none collected. Others say that the run did not end well.
_EXIT_CODES = (0, 1, 5)


@dataclass(frozen=True)
class Progress:
    """How far the tasks of one file have come, named by the first; `tests` is 0 until counted."""

    task: str
    done: int
    tests: int


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class _Share:
    """Every `of`-th test of some tasks, beginning with `number`: what one process runs."""

    tasks: tuple[Task, ...]
    number: int
    of: int


@dataclass(frozen=True)
class _Evidence:
    """What a share's tests showed, and why it could not be finished, if so."""

    share: _Share
    events: list[dict[str, Any]]
    trouble: str | None


class Engine:
    """Grades submissions. Safe to use from one thread; ends everything it started on close."""

    def __init__(self) -> None:
        self._warm: Warm | None = None
        self._hidden_seed = secrets.randbelow(_SEEDS)

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
        if can_fork_warm() and not (self._warm is not None and self._warm.alive):
            self.close()
            self._warm = Warm()

    def walls(self) -> Walls:
        """What stands between a submission and this machine, and what does not and why."""
        self.warm_up()
        return self._warm.walls() if self._warm is not None else NONE

    def close(self) -> None:
        """Ends the warm processes."""
        if self._warm is not None:
            self._warm.close()
        self._warm = None

    def grade(
        self,
        part: Part,
        folder: Path,
        *,
        tasks: Collection[str] | None = None,
        hidden: bool = False,
        seed: int | None = None,
        budget_s: float | None = None,
        on_progress: OnProgress | None = None,
    ) -> Result:
        """Grades the submission in `folder`: the tasks named, or all.

        `hidden` adds the hidden tests. `seed` is what the tests draw their numbers from: without
        one it is always the same, or with `hidden` one that this engine has drawn. After `budget_s`
        seconds (150, or 600 where no process can be kept warm; see Deadline) what has not run is
        not graded.
        Raises PartError for a task that the part does not have.
        """
        chosen = [part.task(name) for name in tasks] if tasks is not None else list(part.tasks)
        drawn = seed if seed is not None else self._hidden_seed if hidden else VISIBLE_SEED
        snapshot = take(part, folder)
        if budget_s is None:
            budget_s = BUDGET_S if can_fork_warm() else _COLD_BUDGET_S
        deadline = Deadline(budget_s)
        self.warm_up()

        def run(place: int, share: _Share) -> _Evidence:
            job = {
                "place": place,
                "part_folder": str(part.folder.resolve()),
                "tasks": [task.id for task in share.tasks],
                "share": [share.number, share.of],
                "files": snapshot.to_plain(),
                "hidden": hidden,
                "seed": drawn,
                "run_folder": run_folder,
            }
            return self._run_share(share, job, deadline, on_progress or (lambda _: None))

        # Made and removed here: whatever becomes of the other processes, nothing stays.
        room = self._warm.room if self._warm is not None else None
        run_folder = str(Path(tempfile.mkdtemp(prefix="workshop-check-", dir=room)).resolve())
        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            evidence: list[_Evidence] = []
            for shares in _in_turn(_shares(chosen), hidden):
                places = range(len(evidence), len(evidence) + len(shares))
                evidence += pool.map(run, places, shares)
        except BaseException:
            # Ctrl-C: what runs loses its processes, what waits never starts.
            pool.shutdown(wait=False, cancel_futures=True)
            self.close()
            raise
        finally:
            pool.shutdown()
            shutil.rmtree(run_folder, ignore_errors=True)
        scored = tuple(_scored(task, evidence) for task in chosen)
        return Result(part.id, scored, drawn, snapshot.left_out)

    def _start(self) -> Process:
        return self._warm.start_tests() if self._warm is not None else Cold("tests").start()

    def _run_share(
        self, share: _Share, job: dict[str, Any], deadline: Deadline, on_progress: OnProgress
    ) -> _Evidence:
        name = share.tasks[0].id + (f" {share.number + 1}" if share.of > 1 else "")
        events: list[dict[str, Any]] = []
        trouble: str | None = None
        tests = 0
        on_progress(Progress(name, 0, 0))
        process = self._start()
        try:
            process.send(job)
            while True:
                event = deadline.receive_from(process)
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
                on_progress(Progress(name, len(events), tests))
        except NoAnswer:
            trouble = _late(events)
        except ChannelBroken:
            trouble = trouble or _stopped(process)
        finally:
            process.end()
        return _Evidence(share, events, trouble)


def _shares(tasks: list[Task]) -> list[_Share]:
    """By file; first those with most checks, which are likely to take longest.

    The tests of a file that is alone are dealt out over as many processes as run at a time.
    """
    groups: dict[str, list[Task]] = {}
    for task in tasks:
        groups.setdefault(task.file, []).append(task)
    of = _AT_ONCE if len(groups) == 1 else 1
    ordered = sorted(groups.values(), key=lambda group: -sum(len(task.checks) for task in group))
    return [_Share(tuple(group), number, of) for group in ordered for number in range(of)]


def _in_turn(shares: list[_Share], hidden: bool) -> Iterator[list[_Share]]:
    """For a grade, the tests of one's own come when nothing of the submission runs any more: they
    see the finished services, and two processes find ways to talk to each other."""
    own = [share for share in shares if share.tasks[0].file.startswith("test_")] if hidden else []
    yield [share for share in shares if share not in own]
    yield own


def _scored(task: Task, evidence: list[_Evidence]) -> TaskResult:
    """A task's result from all the shares of its tests, in the order of the tests."""
    own = [each for each in evidence if task in each.share.tasks]
    events = sorted((event for each in own for event in each.events), key=lambda e: e["number"])
    return score(task, events, next((each.trouble for each in own if each.trouble), None))


def _stopped(process: Process) -> str:
    lines = process.output.strip().splitlines()
    said = [line for line in lines if line.startswith("INTERNALERROR>")] or lines
    return f"the process that runs the tests ended early: {plain_text(''.join(said[-1:]))}"


def _late(events: list[dict[str, Any]]) -> str:
    return f"the time for the whole check was over after {len(events)} of its tests"


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

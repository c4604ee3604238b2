"""The `worker` fixture: starts workers on fresh copies of the submission and ends them all."""

from __future__ import annotations

import functools
import os
import random
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from workshop.grading import finished
from workshop.grading.attendee_tests import PytestRun, from_answer, lost_run
from workshop.grading.faults import SubmissionProblem, SubmissionTimeout
from workshop.grading.folder import Snapshot, write_tree
from workshop.grading.handle import CALL_TIMEOUT_S, SERVE_TIMEOUT_S, Handle
from workshop.grading.launch import Launcher, clean_environment
from workshop.grading.limits import Limits
from workshop.parts import Part

PYTEST_TIMEOUT_S = 15.0
_AT_ONCE = 4
Environment = Mapping[str, str]


@dataclass(frozen=True)
class Shared:
    """What all workers of one run have in common. `beside` goes into every folder."""

    part: Part
    launcher: Launcher
    snapshot: Snapshot
    beside: Mapping[str, bytes]
    run_folder: Path
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Workers:
    """A factory of workers. Calling it gives one with `env` and `files` for all its workers."""

    shared: Shared
    env: Environment = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    started: list[Handle] = field(default_factory=list)

    def __call__(
        self, *, env: Environment | None = None, files: Mapping[str, str] | None = None
    ) -> Workers:
        return replace(self, env={**self.env, **(env or {})}, files={**self.files, **(files or {})})

    def start(
        self,
        *,
        env: Environment | None = None,
        files: Mapping[str, str] | None = None,
        package_from: str = finished.SUBMISSION,
        with_mock: bool = False,
    ) -> Handle:
        """A new worker in a new folder. `env` is all it sees beside PATH and the like.

        `files` (path to text) are written into its folder; `package_from` puts another edition
        of the package there: "finished" or "mutant:<wrong answer>". `with_mock` warms mock_llm
        for code that starts one in its own process.
        """
        part, snapshot = self.shared.part, self.shared.snapshot
        if package_from != finished.SUBMISSION:
            package = finished.package_files(part, package_from)
            snapshot = snapshot.without(part.package).replaced(package)
        top = Path(tempfile.mkdtemp(prefix="w", dir=self.shared.run_folder))
        folder = top / "submission"
        written = {**self.files, **(files or {})}
        write_tree(snapshot.files, folder)
        write_tree(self.shared.beside, folder)
        write_tree({path: text.encode() for path, text in written.items()}, folder)
        setup = {
            "folder": str(folder),
            "env": {**_environment(top), **self.env, **(env or {})},
            "limits": self.shared.limits.to_plain(),
        }
        remove = functools.partial(shutil.rmtree, top, ignore_errors=True)
        process = self.shared.launcher.start(with_mock=with_mock)
        handle = Handle(process, setup, remove)
        self.started.append(handle)
        return handle

    def call(
        self,
        target: str,
        /,
        *args: object,
        env: Environment | None = None,
        files: Mapping[str, str] | None = None,
        timeout: float = CALL_TIMEOUT_S,
        **kwargs: object,
    ) -> Any:
        """One call in a worker of its own. See `Handle.call`."""
        with self.start(env=env, files=files) as handle:
            return handle.call(target, *args, timeout=timeout, **kwargs)

    def serve(
        self,
        target: str,
        /,
        *args: object,
        env: Environment | None = None,
        files: Mapping[str, str] | None = None,
        timeout: float = SERVE_TIMEOUT_S,
        **kwargs: object,
    ) -> str:
        """Serves from a worker of its own, which the test's end ends. See `Handle.serve`."""
        handle = self.start(env=env, files=files)
        return handle.serve(target, *args, timeout=timeout, **kwargs)

    def pytest(
        self,
        file: str,
        *,
        package_from: str = finished.SUBMISSION,
        env: Environment | None = None,
        timeout: float = PYTEST_TIMEOUT_S,
    ) -> PytestRun:
        """Runs the attendee's test file on an edition of the package. Never raises for a problem
        of the submission: a run that was lost says so itself."""
        with self.start(env=env, package_from=package_from, with_mock=True) as handle:
            try:
                return from_answer(handle.ask({"op": "pytest", "file": file}, timeout))
            except SubmissionProblem as problem:
                return lost_run(problem)

    def pytest_many(
        self,
        file: str,
        packages: Sequence[str],
        *,
        env: Environment | Callable[[], Environment] | None = None,
        timeout: float = PYTEST_TIMEOUT_S,
    ) -> list[PytestRun]:
        """One run for each of `packages`, in their order; four at a time, begun in secret order.

        `env` may be a function that makes a new one for each run.
        """
        order = list(range(len(packages)))
        random.Random(secrets.randbits(64)).shuffle(order)  # noqa: S311 (seeded with a secret)
        lock = threading.Lock()
        hangs = threading.Event()

        def run(index: int) -> PytestRun:
            if hangs.is_set():
                return lost_run(SubmissionTimeout(timeout))
            with lock:
                own = env() if callable(env) else env
            run = self.pytest(file, package_from=packages[index], env=own, timeout=timeout)
            # Nothing can be earned any more, so no more time is spent on it.
            if run.timed_out and packages[index] == finished.FINISHED:
                hangs.set()
            return run

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            runs = dict(zip(order, pool.map(run, order), strict=True))
        return [runs[index] for index in range(len(packages))]

    def end_all(self) -> None:
        """Ends every worker that was started."""
        for handle in self.started:
            handle.end()


def _environment(top: Path) -> dict[str, str]:
    """HOME and temporary files beside the folder, gone with it."""
    own: dict[str, str] = {}
    for name, variables in {"home": ("HOME",), "tmp": ("TMPDIR", "TEMP", "TMP")}.items():
        (top / name).mkdir()
        own |= dict.fromkeys(variables, str(top / name))
    kept = clean_environment("worker")
    if os.name == "nt":
        own["USERPROFILE"] = own["HOME"]
    return {**kept, **own, "PYTHONDONTWRITEBYTECODE": "1"}

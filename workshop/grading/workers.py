"""The `worker` fixture: starts workers on fresh copies of the submission and ends them all."""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from workshop.grading import finished
from workshop.grading.attendee_tests import Heard, PytestRun, from_answer, lost_run
from workshop.grading.faults import SubmissionProblem
from workshop.grading.folder import Snapshot, write_tree
from workshop.grading.handle import CALL_TIMEOUT_S, SERVE_TIMEOUT_S, Handle, Stopped
from workshop.grading.launch import Launcher, clean_environment
from workshop.grading.limits import Limits
from workshop.parts import Part

PYTEST_TIMEOUT_S = 15.0
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
            "top": str(top),
            "folder": str(folder),
            "env": {**_environment(top), **self.env, **(env or {})},
            # Beside code of ours: nobody else is to hear of it.
            "alone": package_from != finished.SUBMISSION,
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
        timeout: float = PYTEST_TIMEOUT_S,
        enough: Callable[[Mapping[str, str]], bool] | None = None,
    ) -> PytestRun:
        """Runs the attendee's test file on an edition of the package. Never raises for a problem
        of the submission: a run that was lost says so itself.

        `enough` is asked again and again with the outcomes so far, and ends the run by True.
        """
        heard = Heard()
        with self.start(package_from=package_from, with_mock=True) as handle:
            try:
                request = {"op": "pytest", "file": file}
                stop = (lambda: enough(heard.outcomes)) if enough else None
                return from_answer(handle.ask(request, timeout, hear=heard, stop=stop))
            except Stopped:
                return heard.cut_short()
            except SubmissionProblem as problem:
                return lost_run(problem)

    def end_all(self) -> None:
        """Ends every worker that was started."""
        for handle in self.started:
            handle.end()


def _environment(top: Path) -> dict[str, str]:
    """HOME and temporary files beside the folder, gone with it."""
    own: dict[str, str] = {}
    # Nothing a worker can reach has a certificate, and reading the world's takes 20 ms a client.
    folders = {"home": ("HOME",), "tmp": ("TMPDIR", "TEMP", "TMP"), "certs": ("SSL_CERT_DIR",)}
    for name, variables in folders.items():
        (top / name).mkdir()
        own |= dict.fromkeys(variables, str(top / name))
    kept = clean_environment("worker")
    if os.name == "nt":
        own["USERPROFILE"] = own["HOME"]
    return {**kept, **own, "PYTHONDONTWRITEBYTECODE": "1"}

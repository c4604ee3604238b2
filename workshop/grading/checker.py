"""What `workshop check` and a notebook's `check()` have in common: check, and remember."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from pathlib import Path
from types import TracebackType

from workshop.bootstrap_paths import Clone
from workshop.grading.check_client import ask_lab
from workshop.grading.engine import Engine, OnProgress
from workshop.grading.results import Result
from workshop.parts import Part
from workshop.progress import record


class Checker:
    """Checks with what is warm: a running lab's engine, else one of its own, which it keeps."""

    def __init__(self, clone: Clone) -> None:
        self._clone = clone
        self._engine: Engine | None = None

    def __enter__(self) -> Checker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends what it started; a lab's engine goes on."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def check(
        self,
        part: Part,
        folder: Path,
        tasks: Collection[str] | None = None,
        on_progress: OnProgress | None = None,
    ) -> Result:
        """The tasks named, or all; the workspace's progress is brought up to date.

        Raises OSError if the machine does not let it be checked (a full disk, no processes left).
        """
        result = ask_lab(self._clone, part, folder, tasks, on_progress)
        if result is None:
            if self._engine is None:
                self._engine = Engine()
            result = self._engine.grade(part, folder, tasks=tasks, on_progress=on_progress)
        if folder.resolve() == (self._clone.work / part.id).resolve():
            with contextlib.suppress(OSError):
                record(part.id, result.to_json(), work=self._clone.work)
        return result

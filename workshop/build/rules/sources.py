"""The part's files: nothing unaccounted for, gaps that work, finished files in the house format."""

from __future__ import annotations

import fnmatch
import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from workshop.build.editions import MarkerError, blank_text, finished_text, regions
from workshop.build.files import released, strays
from workshop.build.rules.finding import Finding, in_part
from workshop.parts import DESCRIPTION, Part, repository_root


def findings(part: Part) -> Iterator[Finding]:
    for file in strays(part):
        yield in_part(
            part,
            Path(file),
            "nobody said what this file is",
            f"list it under `files` in {DESCRIPTION}, move it to data/ or demos/, or delete it",
        )
    yield from _listed(part)
    finished: dict[str, str] = {}
    for file in released(part):
        if file.suffix == ".py":
            text = (part.folder / file).read_text(encoding="utf-8")
            try:
                blank_text(text)
                finished[file.as_posix()] = finished_text(text)
            except MarkerError as problem:
                yield in_part(part, Path(file), str(problem), "mend the markers")
    yield from _gaps(part, finished)
    for name in _unformatted(finished):
        yield in_part(part, name, "the finished edition is not formatted", "run: ruff format")


def _listed(part: Part) -> Iterator[Finding]:
    files = [file.as_posix() for file in released(part)]
    for pattern in part.files:
        if not fnmatch.filter(files, pattern):
            yield in_part(
                part, DESCRIPTION, f"`files` has {pattern!r}, which matches nothing", "remove it"
            )
    for task in part.tasks:
        for file in task.files:
            if not any(fnmatch.fnmatch(file, pattern) for pattern in part.files):
                yield in_part(
                    part,
                    DESCRIPTION,
                    f"task {task.id} is solved in {file}, which `files` does not list",
                    "add it to `files`, or a submission would lose it",
                )


def _gaps(part: Part, finished: dict[str, str]) -> Iterator[Finding]:
    for task in part.tasks:
        for file in task.files:
            if file not in finished:
                yield in_part(
                    part, DESCRIPTION, f"task {task.id} has no file {file}", "correct `file`"
                )
            elif not regions((part.folder / file).read_text(encoding="utf-8")):
                yield in_part(
                    part, file, f"it has no gap for task {task.id}", "add solution markers"
                )


def _unformatted(finished: dict[str, str]) -> list[str]:
    """Names of the files that ruff would change. Without ruff (attendees) nothing is said."""
    if importlib.util.find_spec("ruff") is None:
        return []
    settings = repository_root() / "pyproject.toml"
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made).resolve()
        for name, text in finished.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
        # Formatting copies and comparing does not depend on how ruff words its report.
        words = ["format", "--quiet", "--no-cache", "--config", str(settings), "."]
        subprocess.run([sys.executable, "-m", "ruff", *words], cwd=folder, check=False)
        return [
            name
            for name, text in finished.items()
            if (folder / name).read_text(encoding="utf-8") != text
        ]

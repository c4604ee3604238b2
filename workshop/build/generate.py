"""Runs nbgrader's generate steps on a copy of the parts, in a temporary course folder.

The copy keeps the real tree untouched until all is made, and brings its own gradebook, so that a
build leaves no trace in the instructor's.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workshop.build.files import walk
from workshop.parts import MODULES, Part

EXERCISES, SOLUTIONS = "exercises", "solutions"
EDITIONS = (EXERCISES, SOLUTIONS)
GRADEBOOK = "grading/gradebook.db"


class BuildError(Exception):
    """An edition could not be made; the text says why."""


@dataclass(frozen=True)
class Built:
    """`folder` holds exercises/<part> and solutions/<part>; `failures` says, by part id, why a
    part is not there."""

    folder: Path
    failures: dict[str, str]


@contextmanager
def generated(
    parts: Sequence[Part], root: Path, *, log: logging.Logger, on_part: Callable[[Part], None]
) -> Iterator[Built]:
    """Makes both editions of the parts in a temporary folder, which goes away at the end.

    It lies in `root`/.workshop, on the same disk as the folders that it may replace.
    """
    scratch = root / ".workshop"
    scratch.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="build-", dir=scratch) as made:
        course = Path(made).resolve()
        make_gradebook(course / GRADEBOOK)
        failures: dict[str, str] = {}
        for part in parts:
            on_part(part)
            for file in walk(part.folder):
                target = course / MODULES / part.id / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(part.folder / file, target)
            try:
                _generate(part, course, log)
            except BuildError as problem:
                failures[part.id] = str(problem)
        yield Built(course, failures)


def make_gradebook(file: Path) -> None:
    """A gradebook that nbgrader takes for an old one.

    For a new one it would start `alembic`, two seconds for a version that nobody reads here.
    """
    file.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")


def _generate(part: Part, course: Path, log: logging.Logger) -> None:
    # Slow to import: nbgrader brings SQLAlchemy and nbconvert.
    from nbgrader.converters import GenerateAssignment, GenerateSolution
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    from workshop.build.nbgrader_settings import configure

    config: Any = Config()
    path = os.environ.get("PATH")
    last_error = _LastError()
    log.addHandler(last_error)
    try:
        configure(config, course)
        for converter in (GenerateAssignment, GenerateSolution):
            folder = CourseDirectory(config=config, log=log, assignment_id=part.id)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about nbgrader's own use of its libraries
                converter(coursedir=folder, config=config, log=log).start()
    except NbGraderException as problem:
        reason = (last_error.text or str(problem)).replace(f"{course}{os.sep}", "")
        raise BuildError(reason) from None
    finally:
        log.removeHandler(last_error)
        if path is not None:
            os.environ["PATH"] = path
    for edition in EDITIONS:
        _write_unix_newlines(course / edition / part.id)


def _write_unix_newlines(folder: Path) -> None:
    """nbconvert writes notebooks with the platform's newlines; ours are the same everywhere."""
    for notebook in folder.glob("*.ipynb"):
        notebook.write_bytes(notebook.read_bytes().replace(b"\r\n", b"\n"))


class _LastError(logging.Handler):
    """Keeps the reason of a failure: nbgrader logs it as a traceback and raises a general one."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage().strip()
        if message.startswith("Traceback"):
            # "package.module.SomeError: the reason", maybe over several lines
            self.text = message.rsplit("\n", 1)[-1].split(": ", 1)[-1]
        elif "No notebooks were matched" in message:
            self.text = f"it has no notebook at its top: {message}"

"""A part of the course as its `part.toml` describes it: sections, tasks, points, hints.

This reads shapes only (types, missing and unknown keys). Whether the numbers add up and the
names exist is a matter for the author, and `workshop build --check` says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from workshop.toml_table import Table, TableError

DESCRIPTION = "part.toml"
MODULES = "modules"


class PartError(Exception):
    """A part that cannot be read or found; the text names the file, the key and what is wrong."""


@dataclass(frozen=True)
class Check:
    """One all-or-nothing thing that a task is judged by; its full id is `task.check`."""

    id: str
    says: str
    points: int


@dataclass(frozen=True)
class Task:
    """One graded gap. `minutes` are what the outline gives it, `kind` is core or stretch."""

    id: str
    title: str
    section: str
    kind: str
    minutes: int
    points: int
    file: str
    hints: tuple[str, ...]
    checks: tuple[Check, ...]

    @property
    def check_ids(self) -> tuple[str, ...]:
        """Full ids, as tests and wrong answers write them."""
        return tuple(f"{self.id}.{check.id}" for check in self.checks)

    @property
    def files(self) -> tuple[str, ...]:
        """The files to work in: `file` may name several, as "a.py and b.py"."""
        return tuple(re.split(r", | and ", self.file))


@dataclass(frozen=True)
class Section:
    """A numbered stretch of the lesson, in minutes."""

    number: str
    title: str
    minutes: int


@dataclass(frozen=True)
class Written:
    """An answer in words, graded by hand; its points count beside the 100."""

    id: str
    section: str
    points: int
    rubric: str


@dataclass(frozen=True)
class Replacement:
    """`old` stands exactly once in the finished `file`; the wrong answer has `new` there."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class WrongAnswer:
    """The finished edition with a plausible mistake in it, and the checks that it must lose."""

    name: str
    says: str
    loses: tuple[str, ...]
    replacements: tuple[Replacement, ...]


@dataclass(frozen=True)
class Part:
    """One of the five parts. `files` are the globs of what a submission may consist of."""

    id: str
    number: int
    title: str
    minutes: int
    package: str
    files: tuple[str, ...]
    sections: tuple[Section, ...]
    tasks: tuple[Task, ...]
    written: tuple[Written, ...]
    wrong_answers: tuple[WrongAnswer, ...]
    folder: Path

    def task(self, task_id: str) -> Task:
        """The task of that id. Raises PartError naming the ids that exist."""
        for task in self.tasks:
            if task.id == task_id:
                return task
        known = ", ".join(task.id for task in self.tasks)
        raise PartError(f"{self.id} has no task {task_id!r}; its tasks are {known}")


def repository_root() -> Path:
    """The folder that holds `modules/`: where this package lies, as it is installed in place."""
    return Path(__file__).resolve().parent.parent


def load_part(folder: Path) -> Part:
    """Reads `folder`/part.toml and the wrong answers it lists. Raises PartError."""
    try:
        return _part(Table.read(folder / DESCRIPTION), folder)
    except TableError as problem:
        raise PartError(str(problem)) from None


def all_parts(root: Path) -> list[Part]:
    """Every part under `root`/modules, by number. Raises PartError if one cannot be read."""
    descriptions = sorted((root / MODULES).glob(f"*/{DESCRIPTION}"))
    return sorted((load_part(file.parent) for file in descriptions), key=lambda part: part.number)


def find_part(root: Path, name: str) -> Part:
    """The part called "2", "part2" or by its full id. Raises PartError naming what exists."""
    wanted = name.strip().rstrip("/\\").lower()
    folders = {file.parent.name: file.parent for file in (root / MODULES).glob(f"*/{DESCRIPTION}")}
    for folder_name, folder in sorted(folders.items()):
        number = re.match(r"part(\d+)_", folder_name)
        short = {number[1], f"part{number[1]}"} if number else set()
        if wanted in {folder_name, *short}:
            return load_part(folder)
    known = ", ".join(sorted(folders)) or f"none: {root / MODULES} holds no {DESCRIPTION}"
    raise PartError(f"there is no part {name!r}; the parts are {known}")


def _part(top: Table, folder: Path) -> Part:
    part = Part(
        id=top.text("id"),
        number=top.positive("number"),
        title=top.text("title"),
        minutes=top.positive("minutes"),
        package=top.text("package"),
        files=top.texts("files"),
        sections=tuple(_section(row) for row in top.tables("section")),
        tasks=tuple(_task(row) for row in top.tables("task")),
        written=tuple(_written(row) for row in top.tables("written", optional=True)),
        wrong_answers=tuple(
            _wrong_answer(row, folder) for row in top.tables("wrong_answer", optional=True)
        ),
        folder=folder,
    )
    if part.id != folder.name:
        raise top.error("id", f"must be the folder's name {folder.name!r}, is {part.id!r}")
    top.end()
    return part


def _section(row: Table) -> Section:
    section = Section(row.text("number"), row.text("title"), row.positive("minutes"))
    row.end()
    return section


def _task(row: Table) -> Task:
    task = Task(
        id=row.text("id"),
        title=row.text("title"),
        section=row.text("section"),
        kind=row.one_of("kind", "core", "stretch"),
        minutes=row.positive("minutes"),
        points=row.positive("points"),
        file=row.text("file"),
        hints=row.texts("hints", optional=True),
        checks=tuple(_check(check) for check in row.tables("check")),
    )
    row.end()
    return task


def _check(row: Table) -> Check:
    check = Check(row.text("id"), row.text("says"), row.positive("points"))
    row.end()
    return check


def _written(row: Table) -> Written:
    written = Written(
        row.text("id"), row.text("section"), row.positive("points"), row.text("rubric")
    )
    row.end()
    return written


def _wrong_answer(row: Table, folder: Path) -> WrongAnswer:
    name, loses = row.text("name"), row.texts("loses")
    row.end()
    file = Table.read(folder / "wrong_answers" / f"{name}.toml")
    answer = WrongAnswer(
        name, file.text("says"), loses, tuple(_replacement(r) for r in file.tables("replace"))
    )
    file.end()
    return answer


def _replacement(row: Table) -> Replacement:
    replacement = Replacement(row.text("file"), row.text("old"), row.string("new"))
    row.end()
    return replacement

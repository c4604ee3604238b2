"""A class of the toy course: its submissions, how they are graded, what came of it."""

from __future__ import annotations

import contextlib
import csv
import json
import shutil
import threading
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from nbgrader.api import Gradebook

from workshop.build.generate import make_gradebook
from workshop.gradebook.course import NOTEBOOK, Course
from workshop.grading.isolation import Walls
from workshop.grading.results import Result, TaskResult
from workshop.parts import Part, load_part

HERE = Path(__file__).parent
SOURCE = HERE / "course" / "modules"
PART = "part1_tally"
NEVER_ENDS = "def total(numbers):\n    while True:\n        pass\n"
ANSWERS = {"why": "Because a sum has one answer.", "where": "In the till."}

Notebook = dict[str, Any]
Change = Callable[[Notebook], Notebook | bytes | None]


@dataclass(frozen=True)
class Outcome:
    """How `workshop grade` ended, and what it printed."""

    code: int
    out: str
    err: str


Grade = Callable[..., Outcome]


class KeptEngine:
    """An engine that outlives a session, and remembers whom it was asked about."""

    def __init__(self, grade: Callable[..., Result]) -> None:
        self._grade = grade
        self._one_at_a_time = threading.Lock()
        self.asked: list[str] = []
        self.tasks: list[Collection[str] | None] = []
        self.fails_for: dict[str, BaseException] = {}

    def grade(
        self, part: Part, folder: Path, *, tasks: Collection[str] | None = None, hidden: bool
    ) -> Result:
        assert hidden, "grading takes the hidden tests too"
        student = folder.parent.name
        self.asked.append(student)
        self.tasks.append(tasks)
        if student in self.fails_for:
            raise self.fails_for[student]
        with self._one_at_a_time:
            return self._grade(part, folder, tasks=tasks, hidden=hidden)

    def walls(self) -> Walls:
        return Walls()

    def close(self) -> None:
        pass


def everything(part: Part, folder: Path, *, tasks: Collection[str] | None, hidden: bool) -> Result:
    """Gives everybody all points and runs nothing: for tests that are not about the engine."""
    return Result(
        part.id,
        tuple(
            TaskResult(task.id, task.title, task.kind, task.points, task.points, "passed", [], ())
            for task in part.tasks
            if tasks is None or task.id in tasks
        ),
        1,
    )


@dataclass(frozen=True)
class ToyClass:
    """The course in `root`, built, and who handed in what."""

    root: Path

    @property
    def part(self) -> Part:
        return load_part(self.root / "modules" / PART)

    @property
    def submitted(self) -> Path:
        return self.root / "grading" / "submitted"

    def hand_in(
        self,
        student: str,
        files: Mapping[str, str] | None = None,
        *,
        edition: str = "solutions",
        notebook: Change = lambda notebook: notebook,
    ) -> Path:
        """An edition with these files instead, and the answers in the notebook; the folder."""
        folder = self.submitted / student / PART
        shutil.copytree(self.root / edition / PART, folder, dirs_exist_ok=True)
        # No two students' work is the same: the same is graded only once.
        (folder / "tally" / "__init__.py").write_text(f"# {student!a}\n")
        for path, text in (files or {}).items():
            (folder / path).write_text(text, encoding="utf-8")
        lesson = folder / "lesson.ipynb"
        released = (self.root / "exercises" / PART / lesson.name).read_text(encoding="utf-8")
        written: Notebook = json.loads(released)
        if edition == "solutions":
            answer(written, ANSWERS)
        changed = notebook(written)
        lesson.unlink()
        if changed is not None:
            data = changed if isinstance(changed, bytes) else json.dumps(changed).encode()
            lesson.write_bytes(data)
        return folder

    def rows(self) -> dict[str, dict[str, dict[str, str]]]:
        """grades.csv, by student and task."""
        found: dict[str, dict[str, dict[str, str]]] = {}
        with (self.root / "grading" / "grades.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found.setdefault(row["student"], {})[row["task"]] = row
        return found

    def points(self) -> dict[str, dict[str, str]]:
        """The points in grades.csv, by student and task."""
        return {
            student: {task: row["points"] for task, row in rows.items()}
            for student, rows in self.rows().items()
        }

    def gradebook_points(self, url: str | None = None) -> dict[str, dict[str, float | None]]:
        """What nbgrader has: automatic points, None for what waits for a person."""
        with self.gradebook(url) as gradebook:
            return {
                submission.student.id: {
                    grade.name: None if grade.needs_manual_grade else grade.auto_score
                    for grade in submission.notebooks[0].grades
                }
                for submission in gradebook.assignment_submissions(PART)
            }

    @contextlib.contextmanager
    def gradebook(self, url: str | None = None) -> Iterator[Any]:
        """The gradebook, opened as formgrader does."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about nbgrader's own use of its libraries
            with Gradebook(url or Course(self.root).db_url) as gradebook:
                yield gradebook

    def give(
        self,
        student: str,
        task: str,
        points: float | None = None,
        comment: str | None = None,
        *,
        url: str | None = None,
    ) -> None:
        """Points and a comment by hand, as formgrader saves them."""
        with self.gradebook(url) as gradebook:
            if points is not None:
                grade = gradebook.find_grade(task, NOTEBOOK, PART, student)
                grade.manual_score = points
                grade.needs_manual_grade = False
            if comment is not None:
                note = gradebook.find_comment(task, NOTEBOOK, PART, student)
                note.manual_comment = comment
            gradebook.db.commit()

    def graded_notebook(self, student: str) -> Notebook:
        file = self.root / "grading" / "autograded" / student / PART / "lesson.ipynb"
        made: Notebook = json.loads(file.read_text(encoding="utf-8"))
        for cell in made["cells"]:
            cell["source"] = "".join(cell["source"])
        return made

    def another_gradebook(self) -> str:
        """The URL of one more database."""
        file = self.root / "grading" / "s3cret.db"
        make_gradebook(file)
        return f"sqlite:///{file}"

    def feedback(self, student: str) -> tuple[str, str]:
        """feedback.md and lesson.html."""
        folder = self.root / "grading" / "reports" / student / PART
        markdown, html = folder / "feedback.md", folder / "lesson.html"
        return markdown.read_text(encoding="utf-8"), html.read_text(encoding="utf-8")


def answer(notebook: Notebook, texts: Mapping[str, str]) -> Notebook:
    """Writes the answers into their cells."""
    for cell in graded_cells(notebook):
        name = cell["metadata"]["nbgrader"]["grade_id"]
        if name in texts:
            cell["source"] = texts[name]
    return notebook


def graded_cells(notebook: Notebook) -> list[dict[str, Any]]:
    return [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade")]


def what_runs(html: str) -> list[str]:
    """All in a page that a browser would run, or that leads away from it."""
    page = BeautifulSoup(html, "html.parser")
    found = [
        str(tag) for tag in page.find_all(["script", "iframe", "object", "embed", "svg", "base"])
    ]
    for tag in page.find_all():
        found += [f"{tag.name} {name}" for name in tag.attrs if name.startswith("on")]
        link = str(tag.get("href") or tag.get("src") or "")
        if link and not link.startswith("#"):
            found.append(f"{tag.name} to {link}")
    return found

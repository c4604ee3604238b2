"""nbgrader, driven from our side: the assignment, autograde, scores and feedback.

nbgrader finds submissions by glob, stops at some that it cannot read and leaves out those without a
notebook. Here each is named, and none keeps another from being saved.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sqlalchemy
from nbgrader.api import MissingEntry
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from workshop.build.files import LESSON, walk
from workshop.build.nbgrader_settings import configure
from workshop.collect.class_list import Student
from workshop.files import read_json, write_json
from workshop.gradebook.scores import NOTEBOOK, Score, gradebook_key, opened, scores_of
from workshop.gradebook.students import show_id_for_name
from workshop.gradebook.submissions import SUBMITTED, course_digest
from workshop.parts import MODULES, Part

HTML = f"{NOTEBOOK}.html"
_LONGEST_NAME = 255  # of a folder, and so of a student


class GradebookError(Exception):
    """nbgrader could not do it; the text says why, grading/grade.log says all."""


class Course:
    """The course in `root` with its gradebook, the file below it or the database at `url`."""

    def __init__(self, root: Path, url: str | None = None) -> None:
        self.root = root
        self._url = url
        (root / "grading").mkdir(exist_ok=True)
        self.config = _configured(root, url)
        self.db_url: str = self.config.CourseDirectory.db_url
        self.db_key = gradebook_key(self.db_url)
        self.log = logging.getLogger("workshop.gradebook")
        self.log.setLevel(logging.INFO)
        self.log.propagate = False
        if not self.log.handlers:
            file = root / "grading" / "grade.log"
            self.log.addHandler(logging.FileHandler(file, mode="w", encoding="utf-8", delay=True))

    def ensure_assignment(self, part: Part) -> None:
        """The part's cells and points stand in the gradebook, as the course has them now."""
        state = self.root / "grading" / "results" / f"{part.id}.assignment.json"
        wanted = {"course": course_digest(part), "gradebook": self.db_key}
        with opened(self.db_url) as gradebook:
            with contextlib.suppress(MissingEntry):
                gradebook.find_assignment(part.id)
                if read_json(state) == wanted:
                    return
            _widen_names(gradebook.engine)
        with tempfile.TemporaryDirectory(prefix="generate-", dir=self.root / "grading") as made:
            course = Path(made).resolve()
            for file in walk(part.folder):
                target = course / MODULES / part.id / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(part.folder / file, target)
            self._run(_GenerateOne, _configured(course, self.db_url), part.id)
        write_json(state, wanted)

    def name_students(self, class_list: Iterable[Student], others: Iterable[str] = ()) -> None:
        """Formgrader and nbgrader's exports show names where the class list has them, and the
        ids of all who have none, `others` too."""
        with opened(self.db_url) as gradebook:
            listed = {student.id: student for student in class_list}
            for student in listed.values():
                known = {name: value for name, value in asdict(student).items() if value}
                gradebook.update_or_create_student(known.pop("id"), **known)
            for student_id in (*listed, *others):
                show_id_for_name(gradebook, student_id)

    def autograde(self, part: Part, student: str) -> None:
        """Saves the record of a submission in the gradebook. Raises GradebookError or others."""
        self._run(_AutogradeOne, self.config, part.id, student)

    def feedback(self, part: Part, student: str) -> None:
        """Writes the HTML feedback. Raises GradebookError or others."""
        self._run(_FeedbackForOne, self.config, part.id, student)

    def feedback_folder(self, part: Part, student: str) -> Path:
        """Where a student's feedback lies."""
        return Path(self.root, self.config.CourseDirectory.feedback_directory, student, part.id)

    def is_autograded(self, part: Part, student: str) -> bool:
        """Whether the notebook that formgrader shows is there."""
        base = Path(self.root, self.config.CourseDirectory.autograded_directory)
        return (base / student / part.id / LESSON).is_file()

    def time_stamp(self, part: Part, student: str) -> str:
        """When it was handed in, as nbgrader will read it; nothing if nobody said."""
        file = self.root / SUBMITTED / student / part.id / "timestamp.txt"
        return file.read_text("utf-8", "replace")[:200] if file.is_file() else ""

    def scores(self, part: Part, student: str) -> dict[str, Score]:
        """By cell; empty if the gradebook has no such submission."""
        return scores_of(self.db_url, part.id, student)

    def _run(self, converter: Any, config: Any, assignment: str, student: str = ".") -> None:
        folder = CourseDirectory(
            config=config, log=self.log, assignment_id=assignment, student_id="*"
        )
        path = os.environ.get("PATH")
        reason = _Reason()
        self.log.addHandler(reason)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about nbgrader's own use of its libraries
                made = converter(coursedir=folder, config=config, log=self.log)
                made.force = True
                made.only_student = student
                made.start()
        except NbGraderException as problem:
            raise GradebookError(reason.text or str(problem)) from None
        finally:
            self.log.removeHandler(reason)
            if path is not None:
                os.environ["PATH"] = path


def _configured(root: Path, url: str | None) -> Any:
    config: Any = Config()
    configure(config, root, url)
    # nbgrader's own default is a course without a name that is in no table: SQLite does not mind.
    config.CourseDirectory.course_id = "default_course"
    return config


class _Reason(logging.Handler):
    """Keeps the reason of a failure: nbgrader logs it as a traceback and raises a general one."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage().strip()
        if message.startswith("Traceback"):
            self.text = message.rsplit("\n", 1)[-1]


class _One:
    """One folder by its name: no glob, and also without a notebook."""

    only_student = "."
    coursedir: Any
    _format_source: Any

    def init_notebooks(self) -> None:
        folder = self._format_source(self.coursedir.assignment_id, self.only_student)
        self.assignments = {folder: [f"{folder}{os.sep}{LESSON}"]}
        self.notebooks: list[str] = []


class _GenerateOne(_One, GenerateAssignment):  # type: ignore[misc]
    pass


class _AutogradeOne(_One, Autograde):  # type: ignore[misc]
    pass


class _FeedbackForOne(_One, GenerateFeedback):  # type: ignore[misc]
    pass


def _widen_names(engine: Any) -> None:
    """nbgrader gives a student's id 128 characters; SQLite does not count, PostgreSQL does."""
    if engine.dialect.name != "postgresql":
        return
    with engine.begin() as connection:
        for table, column in (("student", "id"), ("submitted_assignment", "student_id")):
            connection.execute(
                sqlalchemy.text(
                    f"ALTER TABLE {table} ALTER COLUMN {column} TYPE VARCHAR({_LONGEST_NAME})"
                )
            )

"""Our steps in `nbgrader autograde`: rebuild the notebook, insert the engine's result, save it.

They replace those that would run the notebook in a learner's kernel, by configuration (see
`workshop.build.nbgrader_settings`), so that the command typed by hand and formgrader's button give
what `workshop grade` gives.
"""

from __future__ import annotations

import atexit
import html
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades

from workshop.build.files import LESSON
from workshop.build.generate import EXERCISES
from workshop.gradebook.given import Given
from workshop.gradebook.notebook import answers_in, rebuilt
from workshop.gradebook.records import (
    Record,
    is_current,
    load_record,
    make_record,
    record_file,
    save_record,
)
from workshop.gradebook.scores import gradebook_key, opened
from workshop.gradebook.students import show_id_for_name
from workshop.gradebook.submissions import Submission, course_digest, work_digest
from workshop.gradebook.words import points_words
from workshop.grading.engine import Engine
from workshop.grading.results import TaskResult
from workshop.grading.words import state_words
from workshop.parts import MODULES, Part, load_part

if TYPE_CHECKING:
    from nbformat import NotebookNode

    class Step:
        """What we use of NbGraderPreprocessor, which carries no types."""

        parent: Any

    class Exporter:
        """What we use of NotebookExporter."""

        parent: Any

        def from_notebook_node(self, nb: Any, resources: Any = None) -> Any: ...

    class Save(Step):
        """What we use of SaveAutoGrades."""

        gradebook: Any
        notebook_id: str
        assignment_id: str
        student_id: str

        def _add_score(self, cell: Any, resources: Any) -> None: ...
else:
    Step, Save, Exporter = NbGraderPreprocessor, SaveAutoGrades, NotebookExporter

_Result = tuple["NotebookNode", dict[str, Any]]
NOT_GRADED = "production_ml_not_graded"
WORK = "production_ml_work"
_engine: Engine | None = None


class SubmissionExporter(Exporter):
    """Reads a submission, whatever it is; what it hands on is always the released lesson."""

    def from_filename(self, filename: str, resources: Any = None, **more: Any) -> Any:
        """nbgrader calls it for the submitted notebook, then for the one that came of it."""
        course = self.parent.coursedir
        named = resources["nbgrader"]
        if not self.parent._sanitizing:
            notebook = nbformat.read(filename, as_version=4)  # type: ignore[no-untyped-call]
            return self.from_notebook_node(notebook, resources=resources)
        part = _part(course, named["assignment"])
        released = nbformat.read(  # type: ignore[no-untyped-call]
            Path(course.root) / EXERCISES / part.id / LESSON, as_version=4
        )
        submission = Submission(named["student"], Path(filename).parent)
        if submission.linked:
            raise ValueError(f"{submission.folder} is a link, and links are not followed")
        self._bring_time_stamp(submission.folder, named)
        answers = answers_in(submission.notebook(), released)
        rubrics = {written.id: written.rubric for written in part.written}
        notebook = rebuilt(released, answers, submission.snapshot(part).files, rubrics)
        notebook.metadata[NOT_GRADED] = answers.unreadable
        return self.from_notebook_node(notebook, resources=resources)

    def _bring_time_stamp(self, submitted: Path, named: dict[str, str]) -> None:
        """By it nbgrader knows whether a submission is newer than what it has graded."""
        stamp = submitted / "timestamp.txt"
        if stamp.is_file() and not stamp.is_symlink():
            graded = Path(self.parent._format_dest(named["assignment"], named["student"]))
            graded.mkdir(parents=True, exist_ok=True)
            (graded / stamp.name).write_bytes(stamp.read_bytes()[:200])


class InsertResults(Step):
    """Puts the engine's points and reasons where the outputs of the graded cells would be."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> _Result:
        course = self.parent.parent.coursedir
        named = resources["nbgrader"]
        part = _part(course, named["assignment"])
        folder = Path(course.format_path(course.submitted_directory, named["student"], part.id))
        submission = Submission(named["student"], folder)
        record = current_record(Path(course.root), part, submission)
        nb.metadata[WORK] = work_digest(submission, part)
        tasks = {task.id: task for task in record.tasks(part)}
        for cell in nb.cells:
            task = tasks.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            if task is not None and cell.cell_type == "code":
                cell.outputs = [_output(task)]
                cell.metadata[NOT_GRADED] = task.state == "not_graded"
        return nb, resources


class SaveResults(Save):
    """nbgrader's own step, and two things that it does not know: a third state, not graded, and
    whether points by hand were given for what is there now."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> _Result:
        course, named = self.parent.parent.coursedir, resources["nbgrader"]
        part = _part(course, named["assignment"])
        file = record_file(Path(course.root), named["student"], part).with_suffix(".given")
        self._given = Given(file, gradebook_key(named["db_url"]))
        self._unreadable = bool(nb.metadata.pop(NOT_GRADED, ""))
        self._work = nb.metadata.pop(WORK)
        saved: _Result = super().preprocess(nb, resources)  # type: ignore[misc]
        self._given.save()
        with opened(named["db_url"]) as gradebook:
            show_id_for_name(gradebook, named["student"])
        return saved

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        name = cell.metadata.nbgrader.grade_id
        grade = self.gradebook.find_grade(
            name, self.notebook_id, self.assignment_id, self.student_id
        )
        given, flagged = grade.manual_score is not None, bool(grade.needs_manual_grade)
        super()._add_score(cell, resources)
        unread = self._unreadable and utils.is_solution(cell)
        if cell.metadata.pop(NOT_GRADED, False) or unread:
            grade.auto_score = None
            grade.needs_manual_grade = True
        changed = self._given.look_again(name, self._work_in(cell), given=given, flagged=flagged)
        if given:
            grade.needs_manual_grade = changed
        self.gradebook.db.commit()

    def _work_in(self, cell: NotebookNode) -> str:
        """What points are given for. Without a notebook nbgrader clears its flags before we see
        them, so then nobody can tell."""
        if self._unreadable:
            return ""
        if utils.is_solution(cell):
            return str(cell.source)
        return f"{self._work} {cell.outputs[0].data.get('text/plain')}" if cell.outputs else ""


def current_record(root: Path, part: Part, submission: Submission) -> Record:
    """The record of a submission, made now if there is none that is up to date."""
    record = load_record(root, submission.student, part)
    course = course_digest(part)
    unchanged = record is not None and record.course == course
    if record is None or not unchanged or not _same(record, submission, part, course):
        record = make_record(_kept_engine(), part, submission)
        save_record(root, part, record)
    return record


def _same(record: Record, submission: Submission, part: Part, course: str) -> bool:
    """What could not be graded is not tried again here: `workshop grade` does that."""
    current = is_current(record, submission, part, course)
    return current or record.submission in ("", submission.digest(part))


def _kept_engine() -> Engine:
    global _engine
    if _engine is None:
        _engine = Engine()
        atexit.register(_engine.close)
    return _engine


def _output(task: TaskResult) -> NotebookNode:
    shown = _as_html(task)
    if task.state == "not_graded":
        made = nbformat.v4.new_output("display_data", data={"text/html": shown})  # type: ignore[no-untyped-call]
    else:
        data = {"text/plain": repr(float(task.points)), "text/html": shown}
        made = nbformat.v4.new_output("execute_result", data=data)  # type: ignore[no-untyped-call]
    output: NotebookNode = made
    return output


def _as_html(task: TaskResult) -> str:
    """With the few tags that nbconvert lets through where it cleans: none of a table's body.

    Points by hand may stand above it, so it says whose points these are.
    """
    points = points_words(None if task.state == "not_graded" else task.points, task.max_points)
    state = f"The checks: <b>{points}</b> {html.escape(state_words(task))}"
    reasons = "".join(f"<li>{html.escape(reason)}</li>" for reason in task.reasons)
    return f"<div>{state}{f'<ul>{reasons}</ul>' if reasons else ''}</div>"


def _part(course: Any, assignment: str) -> Part:
    return load_part(Path(course.root) / MODULES / assignment)

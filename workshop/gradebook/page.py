"""Our steps in nbgrader's feedback: the page that a learner gets, with points in our words.

nbgrader's own page prints every score as a number, and so a zero for what nobody has graded.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbconvert.exporters import HTMLExporter
from nbgrader.preprocessors import NbGraderPreprocessor

from workshop.gradebook.feedback import harmless, totals_markdown, write_markdown
from workshop.gradebook.grades import ANSWER_CHANGED, LOOK_AGAIN, Grade, grades_of
from workshop.gradebook.notebook import note, without_rubrics
from workshop.gradebook.records import Record, load_record
from workshop.gradebook.scores import scores_of
from workshop.gradebook.totals import totals_of
from workshop.gradebook.words import name_words, points_words, state_words
from workshop.parts import MODULES, Part, load_part

if TYPE_CHECKING:
    from nbformat import NotebookNode

    class Step:
        """What we use of NbGraderPreprocessor, which carries no types."""

    class Exporter:
        """What we use of HTMLExporter."""

else:
    Step, Exporter = NbGraderPreprocessor, HTMLExporter

_Result = tuple["NotebookNode", dict[str, Any]]
SAID = "production_ml_said"


class FeedbackExporter(Exporter):
    """nbgrader's feedback page; a name of its own, by which its template is configured."""


class LeaveOutRubrics(Step):
    """In feedback: what to look for is written for whoever grades."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> _Result:
        return without_rubrics(nb), resources


class SayGrades(Step):
    """In feedback, once nbgrader's step has put the comments in: names, points and totals as we
    say them everywhere, what changed after points were given, and comments that load nothing."""

    parent: Any

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> _Result:
        course, named = self.parent.parent.coursedir, resources["nbgrader"]
        part = load_part(Path(course.root) / MODULES / named["assignment"])
        record = _record(Path(course.root), part, named)
        grades = grades_of(part, record, scores_of(named["db_url"], part.id, named["student"]))
        totals = totals_of(part, grades)
        named["notebook"] = f"Part {part.number}: {part.title}"
        named[SAID] = totals.tasks_words + " for the tasks" * totals.any_task
        rows = {grade.task: grade for grade in grades}
        for cell in nb.cells:
            marked = cell.metadata.get("nbgrader", {})
            row = rows.get(marked.get("grade_id"))
            if row is not None:
                marked[SAID] = _said(part, row)
            if marked.get("comment"):
                marked["comment"] = harmless(marked["comment"])
            if row is not None and marked.get("solution") and row.state == LOOK_AGAIN:
                changed = f"**{ANSWER_CHANGED.capitalize()}.**"
                marked["comment"] = "\n\n".join(filter(None, [changed, marked.get("comment")]))
        nb.cells.insert(0, note("totals", "\n".join(totals_markdown(totals))))
        # Beside the page: nbgrader has emptied the folder before it begins.
        folder = course.format_path(course.feedback_directory, named["student"], part.id)
        left_out = record.result.left_out if record.result else ()
        write_markdown(Path(folder), part, grades, left_out)
        return nb, resources


def _record(root: Path, part: Part, named: dict[str, Any]) -> Record:
    student = named["student"]
    record = load_record(root, student, part)
    lost = "the result is not kept any more"
    return record or Record(student, part.id, "", "", "", None, lost)


def _said(part: Part, grade: Grade) -> dict[str, str]:
    return {
        "name": name_words(part, grade),
        "points": points_words(grade.points, grade.max_points),
        "state": state_words(part, grade),
    }

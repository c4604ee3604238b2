"""nbgrader's settings for this course: one function for nbgrader_config.py and for the build."""

from __future__ import annotations

import glob
import os
import sys
from pathlib import Path
from typing import Any

from nbgrader.converters import GenerateAssignment, GenerateFeedback, GenerateSolution
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, Execute
from nbgrader.server_extensions.formgrader import handlers as formgrader

from workshop.build import preprocessors as ours
from workshop.build.generate import EXERCISES, GRADEBOOK, SOLUTIONS
from workshop.gradebook.page import FeedbackExporter, LeaveOutRubrics, SayGrades
from workshop.gradebook.steps import InsertResults, SaveResults, SubmissionExporter
from workshop.gradebook.submissions import SUBMITTED
from workshop.parts import MODULES

# Always "/", on Windows too: nbgrader reads these names as regular expressions.
GRADING = "grading"
TEMPLATES = Path(__file__).parent.parent / "gradebook" / "templates"


def configure(c: Any, root: Path, gradebook_url: str | None = None) -> None:
    """Sets up nbgrader (`c` is its config object) for the course in `root`.

    The gradebook is a file below `root`, or the database at `gradebook_url`.

    nbgrader is told to ignore everything inside a part's source folder. Otherwise it copies every
    file that is not a notebook as it is: solutions and hidden tests into exercises/, finished
    files over a submission's. The pattern is a whole path, so that it holds for modules/ only;
    a name like *.py would also drop the files of submissions. Our own steps write the files.
    """
    course = c.CourseDirectory
    course.root = str(root)
    course.source_directory = MODULES
    course.release_directory, course.solution_directory = EXERCISES, SOLUTIONS
    course.submitted_directory = f"{GRADING}/submitted"
    course.autograded_directory = f"{GRADING}/autograded"
    # Not "feedback": nbgrader ignores folders of that name.
    course.feedback_directory = f"{GRADING}/reports"
    course.db_url = gradebook_url or f"sqlite:///{(root / GRADEBOOK).as_posix()}"
    course.ignore = [
        ".ipynb_checkpoints",
        "*.pyc",
        "__pycache__",
        "feedback",
        *_inside_parts(root),
        *_inside_submissions(root),
    ]
    c.GenerateAssignment.preprocessors = [
        ours.WriteBlankFiles,
        ours.Tidy,
        ours.InjectPoints,
        *_standard(GenerateAssignment),
    ]
    c.GenerateSolution.preprocessors = [
        ours.WriteFinishedFiles,
        ours.Tidy,
        ours.InjectPoints,
        ours.RemoveMarkers,
        # Outputs hold times and addresses: executed, no two builds would be equal.
        *(step for step in _standard(GenerateSolution) if step is not Execute),
    ]
    # No kernel of a learner's runs: the notebook is rebuilt, the engine's result is put in.
    c.Autograde.exporter_class = SubmissionExporter
    c.Autograde.sanitize_preprocessors = []
    c.Autograde.autograde_preprocessors = [
        InsertResults,
        SaveResults,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    c.GenerateFeedback.exporter_class = FeedbackExporter
    c.FeedbackExporter.template_name, c.FeedbackExporter.template_file = "graded", "page.html.j2"
    c.GenerateFeedback.preprocessors = [LeaveOutRubrics, *_standard(GenerateFeedback), SayGrades]
    # What a learner wrote is shown as text, in feedback and in formgrader, and both load nothing
    # from the network: ours stands in for the template that would.
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.extra_template_basedirs = [formgrader.template_path, str(TEMPLATES)]
    c.Execute.timeout = 120  # seconds a cell; one may check a whole task on a busy machine
    put_environment_on_path()


def put_environment_on_path() -> None:
    """Lets nbgrader find `alembic`, which it calls by its bare name, without an activated env."""
    scripts = str(Path(sys.executable).parent)
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([scripts, os.environ.get("PATH", "")])


def _inside_parts(root: Path) -> list[str]:
    """Globs for all that lies in a part's folder. nbgrader spells the path with a "." for the
    student where there is none, and a glob's "*" leaves out names that begin with a dot."""
    source = [glob.escape(str(root)), MODULES]
    return [
        # not pathlib: that would drop the "."
        os.sep.join([*source, *student, "*", name])  # noqa: PTH118
        for student in ([os.curdir], [])
        for name in ("*", ".*")
    ]


def _inside_submissions(root: Path) -> list[str]:
    """Globs for everything in a submission's folder: nbgrader would copy it, links followed, into
    what is shown and given back. The notebook and its time stamp are read by our own step."""
    base = [glob.escape(str(root)), *SUBMITTED.split("/"), "*", "*"]
    return [os.sep.join([*base, name]) for name in ("*", ".*")]  # noqa: PTH118


def _standard(converter: Any) -> list[type]:
    return list(converter.class_traits()["preprocessors"].default())

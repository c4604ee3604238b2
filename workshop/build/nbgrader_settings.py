"""nbgrader's settings for this course: one function for nbgrader_config.py and for the build."""

from __future__ import annotations

import glob
import os
import sys
from pathlib import Path
from typing import Any

from nbgrader.converters import GenerateAssignment, GenerateSolution
from nbgrader.preprocessors import Execute

from workshop.build import preprocessors as ours
from workshop.build.generate import EXERCISES, GRADEBOOK, SOLUTIONS
from workshop.parts import MODULES

# Always "/", on Windows too: nbgrader reads these names as regular expressions.
GRADING = "grading"


def configure(c: Any, root: Path) -> None:
    """Sets up nbgrader (`c` is its config object) for the course in `root`.

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
    course.db_url = f"sqlite:///{(root / GRADEBOOK).as_posix()}"
    course.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", *_inside_parts(root)]
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


def _standard(converter: Any) -> list[type]:
    return list(converter.class_traits()["preprocessors"].default())

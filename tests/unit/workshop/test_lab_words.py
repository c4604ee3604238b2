"""What `workshop lab` tells attendees and instructors."""

from __future__ import annotations

from pathlib import Path

from workshop.bootstrap_paths import Clone
from workshop.lab import stopped, welcome

URL = "http://127.0.0.1:8888/lab"


def test_attendees_are_told_to_check_and_instructors_to_grade(tmp_path: Path) -> None:
    attendee, instructor = (
        welcome(Clone(tmp_path), URL, 8100, instructor=instructor) for instructor in (False, True)
    )
    assert attendee.endswith("In a terminal of JupyterLab: workshop check 2")
    assert "Formgrader" not in attendee
    assert instructor.endswith("In a terminal of JupyterLab: workshop grade 2")
    assert "workshop check" not in instructor
    assert "Formgrader, to grade by hand, is in JupyterLab's menu Nbgrader." in instructor


def test_at_the_end_each_is_told_where_the_work_is(tmp_path: Path) -> None:
    clone = Clone(tmp_path)
    assert str(clone.work) in stopped(clone, instructor=False)
    assert stopped(clone, instructor=True).endswith(str(tmp_path / "grading"))

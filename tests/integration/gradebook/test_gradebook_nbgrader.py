"""`nbgrader autograde`, typed by hand: what `workshop grade` does, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_gradebook_notebooks import creating
from toy_class import ANSWERS, PART, Grade, KeptEngine, ToyClass

from workshop.gradebook.course import Course

FORGETS_DOUBLES = "def total(numbers):\n    return sum(set(numbers))\n"


def autograde(root: Path) -> subprocess.CompletedProcess[str]:
    """As someone does who did not activate the environment: its bin is not on PATH."""
    environment = {**os.environ, "PATH": "/usr/bin:/bin", "JUPYTER_PLATFORM_DIRS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", PART, "--force"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def hostile(toy: ToyClass, tmp_path: Path) -> ToyClass:
    """A class with a submission that links to a secret, brings data and wants its cells run."""
    (tmp_path / "secret.txt").write_text("the key of the house")
    toy.hand_in("ada")
    toy.hand_in("bob", {"tally/total.py": FORGETS_DOUBLES})
    toy.hand_in("blank", edition="exercises")
    folder = toy.hand_in("eve", notebook=creating(tmp_path / "was-run"))
    (folder / "data.csv").write_text("1,2\n")
    (folder / ".hidden").write_text("x")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "tally" / "link.py").symlink_to(tmp_path / "secret.txt")
    return toy


def copied(toy: ToyClass) -> set[str]:
    """The files below grading/autograded and grading/reports."""
    places = [toy.root / "grading" / place for place in ("autograded", "reports")]
    return {path.name for place in places for path in place.rglob("*") if path.is_file()}


def test_by_hand_it_gives_what_workshop_grade_gives_and_copies_follows_and_runs_nothing(
    hostile: ToyClass, engine: KeptEngine, grade: Grade, tmp_path: Path
) -> None:
    Course(hostile.root).ensure_assignment(hostile.part)

    typed = autograde(hostile.root)

    assert typed.returncode == 0, typed.stderr
    by_hand = hostile.gradebook_points()
    assert by_hand["ada"] == {"total": 10, "mean": 5, "why": None, "where": None}
    assert by_hand["bob"] == {"total": 4, "mean": 5, "why": None, "where": None}
    assert by_hand["blank"] == {"total": 0, "mean": 0, "why": 0, "where": 0}
    assert ANSWERS["why"] in str(hostile.graded_notebook("ada"))
    with hostile.gradebook() as gradebook:
        assert {(one.last_name, one.first_name) for one in gradebook.students} == {
            (student, "") for student in by_hand
        }
    assert copied(hostile) == {"lesson.ipynb"}

    assert grade().code == 0
    assert engine.asked == [], "the records that it made are those of workshop grade"
    assert hostile.gradebook_points() == by_hand
    assert copied(hostile) == {"lesson.ipynb", "lesson.html", "feedback.md"}

    rows, feedback = hostile.rows(), hostile.feedback("bob")
    elsewhere = hostile.hand_in("link").parent.rename(tmp_path / "elsewhere")
    (hostile.submitted / "by-student").symlink_to(elsewhere)
    (hostile.submitted / "by-part").mkdir()
    (hostile.submitted / "by-part" / PART).symlink_to(elsewhere / PART)
    typed = autograde(hostile.root)

    assert typed.returncode == 1
    for link in ("by-student", "by-part"):
        assert f"{link}/{PART} is a link, and links are not followed" in typed.stderr
    found = hostile.gradebook_points()
    assert {student: found[student] for student in by_hand} == by_hand
    results = (hostile.root / "grading" / "results").iterdir()
    assert sorted(path.name for path in results if path.is_dir()) == sorted(by_hand)
    assert grade().code == 0
    assert (hostile.rows(), hostile.feedback("bob")) == (rows, feedback)

    assert "the key of the house" not in str(hostile.graded_notebook("eve"))
    assert not (tmp_path / "was-run").exists()

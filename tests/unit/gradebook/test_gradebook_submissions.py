"""Which folders are submissions, what counts of them, and when they are the same as before."""

from __future__ import annotations

from pathlib import Path

import pytest
from gradebook_doubles import PART_ID, handed_in, part_in

from workshop.gradebook.submissions import (
    Submission,
    course_digest,
    submissions_of,
    unusable_name,
    work_digest,
)
from workshop.parts import Part


@pytest.fixture
def part(tmp_path: Path) -> Part:
    return part_in(tmp_path / "modules" / PART_ID)


@pytest.fixture
def ada(tmp_path: Path) -> Submission:
    return hand_in(tmp_path, "ada")


def hand_in(root: Path, student: str) -> Submission:
    folder = root / "grading" / "submitted" / student / PART_ID
    (folder / "tally").mkdir(parents=True)
    (folder / "tally" / "total.py").write_text("x = 1\n")
    (folder / "lesson.ipynb").write_bytes(handed_in())
    return Submission(student, folder)


def students(root: Path, part: Part, *wanted: str) -> list[str]:
    return [one.student for one in submissions_of(root, part, wanted)]


def test_every_folder_with_the_part_in_it_is_a_submission(tmp_path: Path, part: Part) -> None:
    for name in ("grace", "ada", "[a]*", 'Zoë O\'Neil, "Z"', "x" * 200):
        hand_in(tmp_path, name)
    (tmp_path / "grading" / "submitted" / "of-another-part" / "part2_other").mkdir(parents=True)
    (tmp_path / "grading" / "submitted" / "README.md").write_text("a file")
    expected = sorted(["ada", "grace", "[a]*", 'Zoë O\'Neil, "Z"', "x" * 200])
    assert students(tmp_path, part) == expected
    assert students(tmp_path, part, "[a]*", "nobody") == ["[a]*"]


def test_a_class_that_handed_nothing_in_has_no_submissions(tmp_path: Path, part: Part) -> None:
    assert students(tmp_path, part) == []


def test_a_submission_that_is_a_link_is_not_followed(tmp_path: Path, part: Part) -> None:
    real = hand_in(tmp_path / "elsewhere", "eve").folder
    submitted = tmp_path / "grading" / "submitted"
    (submitted / "by-part").mkdir(parents=True)
    (submitted / "by-student").symlink_to(real.parent)
    (submitted / "by-part" / PART_ID).symlink_to(real)
    assert students(tmp_path, part) == []


def test_a_folder_that_begins_with_a_dot_is_nobodys(tmp_path: Path, part: Part) -> None:
    hand_in(tmp_path, ".ipynb_checkpoints")
    hand_in(tmp_path, "ada")
    assert students(tmp_path, part) == ["ada"]


def test_the_notebook_is_read_as_it_is(ada: Submission) -> None:
    assert ada.notebook() == handed_in()


def test_a_notebook_that_is_missing_a_folder_a_link_or_25_MB_is_none(
    ada: Submission, tmp_path: Path
) -> None:
    lesson = ada.folder / "lesson.ipynb"
    with lesson.open("ab") as file:
        file.truncate(25 << 20)
    assert ada.notebook() is None
    lesson.unlink()
    assert ada.notebook() is None
    lesson.mkdir()
    assert ada.notebook() is None
    lesson.rmdir()
    (tmp_path / "secret.ipynb").write_bytes(handed_in())
    lesson.symlink_to(tmp_path / "secret.ipynb")
    assert ada.notebook() is None


def test_a_submission_has_changed_when_a_file_that_counts_has(ada: Submission, part: Part) -> None:
    before = {ada.digest(part)}
    (ada.folder / "tally" / "total.py").write_text("x = 2\n")
    before.add(ada.digest(part))
    (ada.folder / "tally" / "more.py").write_text("")
    before.add(ada.digest(part))
    (ada.folder / "lesson.ipynb").unlink()
    before.add(ada.digest(part))
    assert len(before) == 4


def test_a_submission_has_not_changed_when_what_does_not_count_has(
    ada: Submission, part: Part
) -> None:
    before = ada.digest(part)
    (ada.folder / "data.csv").write_text("1,2\n")
    (ada.folder / "tally" / "__pycache__").mkdir()
    (ada.folder / "tally" / "__pycache__" / "total.py").write_text("")
    (ada.folder / "tally" / "link.py").symlink_to(ada.folder / "data.csv")
    assert ada.digest(part) == before


def test_work_is_the_same_if_only_the_notebook_differs(ada: Submission, part: Part) -> None:
    before = work_digest(ada, part)
    (ada.folder / "lesson.ipynb").unlink()
    assert work_digest(ada, part) == before
    (ada.folder / "tally" / "total.py").write_text("x = 2\n")
    assert work_digest(ada, part) != before


def test_grades_go_stale_when_the_course_changes(part: Part) -> None:
    before = course_digest(part)
    (part.folder / "hidden_tests").mkdir()
    (part.folder / "hidden_tests" / "test_more.py").write_text("")
    assert course_digest(part) != before


@pytest.mark.parametrize(
    "name",
    ["ada", "Zoë 李", "نیم\u200cفاصله", "no\u00a0break", "全角\u3000", "[a]*?", "it's", "x" * 200],
)
def test_a_name_that_can_be_printed_can_be_graded(name: str) -> None:
    assert unusable_name(name) == ""


@pytest.mark.parametrize(
    "name", ["a\nb", "\x1b[31mred", "a\x00", "caf\udce9", "\u202eada", "a\u2028"]
)
def test_a_name_that_cannot_be_printed_is_said_to_be_one(name: str) -> None:
    assert "cannot be printed" in unusable_name(name)

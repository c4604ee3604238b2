"""grading/grades.csv: a row for each student and graded cell, for people and spreadsheets."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gradebook_doubles import PART_ID, graded, part_in

from workshop import files
from workshop.gradebook.grades import Grade, grades_of, write_grades
from workshop.gradebook.records import Record
from workshop.gradebook.scores import Score
from workshop.parts import Part


@pytest.fixture
def part(tmp_path: Path) -> Part:
    return part_in(tmp_path / "modules" / PART_ID)


def record(part: Part, **points: int | None) -> Record:
    return Record("ada", part.id, "s", "c", "now", graded(part, **points))


def score(**changes: Any) -> Score:
    return replace(Score(0.0, 5.0, None, False, ""), **changes)


def rows(root: Path) -> list[dict[str, str]]:
    with (root / "grading" / "grades.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_task(grades: list[Grade]) -> dict[str, tuple[float | None, str]]:
    return {grade.task: (grade.points, grade.state) for grade in grades}


def grade(**changes: Any) -> Grade:
    return replace(Grade("ada", PART_ID, "total", 10.0, 10.0, "passed", ""), **changes)


def test_what_could_not_be_graded_and_what_waits_has_no_points_and_no_zero(
    tmp_path: Path, part: Part
) -> None:
    found = grades_of(part, record(part, mean=None), {"why": score(waiting=True)})
    assert by_task(found) == {
        "total": (10.0, "passed"),
        "mean": (None, "not_graded"),
        "why": (None, "waiting"),
        "where": (None, "waiting"),
    }
    write_grades(tmp_path, part, found)
    assert [row["points"] for row in rows(tmp_path)] == ["10", "", "", ""]
    assert [row["max_points"] for row in rows(tmp_path)] == ["10", "5", "5", "3"]


def test_a_submission_that_could_not_be_graded_at_all_has_no_points(part: Part) -> None:
    trouble = Record("ada", part.id, "", "c", "now", None, "the engine fell over")
    found = grades_of(part, trouble, {})
    assert [grade.points for grade in found] == [None] * 4
    assert [grade.reason for grade in found] == ["the engine fell over"] * 2 + [""] * 2


def test_failed_is_a_zero_and_says_why(part: Part) -> None:
    total, mean, *_ = grades_of(part, record(part, total=0, mean=3), {})
    assert (total.points, total.state, total.reason) == (0.0, "failed", "total is failed")
    assert (mean.points, mean.state, mean.reason) == (3.0, "partial", "mean is partial")


def test_points_given_by_hand_win_and_say_so(part: Part) -> None:
    given = {
        "total": score(by_hand=2.5),
        "mean": score(by_hand=0.0),
        "why": score(by_hand=4.0, comment="well said"),
    }
    found = grades_of(part, record(part, mean=None), given)
    assert by_task(found)["total"] == (2.5, "by_hand")
    assert by_task(found)["mean"] == (0.0, "by_hand")
    assert by_task(found)["why"] == (4.0, "by_hand")
    assert (found[2].reason, found[2].comment) == ("", "well said")


def test_points_given_for_something_else_stay_and_say_so(tmp_path: Path, part: Part) -> None:
    given = {
        "total": score(by_hand=2.5, waiting=True),
        "mean": score(by_hand=1.0, waiting=True),
        "why": score(by_hand=4.0, waiting=True, comment="well said"),
    }
    found = grades_of(part, record(part, mean=None), given)
    assert by_task(found) == {
        "total": (2.5, "look_again"),
        "mean": (1.0, "look_again"),
        "why": (4.0, "look_again"),
        "where": (None, "waiting"),
    }
    write_grades(tmp_path, part, found)
    assert [(row["reason"], row["comment"]) for row in rows(tmp_path)] == [
        ("the work changed after these points were given; now: 10 of 10", ""),
        (
            "the work changed after these points were given; now: not graded | mean is not_graded",
            "",
        ),
        ("the answer changed after these points were given", "well said"),
        ("", ""),
    ]


def test_an_answer_that_was_not_given_is_a_zero_of_nbgraders(part: Part) -> None:
    found = grades_of(part, record(part), {"why": score()})
    assert by_task(found)["why"] == (0.0, "failed")
    assert found[2].reason == "nothing was written"


def test_the_rows_of_other_parts_stay(tmp_path: Path, part: Part) -> None:
    other = replace(part, id="part2_other", number=2)
    write_grades(tmp_path, other, [grade(part="part2_other", reason="=kept, as it is")])
    write_grades(tmp_path, part, [grade(), grade(task="mean")])
    write_grades(tmp_path, part, [grade(points=3.0)])
    assert [(row["part"], row["task"], row["points"]) for row in rows(tmp_path)] == [
        ("part2_other", "total", "10"),
        (PART_ID, "total", "3"),
    ]
    assert rows(tmp_path)[0]["reason"] == "'=kept, as it is"


@pytest.mark.parametrize("lead", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_nothing_begins_like_a_formula(tmp_path: Path, part: Part, lead: str) -> None:
    formula = f"{lead}cmd|' /C calc'!A0"
    write_grades(tmp_path, part, [grade(student=formula, reason=formula, comment=formula)])
    (row,) = rows(tmp_path)
    assert row["reason"] == row["student"] == row["comment"] == f"'{formula}"


@pytest.mark.parametrize(
    "name",
    ["Doe, Jane", 'Jane "JD" Doe', "Zoë 李", "[a]*?", "a;b", "it's", "two\nlines", "x" * 200],
)
def test_any_name_comes_back_from_the_file(tmp_path: Path, part: Part, name: str) -> None:
    write_grades(tmp_path, part, [grade(student=name, reason=name)])
    write_grades(tmp_path, replace(part, id="part2_other"), [])
    assert [(row["student"], row["reason"]) for row in rows(tmp_path)] == [(name, name)]


def test_parts_of_points_are_written_as_they_are(tmp_path: Path, part: Part) -> None:
    write_grades(tmp_path, part, [grade(points=2.5), grade(points=0.0)])
    assert [row["points"] for row in rows(tmp_path)] == ["2.5", "0"]


def test_a_write_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_grades(tmp_path, part, [grade()])
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_grades(tmp_path, part, [grade(points=0.0)])
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["grades.csv"]

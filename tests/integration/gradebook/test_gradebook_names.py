"""Whatever a student's folder is called: graded, or said not to be."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from toy_class import PART, Grade, KeptEngine, ToyClass

from workshop.bootstrap_stop import Stop
from workshop.collect.class_list import Student
from workshop.collect.earlier import Earlier

NAMES = [
    "Ada Lovelace",
    "Zoë O'Neil",
    "李 明",
    "نیم\u200cفاصله",
    "[a]",
    "[!a]*?",
    'Jane "JD" Doe, <b>',
    "{student_id}",
    "100%s %(name)s",
    "back\\slash \\d+",
    "=1+1",
    "-rf",
    "x" * 200,
]
UNPRINTABLE = [b"two\nlines", b"\x1b[31mred", b"caf\xe9"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not allow such names")
def test_any_name_that_can_be_printed_is_graded_saved_and_gets_feedback(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    for name in NAMES:
        toy.hand_in(name)

    outcome = grade()

    assert outcome.code == 0, outcome.out
    assert sorted(generous.asked) == sorted(NAMES)
    in_table = {"'=1+1": "=1+1", "'-rf": "-rf"}
    assert sorted(in_table.get(name, name) for name in toy.points()) == sorted(NAMES)
    assert {name: grades["total"] for name, grades in toy.gradebook_points().items()} == (
        dict.fromkeys(NAMES, 10)
    )
    for name in NAMES:
        markdown, html = toy.feedback(name)
        assert "15 of 15 points" in markdown
        assert "Because a sum has one answer." in html

    generous.asked.clear()
    assert grade("--student", "[a]").code == 0
    assert generous.asked == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not allow such names")
def test_a_name_that_cannot_be_printed_is_not_graded_and_keeps_nobody_else_from_it(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    for name in UNPRINTABLE:
        toy.hand_in(os.fsdecode(name))

    outcome = grade()

    assert outcome.code == 1
    assert generous.asked == ["ada"]
    shown = ["\\u001b[31mred", "ada", "caf\\udce9", "two\\u000alines"]
    assert sorted(toy.points()) == shown
    assert toy.points()["ada"]["total"] == "10"
    rows = toy.rows()["caf\\udce9"]
    assert {row["points"] for row in rows.values()} == {""}
    assert rows["total"]["state"] == "not_graded"
    assert "cannot be printed" in rows["total"]["reason"]
    assert sorted(toy.gradebook_points()) == ["ada"]
    assert "\x1b" not in outcome.out + outcome.err
    assert "caf\\udce9: could not be graded" in outcome.out


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not allow such names")
def test_a_file_may_have_any_name_and_each_is_told_what_of_its_own_was_not_taken(
    toy: ToyClass, engine: KeptEngine, grade: Grade
) -> None:
    same = {"tally/__init__.py": "# the same work\n"}
    toy.hand_in("ada", same)
    for student in ("bob", "eve"):
        folder = toy.hand_in(student, same) / "tally"
        odd = os.fsdecode(b"caf\xe9 \x1b[31m`.py")
        if student == "bob":
            (folder / odd).symlink_to(folder / "total.py")
        else:
            (folder / odd).write_text("x = 1\n")

    outcome = grade()

    assert outcome.code == 0
    assert sorted(engine.asked) == ["ada", "eve"], "to be copied is to be graded once"
    assert {points["total"] for points in toy.points().values()} == {"10"}
    assert "bob: not taken: tally/caf\\udce9 \\u001b[31m`.py: it is a link" in outcome.out
    told = {name: "Not taken" in toy.feedback(name)[0] for name in ("ada", "bob", "eve")}
    assert told == {"ada": False, "bob": True, "eve": False}


def test_folders_that_are_nobodys_are_passed_over(
    toy: ToyClass, generous: KeptEngine, grade: Grade, tmp_path: Path
) -> None:
    toy.hand_in("ada")
    toy.hand_in(".trash")
    elsewhere = toy.hand_in("eve").parent.rename(tmp_path / "elsewhere")
    (toy.submitted / "by-student").symlink_to(elsewhere)
    (toy.submitted / "by-part").mkdir()
    (toy.submitted / "by-part" / PART).symlink_to(elsewhere / PART)

    assert grade().code == 0

    assert generous.asked == ["ada"]
    assert sorted(toy.points()) == ["ada"]
    assert [path.name for path in (toy.root / "grading" / "autograded").iterdir()] == ["ada"]


def test_names_of_the_class_list_stand_in_the_gradebook(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("aroe")
    (toy.root / "grading" / "students.csv").write_text(
        "id,first_name,last_name,email\naroe,Ann,Roe,ann@uni.example\nzoe,Zoe,,\n", encoding="utf-8"
    )
    assert grade().code == 0
    with toy.gradebook() as gradebook:
        found = {s.id: (s.first_name, s.last_name, s.email) for s in gradebook.students}
    assert found == {"aroe": ("Ann", "Roe", "ann@uni.example"), "zoe": ("Zoe", "zoe", None)}


def names_in_the_gradebook(toy: ToyClass) -> dict[str, tuple[str | None, str | None]]:
    with toy.gradebook() as gradebook:
        return {one.id: (one.last_name, one.first_name) for one in gradebook.students}


def test_a_student_without_a_name_is_called_by_the_id_and_never_none(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    long = "x" * 200
    toy.hand_in("ada")
    toy.hand_in(long)
    grade()
    assert names_in_the_gradebook(toy) == {"ada": ("ada", ""), long: ("x" * 128, "")}


def test_students_that_were_in_the_gradebook_without_a_name_get_one(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    grade()
    with toy.gradebook() as gradebook:
        gradebook.update_or_create_student("ada", first_name=None, last_name=None)
    assert "0 graded, 1 unchanged" in grade().out
    assert names_in_the_gradebook(toy) == {"ada": ("ada", "")}


def test_names_that_somebody_typed_stay_unless_the_class_list_has_others(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    toy.hand_in("bob")
    grade()
    with toy.gradebook() as gradebook:
        for student in ("ada", "bob"):
            gradebook.update_or_create_student(student, first_name="As", last_name="Typed")
    file = toy.root / "grading" / "students.csv"
    file.write_text("id,first_name,last_name\nada,Ada,Lovelace\nbob,,\n", "utf-8")
    grade()
    assert names_in_the_gradebook(toy) == {"ada": ("Lovelace", "Ada"), "bob": ("Typed", "As")}


ANN, ZOE = Student("aroe", "Ann", "Roe", "ann@uni.example"), Student("zoe", "Zoe", "Poe")


def test_names_of_a_class_list_that_only_collect_was_given_stand_in_the_gradebook(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("aroe")
    Earlier(toy.root / "grading", toy.part).remember_class([ANN, ZOE])
    assert grade().code == 0
    with toy.gradebook() as gradebook:
        found = {s.id: (s.first_name, s.last_name, s.email) for s in gradebook.students}
    assert found == {"aroe": ("Ann", "Roe", "ann@uni.example"), "zoe": ("Zoe", "Poe", None)}


def test_the_class_list_in_place_goes_before_the_one_that_collect_was_given(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    for student in ("aroe", "bob"):
        toy.hand_in(student)
    Earlier(toy.root / "grading", toy.part).remember_class([ANN, Student("bob", "Bob", "Doe"), ZOE])
    file = toy.root / "grading" / "students.csv"
    file.write_text("id,first_name,last_name\naroe,Anne,Rowe\n", "utf-8")
    assert grade().code == 0
    assert names_in_the_gradebook(toy) == {"aroe": ("Rowe", "Anne"), "bob": ("Doe", "Bob")}, (
        "and nobody who is not on it and has handed in nothing"
    )


def test_a_class_list_that_cannot_be_read_is_said(toy: ToyClass, grade: Grade) -> None:
    toy.hand_in("aroe")
    (toy.root / "grading" / "students.csv").write_text("name\nAnn\n", encoding="utf-8")
    with pytest.raises(Stop, match=r"students\.csv"):
        grade()

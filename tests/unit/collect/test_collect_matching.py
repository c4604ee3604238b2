"""Whose a submission is: certain, or nobody's."""

from __future__ import annotations

import pytest

from workshop.collect.class_list import Student
from workshop.collect.matching import AnyName, ClassList, Unmatched
from workshop.collect.names import Label

CLASS = ClassList(
    [
        Student("aroe", "Ann", "Roe", "Ann.Roe@uni.example"),
        Student("s 12", "José María", "O'Neill-Strauß", "jm@uni.example"),
        Student("twin1", "Sam", "Twin"),
        Student("twin2", "Sam", "Twin"),
        Student("Ann Roe 2", "Chris", "Poe", "aroe@uni.example"),
        Student("nameless"),
    ]
)


@pytest.mark.parametrize(
    ("label", "student"),
    [
        (Label("", ("aroe",)), "aroe"),
        (Label("", ("s 12",)), "s 12"),
        (Label("Moodle", ("Roe Ann",)), "aroe"),
        (Label("Moodle", ("ann  ROE",)), "aroe"),
        (Label("", ("Roe, Ann",)), "aroe"),
        (Label("", ("Ann_Roe",)), "aroe"),
        (Label("", ("ann.roe",)), "aroe"),
        (Label("", ("ann.roe@UNI.example",)), "aroe"),
        (Label("Moodle", ("ONeill-Strauß José María",)), "s 12"),
        (Label("Moodle", ("Jose\u0301 Mari\u0301a O’NEILL-STRAUSS",)), "s 12"),
        (Label("Canvas", ("roeann",)), "aroe"),
        (Label("Canvas", ("oneillstraußjosémaría",)), "s 12"),
        (Label("Blackboard", ("2_aroe", "aroe")), "aroe"),
        (Label("", ("nameless",)), "nameless"),
    ],
    ids=str,
)
def test_an_id_or_a_full_name_or_a_mail_finds_its_student(label: Label, student: str) -> None:
    assert CLASS.find(label) == student


@pytest.mark.parametrize(
    "label",
    [
        Label("", ("AROE2",)),
        Label("", ("annroe",)),
        Label("", ("Nameless",)),
        Label("Moodle", ("Ann",)),
        Label("Moodle", ("Anna Roe",)),
        Label("Moodle", ("Jose Maria O'Neill-Strauss",)),
        Label("", ("",)),
    ],
    ids=str,
)
def test_what_is_only_similar_is_nobodys(label: Label) -> None:
    with pytest.raises(Unmatched, match="no such id, name or e-mail"):
        CLASS.find(label)


def test_what_is_similar_is_a_hint_at_most() -> None:
    with pytest.raises(Unmatched, match=r"\(did you mean aroe\?\)"):
        CLASS.find(Label("Moodle", ("Anne Roe",)))


def test_a_name_that_two_students_have_is_nobodys() -> None:
    with pytest.raises(Unmatched, match="several students match: twin1 or twin2"):
        CLASS.find(Label("Moodle", ("Twin Sam",)))


def test_a_name_that_can_be_read_as_two_ids_is_nobodys() -> None:
    students = ClassList([Student("doe"), Student("j_doe")])
    with pytest.raises(Unmatched, match="doe or j_doe"):
        students.find(Label("Blackboard", ("2_j_doe", "j_doe", "doe")))


def test_a_name_that_is_spelt_like_another_students_id_is_nobodys() -> None:
    students = ClassList([Student("poekim", "Kim", "Poe"), Student("poekim2", "Kim", "Poe")])
    with pytest.raises(Unmatched, match="poekim or poekim2"):
        students.find(Label("Canvas", ("poekim",), "123"))
    assert students.find(Label("", ("poekim",))) == "poekim"


def test_an_id_in_other_letters_makes_a_match_by_mail_uncertain() -> None:
    with pytest.raises(Unmatched, match="Ann Roe 2 or aroe"):
        CLASS.find(Label("", ("ARoe",)))


def test_without_a_class_list_the_platforms_name_is_the_id() -> None:
    assert AnyName().find(Label("Moodle", ("Roe A\u030asa",))) == "Roe Åsa"


def test_without_a_class_list_a_name_that_can_begin_in_two_places_is_nobodys() -> None:
    with pytest.raises(Unmatched, match="may be j_doe or doe"):
        AnyName().find(Label("Blackboard", ("j_doe", "doe")))


@pytest.mark.parametrize("students", [AnyName(), CLASS])
def test_hidden_names_say_what_to_switch_off(students: AnyName | ClassList) -> None:
    with pytest.raises(Unmatched, match="anonymous grading"):
        students.find(Label("Canvas", ()))

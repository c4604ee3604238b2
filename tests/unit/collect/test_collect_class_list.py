"""The class list, as spreadsheets save it."""

from __future__ import annotations

from pathlib import Path

import pytest

from workshop.collect.class_list import ClassListError, Student, read_class_list

ANN = Student("aroe", "Ann", "Roe", "ann.roe@uni.example")


def saved(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "students.csv"
    file.write_bytes(text.encode(encoding))
    return file


@pytest.mark.parametrize(
    "text",
    [
        "id,first_name,last_name,email\naroe,Ann,Roe,ann.roe@uni.example\n",
        "id;first_name;last_name;email\r\naroe;Ann;Roe;ann.roe@uni.example\r\n",
        "id\tfirst_name\tlast_name\temail\naroe\tAnn\tRoe\tann.roe@uni.example",
        "\ufeffID, First Name ,Last Name,Email\n\n,,,\n aroe ,Ann,Roe,ann.roe@uni.example\n\n",
        'group,email,last_name,first_name,id\n"a, b",ann.roe@uni.example,Roe,Ann,aroe\n',
        "id,first_name,last_name,email\n" + "aroe,Ann,Roe,ann.roe@uni.example\n" * 2,
    ],
    ids=["commas", "semicolons", "tabs", "bom and empty lines", "other columns", "the same twice"],
)
def test_a_list_is_read_however_it_was_saved(tmp_path: Path, text: str) -> None:
    assert read_class_list(saved(tmp_path, text)) == [ANN]


def test_only_the_id_is_needed(tmp_path: Path) -> None:
    file = saved(tmp_path, "id\naroe\nb doe\n")
    assert read_class_list(file) == [Student("aroe"), Student("b doe")]


def test_a_line_may_end_early(tmp_path: Path) -> None:
    file = saved(tmp_path, "id,first_name,last_name\naroe\n")
    assert read_class_list(file) == [Student("aroe")]


def test_accents_are_spelt_in_one_way(tmp_path: Path) -> None:
    assert read_class_list(saved(tmp_path, "id\nA\u030asa\n")) == [Student("Åsa")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("name,email\nAnn,a@b\n", "no column id; its first line names name, email"),
        ("id,email\naroe,a@b\n,c@d\n", "line 3: there is no id"),
        ("id,email\naroe,a@b\naroe,c@d\n", "line 3: the id aroe is there twice"),
        ('id\n"aroe\n', "line 2"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path: Path, text: str, says: str) -> None:
    file = saved(tmp_path, text)
    with pytest.raises(ClassListError) as problem:
        read_class_list(file)
    assert str(file) in str(problem.value)
    assert says in str(problem.value)


def test_another_encoding_is_not_guessed(tmp_path: Path) -> None:
    with pytest.raises(ClassListError, match="CSV UTF-8"):
        read_class_list(saved(tmp_path, "id\nÅsa\n", "latin-1"))


def test_a_list_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ClassListError, match=r"none\.csv cannot be read"):
        read_class_list(tmp_path / "none.csv")

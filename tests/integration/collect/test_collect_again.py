"""Collected again with another idea of who is who: nobody's work is in two places unsaid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from collect_downloads import CLASS, PART, wrapped, write, zipped

from workshop.bootstrap_paths import Clone
from workshop.collect.class_list import Student
from workshop.collect.earlier import Earlier
from workshop.collect.place import Places
from workshop.parts import find_part

LIST = ("--students", "class.csv")
MOODLE = "Roe Ann_1234567_assignsubmission_file_work.zip"
DOWNLOAD = {MOODLE: wrapped("A"), "bdoe.zip": wrapped("B")}


@pytest.fixture(autouse=True)
def class_list(clone: Clone) -> Path:
    write(clone.root, {"class.csv": CLASS.encode()})
    return clone.root / "class.csv"


def kept(clone: Clone) -> list[str]:
    """Whose submissions were taken out of their places."""
    return [path.parents[2].name for path in clone.root.glob("grading/replaced/*/*/*/*/prices.py")]


def test_a_class_list_that_comes_later_makes_no_second_folder_and_moves_the_first_when_told(
    collected, placed, clone: Clone
) -> None:
    collected(DOWNLOAD)
    assert placed() == {"Roe Ann": "A", "bdoe": "B"}

    code, report = collected(DOWNLOAD, *LIST)

    assert code == 1
    (one,) = report["elsewhere"]
    assert (one["student"], one["before"], one["from"]) == ("aroe", "Roe Ann", MOODLE)
    assert [unchanged["student"] for unchanged in report["unchanged"]] == ["bdoe"]
    assert placed() == {"Roe Ann": "A", "bdoe": "B"}

    code, report = collected(DOWNLOAD, *LIST, "--update")
    assert code == 0
    assert placed() == {"aroe": "A", "bdoe": "B"}
    assert kept(clone) == ["Roe Ann"]
    assert not (clone.root / "grading" / "submitted" / "Roe Ann").exists()
    code, report = collected(DOWNLOAD, *LIST)
    assert (code, report["elsewhere"], len(report["unchanged"])) == (0, [], 2)


def test_people_see_under_which_name_it_lies_and_what_moves_it(
    collect, clone: Clone, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    write(clone.root, {"all.zip": zipped(DOWNLOAD)})
    collect("1", "all.zip")
    assert collect("1", "all.zip", *LIST) == 1
    out = capsys.readouterr().out
    assert "collected as Roe Ann before; --update moves it here and keeps the old one" in out
    assert "1 unchanged, 1 already collected under another name." in out
    said = out.rpartition("Next: ")[2]
    assert "workshop collect 1 all.zip --students class.csv --update moves them" in said


def test_newer_work_under_the_new_id_is_placed_and_the_older_is_kept(
    collected, placed, clone: Clone
) -> None:
    collected(DOWNLOAD)
    newer = {**DOWNLOAD, MOODLE: wrapped("A2")}
    assert collected(newer, *LIST)[0] == 1
    assert placed()["Roe Ann"] == "A"
    collected(newer, *LIST, "--update")
    assert placed() == {"aroe": "A2", "bdoe": "B"}
    (old,) = clone.root.glob(f"grading/replaced/*/Roe Ann/{PART}/shop/prices.py")
    assert old.read_text() == "# A\n"


def test_a_class_list_that_is_forgotten_later_changes_nothing(collected, placed) -> None:
    collected(DOWNLOAD, *LIST)
    code, report = collected(DOWNLOAD)
    assert (code, len(report["unchanged"])) == (0, 2)
    assert placed() == {"aroe": "A", "bdoe": "B"}


def test_late_work_goes_by_the_class_list_that_was_given_before(collected, placed) -> None:
    collected({"bdoe.zip": wrapped("B")}, *LIST)
    code, _ = collected({MOODLE: wrapped("A"), "nobody-known.zip": wrapped("C")})
    assert code == 1
    assert placed() == {"aroe": "A", "bdoe": "B"}


def test_what_could_not_be_placed_is_remembered_until_it_is(
    collected, placed, clone: Clone
) -> None:
    _, report = collected({"aroe.zip": b"no zip"}, *LIST)
    assert "bdoe" in report["missing"]
    _, report = collected({"bdoe.zip": wrapped("B")}, *LIST)
    assert "aroe" not in report["missing"]
    earlier = Earlier(clone.root / "grading", find_part(clone.root, "1"))
    assert earlier.problems == {"aroe": "aroe.zip is damaged, or no zip file"}
    collected({"aroe.zip": wrapped("A")}, *LIST)
    assert Earlier(clone.root / "grading", find_part(clone.root, "1")).problems == {}
    assert placed() == {"aroe": "A", "bdoe": "B"}


def test_stopped_before_it_is_placed_it_is_placed_the_next_time(
    collected, placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Places, *more: object) -> None:
        raise PermissionError(13, "Permission denied", "grading")

    with monkeypatch.context() as patch:
        patch.setattr(Places, "put", full)
        assert collected(DOWNLOAD)[0] == 1
    code, report = collected(DOWNLOAD, *LIST)
    assert (code, report["elsewhere"]) == (0, [])
    assert placed() == {"aroe": "A", "bdoe": "B"}


def test_a_record_that_is_damaged_is_no_obstacle(collected, placed, clone: Clone) -> None:
    odd = b'{"class_list": [5, null, [], {}, {"id": 5}, {"id": ""}]}'
    for text in (b"{", b"[]", b'{"uploads": [], "class_list": 5}', odd):
        write(clone.root, {f"grading/collected/{PART}.json": text})
        assert collected(DOWNLOAD)[0] == 0
    assert placed() == {"Roe Ann": "A", "bdoe": "B"}


def listed(clone: Clone) -> list[Student]:
    """The class list that `workshop grade` gets to see."""
    return Earlier(clone.root / "grading", find_part(clone.root, "1")).class_list


@pytest.mark.parametrize("before", ["", '{"uploads": {}, "class_list": ["aroe", "bdoe"]}'])
def test_the_names_of_the_class_list_are_kept_and_come_to_ids_that_were_kept_without(
    collected, clone: Clone, before: str
) -> None:
    write(clone.root, {f"grading/collected/{PART}.json": before.encode()})
    assert listed(clone) == ([Student("aroe"), Student("bdoe")] if before else [])
    table = "id,first_name,last_name,email\nbdoe\naroe,Ann,Roe,ann.roe@uni.example\n"
    write(clone.root, {"named.csv": table.encode()})
    collected(DOWNLOAD, "--students", "named.csv")
    assert listed(clone) == [Student("aroe", "Ann", "Roe", "ann.roe@uni.example"), Student("bdoe")]


@pytest.fixture
def renamed(collected) -> Callable[[], dict[str, object]]:
    """An upload that was placed without a class list, renamed to the id and collected with it."""

    def run() -> dict[str, object]:
        collected({"Anne Roe.zip": wrapped("A")})
        report: dict[str, object] = collected({"aroe.zip": wrapped("A")}, *LIST)[1]
        return report

    return run


def test_what_lies_there_and_is_nobodys_of_the_class_is_named(renamed) -> None:
    assert renamed()["not_listed"] == ["Anne Roe"]


def test_who_handed_in_nothing_is_named_and_who_handed_in_something_odd_is_not(
    collected, clone: Clone
) -> None:
    _, report = collected({"aroe.zip": b"no zip"}, *LIST, "--dry-run")
    assert report["missing"] == ["bdoe", "s+3 é"]
    assert not (clone.root / "grading").exists()
    collected({"bdoe.zip": wrapped("B")}, *LIST)
    _, report = collected({"aroe.zip": wrapped("A")}, *LIST)
    assert report["missing"] == ["s+3 é"], "who handed in before is there"


@pytest.mark.parametrize("right", ["aroe", "zroe"])
def test_a_place_that_has_become_somebody_elses_is_left_alone(
    collected, placed, clone: Clone, right: str
) -> None:
    lists = {"old.csv": "id,first_name,last_name\nbdoe,Ann,Roe\n"}
    lists["new.csv"] = f"id,first_name,last_name\n{right},Ann,Roe\nbdoe,Bo,Doe\n"
    write(clone.root, {name: text.encode() for name, text in lists.items()})
    collected({MOODLE: wrapped("A")}, "--students", "old.csv")
    assert placed() == {"bdoe": "A"}
    for _ in range(2):
        collected(DOWNLOAD, "--students", "new.csv", "--update")
        assert placed() == {right: "A", "bdoe": "B"}

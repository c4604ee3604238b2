"""Which items belong together, whose they are, and which attempt is the newest."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from collect_doubles import NOON, folder, loose, member

from workshop.collect.attempts import Note, Sorted, newest_first, sort_out
from workshop.collect.class_list import Student
from workshop.collect.matching import AnyName, ClassList
from workshop.collect.members import Refused
from workshop.collect.source import Item, group
from workshop.collect.wrapper import without_wrapper

CLASS = ClassList([Student("aroe", "Ann", "Roe"), Student("bdoe", "Bo", "Doe")])
EARLIER = NOON - datetime.timedelta(hours=1)


def names(found: Sorted) -> dict[str, list[str]]:
    return {student: [one.name for one in own] for student, own in found.by_student.items()}


def test_the_files_of_one_attempt_belong_together() -> None:
    start = "Part 2_aroe_attempt_2026-11-20-10-11-12"
    found = sort_out([loose(f"{start}.txt"), loose(f"{start}_work.zip")], AnyName())
    assert names(found) == {"aroe": [f"{start}.txt, {start}_work.zip"]}


def test_text_and_files_on_moodle_belong_together() -> None:
    items = [
        folder(f"Roe Ann_7_assignsubmission_{kind}_", {"x": b""}) for kind in ("file", "onlinetext")
    ]
    assert [len(own[0].items) for own in sort_out(items, CLASS).by_student.values()] == [2]


def test_all_spellings_of_a_student_are_attempts_of_that_student() -> None:
    items = [
        loose("aroe.zip"),
        folder("Ann Roe", {}),
        folder("Roe Ann_7_assignsubmission_file", {}),
    ]
    assert set(names(sort_out(items, CLASS))) == {"aroe"}
    assert len(sort_out(items, CLASS).by_student["aroe"]) == 3


def test_two_people_of_one_name_are_not_taken_for_one() -> None:
    items = [loose("roeann_1_10_work.zip"), loose("roeann_2_11_work.zip")]
    for students in (CLASS, AnyName()):
        found = sort_out(items, students)
        assert found.by_student == {}
        assert [note.name for note in found.unmatched] == [item.name for item in items]
        assert "several people of this name" in found.unmatched[0].reason


def test_a_name_that_is_exactly_an_id_is_not_taken_apart() -> None:
    students = ClassList([Student("x_1_2_y")])
    assert names(sort_out([loose("x_1_2_y.zip")], students)) == {"x_1_2_y": ["x_1_2_y.zip"]}


def test_a_name_that_can_be_two_platforms_is_nobodys() -> None:
    item = loose("mallory_1_2_x_aroe_attempt_2026-11-20-10-10-00_work.zip")
    (note,) = sort_out([item], CLASS).unmatched
    assert "Canvas or Blackboard's" in note.reason


def test_a_loose_file_without_a_student_is_said_if_it_may_be_work() -> None:
    found = sort_out([loose("llm.py"), loose("work.rar"), loose("index.html")], AnyName())
    assert [note.name for note in found.unmatched] == ["llm.py", "work.rar"]
    assert [note.name for note in found.ignored] == ["index.html"]


def test_a_link_or_a_repeated_entry_is_a_problem() -> None:
    link = Item("aroe.zip", True, lambda: [dataclasses.replace(member("aroe.zip"), link=True)])
    twice = Item("bdoe.zip", True, lambda: [member("bdoe.zip"), member("bdoe.zip")])
    found = sort_out([link, twice], CLASS)
    assert found.by_student == {}
    assert found.problems == [
        Note("aroe.zip", "it is a link, and links are not followed"),
        Note("bdoe.zip", "it is in the download 2 times"),
    ]


def test_the_platforms_time_counts_before_that_of_the_files() -> None:
    items = [
        loose("P_aroe_attempt_2026-11-20-09-00-00_work.zip", modified=NOON),
        loose("P_aroe_attempt_2026-11-20-10-00-00_work.zip", modified=EARLIER),
    ]
    newest, older = newest_first(sort_out(items, CLASS).by_student["aroe"])
    assert (newest.name, older.name) == (items[1].name, items[0].name)


def test_without_a_platforms_time_the_newest_file_counts() -> None:
    items = [loose("aroe.zip", modified=EARLIER), folder("aroe", {"x": b""}, modified=NOON)]
    newest, _ = newest_first(sort_out(items, AnyName()).by_student["aroe"])
    assert newest.name == "aroe"


def test_two_attempts_of_the_same_time_are_not_chosen_from() -> None:
    items = [loose("aroe.zip"), folder("Ann Roe", {"x": b""})]
    with pytest.raises(Refused, match="keep one of them"):
        newest_first(sort_out(items, CLASS).by_student["aroe"])


@pytest.mark.parametrize(
    "inner", ["aroe/x.py", "Ann Roe/x.py", "Roe Ann_7_assignsubmission_file/x"]
)
def test_a_folder_around_the_whole_download_is_seen_through(inner: str) -> None:
    items = without_wrapper([folder("part 2", {inner: b"", "zoe/x.py": b""})], CLASS)
    assert len(items) == 2


def test_a_lone_students_folder_is_no_wrapper() -> None:
    lone = [folder("aroe", {"bdoe/x.py": b""})]
    assert without_wrapper(lone, CLASS) == lone
    other = [folder("somebody", {"service/llm.py": b""})]
    assert without_wrapper(other, AnyName()) == other


def test_the_entries_of_a_zip_are_grouped_by_their_first_folder() -> None:
    items = group(
        [member(path) for path in ("b/x.py", "a.zip", "b/c/y.py", "empty/", "__MACOSX/b/._x.py")]
    )
    assert [(item.name, item.loose) for item in items] == [
        ("a.zip", True),
        ("b", False),
        ("empty", False),
    ]
    assert [found.path for found in items[1].members()] == ["x.py", "c/y.py"]


def test_a_path_that_leads_out_of_the_download_is_a_problem_of_its_own() -> None:
    out = dataclasses.replace(member("../aroe/x.py"), flaw="it leads out")
    found = sort_out(group([out, member("bdoe/x.py")]), CLASS)
    assert found.problems == [Note("../aroe/x.py", "it leads out")]
    assert set(found.by_student) == {"bdoe"}

"""The student's own zips: one level, within limits, beside loose files."""

from __future__ import annotations

import dataclasses

import pytest
from collect_doubles import folder, loose, member, zip_of

from workshop.collect.attempts import Attempt
from workshop.collect.members import Member, Refused
from workshop.collect.names import Label, labels
from workshop.collect.source import Item
from workshop.collect.unpack import unpack


def attempt_of(*items: Item) -> Attempt:
    found = tuple((labels(item.name, loose=item.loose)[0], item) for item in items)
    return Attempt(found[0][0], found)


def paths(*items: Item) -> list[str]:
    return [found.path for found in unpack(attempt_of(*items)).members]


def test_a_zip_is_unpacked_where_it_lies() -> None:
    content = zip_of({"service/llm.py": b"", "service/": b""})
    assert paths(loose("aroe.zip", content)) == ["service/llm.py"]
    assert paths(folder("aroe", {"sub/work.zip": content, "sub/lesson.ipynb": b""})) == [
        "sub/lesson.ipynb",
        "sub/service/llm.py",
    ]


def test_several_zips_do_not_hide_each_others_files() -> None:
    content = zip_of({"lesson.ipynb": b""})
    assert paths(folder("aroe", {"a.zip": content, "b.zip": content})) == [
        "a.zip/lesson.ipynb",
        "b.zip/lesson.ipynb",
    ]


def test_a_zip_in_the_students_zip_stays_closed() -> None:
    inner = zip_of({"lesson.ipynb": b""})
    assert paths(loose("aroe.zip", zip_of({"inner.zip": inner}))) == ["inner.zip"]


def test_a_broken_zip_is_said_by_its_name() -> None:
    with pytest.raises(Refused, match=r"work\.zip is damaged"):
        unpack(attempt_of(folder("aroe", {"work.zip": b"PK"})))


def test_the_copy_of_macos_is_no_zip() -> None:
    assert paths(folder("aroe", {"__MACOSX/._work.zip": b"PK"})) == ["__MACOSX/._work.zip"]


def test_a_link_that_is_named_like_a_zip_is_not_opened() -> None:
    members = [member("lesson.ipynb"), dataclasses.replace(member("old.zip"), link=True)]
    item = Item("aroe", False, lambda: members)
    assert paths(item) == ["lesson.ipynb", "old.zip"]


def test_one_bad_path_refuses_the_submission() -> None:
    content = zip_of({"service/llm.py": b"", "../evil.py": b""})
    with pytest.raises(Refused, match=r"leads out of the submission: \.\./evil\.py"):
        unpack(attempt_of(loose("aroe.zip", content)))


def sized(path: str, size: int) -> Member:
    return dataclasses.replace(member(path), size=size)


def test_what_unpacks_to_too_much_is_refused_unread() -> None:
    bomb = zip_of({f"{number}.bin": b"\0" * (1 << 20) for number in range(51)})
    assert len(bomb) < 100_000
    with pytest.raises(Refused, match="51 MB unpacked; up to 50 MB are taken"):
        unpack(attempt_of(loose("aroe.zip", bomb)))


def test_a_zip_that_is_itself_too_big_is_refused_unread() -> None:
    item = Item("aroe.zip", True, lambda: [sized("aroe.zip", (50 << 20) + (1 << 19) + 1)])
    with pytest.raises(Refused, match="51 MB unpacked"):
        unpack(attempt_of(item))


def test_too_many_entries_are_refused() -> None:
    content = zip_of({f"d{number}/": b"" for number in range(2001)})
    with pytest.raises(Refused, match="2001 files and folders; up to 2000"):
        unpack(attempt_of(loose("aroe.zip", content)))


def test_a_file_that_was_handed_in_again_to_canvas_replaces_the_first() -> None:
    old, new = zip_of({"service/llm.py": b"old"}), zip_of({"service/llm.py": b"new"})
    unpacked = unpack(attempt_of(loose("r_1_20_work-1.zip", new), loose("r_1_9_work.zip", old)))
    assert [found.read() for found in unpacked.members] == [b"new"]
    assert unpacked.handed_in_again == {"r_1_9_work.zip": "r_1_20_work-1.zip"}


def test_loose_files_lose_what_the_platform_put_before_their_names() -> None:
    assert paths(loose("r_1_20_lesson-2.ipynb"), loose("r_1_21_test_service.py")) == [
        "lesson.ipynb",
        "test_service.py",
    ]


def test_the_receipt_of_blackboard_is_no_file_of_the_submission() -> None:
    start = "Part 2_aroe_attempt_2026-11-20-10-11-12"
    assert paths(loose(f"{start}.txt"), loose(f"{start}_lesson.ipynb")) == ["lesson.ipynb"]


def test_a_label_without_marks_is_no_resubmission() -> None:
    assert Label("", ("a",), file="work-1.zip").first_file == "work-1.zip"

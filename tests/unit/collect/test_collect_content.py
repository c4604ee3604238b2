"""Where in a submission the part's files lie, and what stands in the way of taking them."""

from __future__ import annotations

import dataclasses

import pytest
from collect_doubles import PART, member, members

from workshop.collect.content import content_of
from workshop.collect.members import Refused

FILES = {"service/llm.py": b"llm", "service/__init__.py": b"", "lesson.ipynb": b"{}"}


def wrapped(*folders: str, files: dict[str, bytes] = FILES) -> dict[str, bytes]:
    return {"/".join([*folders, path]): data for path, data in files.items()}


@pytest.mark.parametrize(
    "folders", [(), ("part2_service",), ("work", "part2_service"), ("a", "b", "c"), ("service",)]
)
def test_folders_around_the_files_are_seen_through(folders: tuple[str, ...]) -> None:
    assert content_of(PART, members(wrapped(*folders))).files == FILES


@pytest.mark.parametrize("path", ["lesson.ipynb", "test_service.py", "service/llm.py"])
def test_one_file_of_the_part_is_enough(path: str) -> None:
    assert content_of(PART, members({f"x/{path}": b"1"})).files == {path: b"1"}


def test_what_tools_leave_behind_is_not_even_counted() -> None:
    junk = {
        "__MACOSX/part2_service/service/._llm.py": b"",
        "part2_service/.ipynb_checkpoints/lesson.ipynb": b"old",
        ".backups/2026-11-20/part2_service/service/llm.py": b"old",
        "part2_service/service/__pycache__/llm.py": b"",
        ".DS_Store": b"",
        "Thumbs.db": b"",
    }
    content = content_of(PART, members({**junk, **wrapped("part2_service")}))
    assert (content.files, content.others) == (FILES, [])


def test_a_whole_workspace_gives_the_files_of_this_part_only() -> None:
    others = {"work/part1_costs/lesson.ipynb": b"1", "work/part3_cheap/lesson.ipynb": b"3"}
    content = content_of(PART, members({**others, **wrapped("work", "part2_service")}))
    assert content.files == FILES
    assert content.others == list(others)


def test_files_of_the_part_in_two_folders_are_said_and_not_chosen_from() -> None:
    both = {**wrapped("new"), **wrapped("old", files={"lesson.ipynb": b"old"})}
    with pytest.raises(Refused, match="part 2 lie in several folders: new and old"):
        content_of(PART, members(both))


def test_two_folders_with_the_same_files_do_not_contradict_each_other() -> None:
    assert content_of(PART, members({**wrapped("a"), **wrapped("b")})).files == FILES


def test_other_files_are_left_aside_by_name() -> None:
    more = {"service/data.json": b"", "notes.md": b"", "service/deep/x.py": b""}
    content = content_of(PART, members({**FILES, **more}))
    assert content.files == FILES
    assert content.others == list(more)


def test_files_that_everybody_was_given_are_not_named() -> None:
    files = wrapped("part2_service", files={**FILES, "tests/test_x.py": b"", "mine.md": b""})
    content = content_of(PART, members(files), given={"tests/test_x.py"})
    assert (content.files, content.others) == (FILES, ["mine.md"])


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("notes.md", r"holds no file of part 2 \(service/\*\.py, test_service\.py, lesson\.ipynb"),
        ("llm.py", r"llm\.py lies there, but in no folder service"),
        ("work.rar", r"work\.rar is not opened, only zip files are"),
        ("inner/work.zip", r"inner/work\.zip is a zip in a zip"),
        ("part3_cheap/lesson.ipynb", "holds no file of part 2"),
        (f"part{'9' * 5000}_x/lesson.ipynb", "holds no file of part 2"),
    ],
)
def test_a_submission_without_the_parts_files_says_what_is_there(path: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        content_of(PART, members({path: b""}))


def test_the_same_file_twice_with_other_content_is_refused() -> None:
    twice = [member("service/llm.py", b"1"), member("service/llm.py", b"2")]
    with pytest.raises(Refused, match=r"service/llm\.py is in it 2 times"):
        content_of(PART, twice)
    assert content_of(PART, [twice[0], twice[0]]).files == {"service/llm.py": b"1"}


def test_names_that_are_one_on_some_systems_are_refused() -> None:
    with pytest.raises(Refused, match="are one file on some systems"):
        content_of(PART, members({"service/llm.py": b"1", "service/LLM.py": b"2"}))


def test_a_file_where_the_folder_should_be_is_refused() -> None:
    with pytest.raises(Refused, match="service is both a file and a folder"):
        content_of(PART, members({"x/service": b"", "x/service/llm.py": b""}))


def test_a_link_in_the_place_of_a_file_is_refused_and_another_link_named() -> None:
    link = dataclasses.replace(member("service/llm.py"), link=True)
    with pytest.raises(Refused, match=r"service/llm\.py is a link"):
        content_of(PART, [link, *members({"lesson.ipynb": b""})])
    link = dataclasses.replace(link, path="venv/python")
    assert content_of(PART, [link, *members(FILES)]).others == [
        "venv/python (a link, not followed)"
    ]


@pytest.mark.parametrize("name", ["a:b.py", "a\x1b.py", "con.py", "x" * 300 + ".py"])
def test_a_file_name_that_is_not_safe_everywhere_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="the file name"):
        content_of(PART, members({f"service/{name}": b""}))


def test_a_file_that_is_too_big_is_refused_unread() -> None:
    def never() -> bytes:
        raise AssertionError("it was read")

    big = dataclasses.replace(member("service/llm.py"), size=(2 << 20) + 1, read=never)
    with pytest.raises(Refused, match=r"service/llm\.py is bigger than 2 MB"):
        content_of(PART, [big])
    big = dataclasses.replace(big, path="lesson.ipynb", size=(20 << 20) + 1)
    with pytest.raises(Refused, match=r"lesson\.ipynb is bigger than 20 MB"):
        content_of(PART, [big])


def test_a_lesson_with_figures_in_it_is_taken() -> None:
    content = content_of(PART, members({"lesson.ipynb": b"x" * (3 << 20)}))
    assert len(content.files["lesson.ipynb"]) == 3 << 20


def test_more_files_than_grading_takes_are_refused() -> None:
    with pytest.raises(Refused, match="201 files of the part; up to 200"):
        content_of(PART, members({f"service/m{number}.py": b"" for number in range(201)}))

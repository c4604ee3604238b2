"""What is in a student's place is whole, and nothing that was there is lost."""

from __future__ import annotations

import datetime
import os
import stat
from pathlib import Path

import pytest
from collect_doubles import PART

from workshop.collect.members import Refused
from workshop.collect.place import Places

NOW = datetime.datetime(2026, 11, 23, 9, 30, 0)
OLD, NEW = {"service/llm.py": b"old"}, {"service/llm.py": b"new", "lesson.ipynb": b"{}"}
STAMP = "2026-11-20 10:11:12 UTC"


@pytest.fixture
def grading(tmp_path: Path) -> Path:
    return tmp_path / "grading"


def places_in(grading: Path) -> Places:
    return Places(grading, PART, NOW)


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_files_lie_where_nbgrader_looks(grading: Path) -> None:
    assert places_in(grading).put("Ann Roe", NEW, STAMP) is None
    place = "submitted/Ann Roe/part2_service"
    assert tree(grading) == {
        f"{place}/service/llm.py": b"new",
        f"{place}/lesson.ipynb": b"{}",
        f"{place}/timestamp.txt": STAMP.encode(),
    }


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_others_may_read_what_the_umask_lets_them_read(grading: Path) -> None:
    grading.mkdir()
    places_in(grading).put("aroe", NEW, None)
    placed = grading / "submitted/aroe/part2_service"
    assert stat.S_IMODE(placed.stat().st_mode) == stat.S_IMODE(grading.stat().st_mode)


def test_what_is_there_is_compared_byte_by_byte(grading: Path) -> None:
    places = places_in(grading)
    assert places.state("aroe", OLD, None) == "nothing"
    places.put("aroe", OLD, None)
    assert places.state("aroe", OLD, None) == "same"
    assert places.state("aroe", {"service/llm.py": b"odd"}, None) == "differs"
    assert places.state("aroe", {**OLD, "lesson.ipynb": b""}, None) == "differs"
    assert places.state("aroe", {"lesson.ipynb": b""}, None) == "differs"


def test_a_time_makes_a_difference_only_if_it_is_known(grading: Path) -> None:
    places = places_in(grading)
    places.put("aroe", OLD, STAMP)
    assert places.state("aroe", OLD, STAMP) == "same"
    assert places.state("aroe", OLD, None) == "same"
    assert places.state("aroe", OLD, "2026-11-20 10:11:13 UTC") == "differs"


def test_files_that_are_not_of_the_submission_make_no_difference(grading: Path) -> None:
    places = places_in(grading)
    places.put("aroe", OLD, None)
    (grading / "submitted/aroe/part2_service/notes.md").write_text("the instructor's")
    assert places.state("aroe", OLD, None) == "same"


def test_what_is_replaced_is_kept_with_all_that_lay_there(grading: Path) -> None:
    places = places_in(grading)
    places.put("aroe", OLD, None)
    (grading / "submitted/aroe/part2_service/notes.md").write_text("the instructor's")
    kept = places.put("aroe", NEW, None)
    assert kept == grading / "replaced/2026-11-23_09-30-00/aroe/part2_service"
    assert tree(kept) == {**OLD, "notes.md": b"the instructor's"}
    assert tree(grading / "submitted/aroe/part2_service") == NEW


def test_two_runs_in_one_second_keep_both_old_submissions(grading: Path) -> None:
    places_in(grading).put("aroe", OLD, None)
    kept = [places_in(grading).put("aroe", files, None) for files in (NEW, OLD)]
    assert [tree(folder) for folder in kept if folder] == [OLD, NEW]


def test_one_run_keeps_all_it_replaces_in_one_folder(grading: Path) -> None:
    places = places_in(grading)
    for student in ("aroe", "bdoe"):
        places.put(student, OLD, None)
        places.put(student, NEW, None)
    assert [path.name for path in (grading / "replaced").iterdir()] == ["2026-11-23_09-30-00"]


def test_an_empty_folder_is_nothing(grading: Path) -> None:
    (grading / "submitted/aroe/part2_service").mkdir(parents=True)
    places = places_in(grading)
    assert places.state("aroe", NEW, None) == "nothing"
    assert places.put("aroe", NEW, None) is None


@pytest.mark.parametrize("problem", [OSError("disk full"), KeyboardInterrupt()])
@pytest.mark.parametrize("renames", [0, 1])
def test_whatever_stops_it_the_old_submission_is_back_and_nothing_half_done_is_left(
    grading: Path, monkeypatch: pytest.MonkeyPatch, problem: BaseException, renames: int
) -> None:
    places = places_in(grading)
    places.put("aroe", OLD, None)
    left, rename = [renames], os.rename

    def stopping(source: str, target: str) -> None:
        if left and left[0] == 0:
            left.clear()
            raise problem
        if left:
            left[0] -= 1
        rename(source, target)

    monkeypatch.setattr(os, "rename", stopping)
    with pytest.raises(type(problem)):
        places.put("aroe", NEW, None)
    assert tree(grading) == {"submitted/aroe/part2_service/service/llm.py": b"old"}
    assert not list(grading.glob(".collect-*"))


def test_a_failed_write_leaves_no_place_at_all(
    grading: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        places_in(grading).put("aroe", NEW, None)
    assert not list(grading.rglob("*aroe*"))
    assert not list(grading.glob(".collect-*"))


def test_a_new_student_who_could_not_be_placed_leaves_no_trace(
    grading: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(source: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "rename", busy)
    with pytest.raises(PermissionError):
        places_in(grading).put("aroe", NEW, None)
    assert [path.name for path in grading.rglob("*")] == ["submitted"]


def test_a_link_in_an_earlier_submission_is_a_difference_and_not_followed(
    grading: Path, tmp_path: Path
) -> None:
    places = places_in(grading)
    places.put("aroe", {"service/llm.py": b""}, None)
    placed = grading / "submitted/aroe/part2_service/service/llm.py"
    placed.unlink()
    placed.symlink_to(tmp_path)
    assert places.state("aroe", {"service/llm.py": b""}, None) == "differs"


@pytest.mark.parametrize("where", ["submitted/aroe", "submitted/aroe/part2_service"])
def test_a_file_in_the_place_is_refused_and_stays(grading: Path, where: str) -> None:
    (grading / where).parent.mkdir(parents=True)
    (grading / where).write_text("mine")
    with pytest.raises(Refused, match="no folder: move it away"):
        places_in(grading).state("aroe", NEW, None)


def test_a_link_in_the_place_is_refused(grading: Path, tmp_path: Path) -> None:
    (grading / "submitted").mkdir(parents=True)
    (grading / "submitted/aroe").symlink_to(tmp_path)
    with pytest.raises(Refused, match="no folder: move it away"):
        places_in(grading).state("aroe", NEW, None)


def test_ids_that_are_one_folder_on_some_systems_are_refused(grading: Path) -> None:
    (grading / "submitted/ARoe").mkdir(parents=True)
    places = places_in(grading)
    places.check_id("ARoe")
    with pytest.raises(Refused, match="aroe and ARoe are one folder"):
        places.check_id("aroe")
    places.check_id("bdoe")
    with pytest.raises(Refused, match="BDOE and bdoe are one folder"):
        places.check_id("BDOE")


def test_an_id_that_is_no_folder_name_is_refused(grading: Path) -> None:
    with pytest.raises(Refused, match=r"'\.\./x' holds a slash"):
        places_in(grading).check_id("../x")

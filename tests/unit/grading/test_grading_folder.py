"""Which files of a submission count, and where files may be written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from workshop.grading.folder import MAX_FILE, MAX_FILES, Snapshot, allowed, take, write_tree
from workshop.parts import Part

PART = Part(
    id="p",
    number=1,
    title="P",
    minutes=1,
    package="service",
    files=("service/*.py", "test_service.py"),
    sections=(),
    tasks=(),
    written=(),
    wrong_answers=(),
    folder=Path(),
)


@pytest.mark.parametrize("path", ["service/app.py", "service/__init__.py", "test_service.py"])
def test_a_file_that_the_part_names_is_allowed(path: str) -> None:
    assert allowed(PART, path)


@pytest.mark.parametrize(
    "path",
    ["service/deep/app.py", "conftest.py", "service/data.json", "x/test_service.py", "service.py"],
)
def test_any_other_file_is_not(path: str) -> None:
    assert not allowed(PART, path)


def test_links_and_files_without_measure_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "service").mkdir()
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "service" / "link.py").symlink_to(tmp_path / "secret")
    (tmp_path / "service" / "big.py").write_bytes(b"#" * (MAX_FILE + 1))
    (tmp_path / "service" / "fine.py").write_text("x = 1\n")
    taken = take(PART, tmp_path)
    assert set(taken.files) == {"service/fine.py"}
    assert taken.left_out == (
        "service/big.py: it is larger than 2 MB",
        "service/link.py: it is a link, not a file",
    )


def test_more_files_than_a_submission_may_have_are_named(tmp_path: Path) -> None:
    (tmp_path / "service").mkdir()
    for number in range(MAX_FILES + 2):
        (tmp_path / "service" / f"m{number:04}.py").touch()
    taken = take(PART, tmp_path)
    assert len(taken.files) == MAX_FILES
    assert taken.left_out == tuple(
        f"service/m{number:04}.py: there are more than {MAX_FILES} files"
        for number in (MAX_FILES, MAX_FILES + 1)
    )


def test_a_linked_folder_is_not_entered(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "app.py").write_text("x = 1\n")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "service").symlink_to(tmp_path / "other", target_is_directory=True)
    taken = take(PART, tmp_path / "here")
    assert taken.files == {}
    assert taken.left_out == ("service/: it is a link, not a folder",)


def test_a_snapshot_survives_the_channel() -> None:
    snapshot = Snapshot({"a.py": b"\xff\x00bytes", "service/b.py": b""})
    assert Snapshot.from_plain(snapshot.to_plain()) == snapshot
    assert set(snapshot.without("service").files) == {"a.py"}


@pytest.mark.parametrize("path", ["../out.py", "/etc/out.py", "a/../../out.py"])
def test_nothing_is_written_outside_the_folder(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="leads out"):
        write_tree({path: b""}, tmp_path)


def test_globs_of_a_part_match_level_by_level() -> None:
    assert not allowed(replace(PART, files=("*.py",)), "service/app.py")

"""Folders on disk: nothing is followed, and what cannot be read is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workshop.collect.members import Refused
from workshop.collect.source import items_of_folder, opened
from workshop.collect.tree import members_of_folder


def test_files_are_found_at_any_depth_and_empty_folders_are_marked(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/x.py").write_bytes(b"x")
    (tmp_path / "y.py").write_bytes(b"y")
    found = {member.path: member for member in members_of_folder(tmp_path)}
    assert list(found) == ["a/b/", "a/x.py", "y.py"]
    assert found["a/x.py"].read() == b"x"


def test_links_to_files_and_folders_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/key").write_text("key")
    inside = tmp_path / "aroe"
    inside.mkdir()
    (inside / "service").symlink_to(tmp_path / "secret")
    (inside / "lesson.ipynb").symlink_to(tmp_path / "secret/key")
    found = members_of_folder(inside)
    assert [(member.path, member.link) for member in found] == [
        ("lesson.ipynb", True),
        ("service", True),
    ]
    with pytest.raises(Refused):
        found[0].read()


def test_a_link_among_the_students_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "download").mkdir()
    (tmp_path / "download/aroe").symlink_to(tmp_path)
    (item,) = items_of_folder(tmp_path / "download")
    assert item.loose
    assert item.members()[0].link


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lesson.ipynb")
    (found,) = members_of_folder(tmp_path)
    assert "no file but a device or pipe" in found.flaw


def test_a_folder_that_cannot_be_read_is_a_flaw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "service").mkdir()
    scan = os.scandir

    def closed(path: Path) -> object:
        if path.name == "service":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", closed)
    (found,) = members_of_folder(tmp_path)
    assert found.flaw == "the folder service cannot be read: Permission denied"


def test_a_source_that_is_no_folder_and_no_zip_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is not there"), opened(tmp_path / "none"):
        pass
    (tmp_path / "x").write_text("x")
    with pytest.raises(Refused, match="neither a folder nor a zip"), opened(tmp_path / "x"):
        pass

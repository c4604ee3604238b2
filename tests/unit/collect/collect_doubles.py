"""A part, zips in memory and members of submissions, for the tests here."""

from __future__ import annotations

import datetime
import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

from workshop.collect.members import Member
from workshop.collect.source import Item
from workshop.parts import Part

NOON = datetime.datetime(2026, 11, 20, 12, 0, 0)
PART = Part(
    id="part2_service",
    number=2,
    title="Service",
    minutes=45,
    package="service",
    files=("service/*.py", "test_service.py"),
    sections=(),
    tasks=(),
    written=(),
    wrong_answers=(),
    folder=Path(),
)


def zip_of(
    files: Mapping[str, bytes], *more: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """The bytes of a zip; `more` may repeat a name. Names go in as they are."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as zipped:
        for name, data in (*files.items(), *more):
            info = zipfile.ZipInfo("x", (2026, 11, 20, 12, 0, 0))
            info.filename = name  # ZipInfo itself would tidy it up
            info.compress_type = method
            zipped.writestr(info, data)
    return content.getvalue()


def zip_with_link(name: str, to: str) -> bytes:
    """A zip as Unix makes it of a symbolic link."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        info = zipfile.ZipInfo(name)
        info.create_system = 3
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(info, to)
    return content.getvalue()


def member(path: str, data: bytes = b"", modified: datetime.datetime = NOON) -> Member:
    """A file that can be read."""
    return Member(path, len(data), modified, lambda: data)


def members(files: Mapping[str, bytes]) -> list[Member]:
    """Files that can be read."""
    return [member(path, data) for path, data in files.items()]


def loose(name: str, data: bytes = b"", modified: datetime.datetime = NOON) -> Item:
    """A topmost entry that is a file."""
    return Item(name, True, lambda: [member(name, data, modified)])


def folder(name: str, files: Mapping[str, bytes], modified: datetime.datetime = NOON) -> Item:
    """A topmost entry that is a folder."""
    return Item(name, False, lambda: [member(path, files[path], modified) for path in files])

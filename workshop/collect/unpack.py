"""All files of an attempt as one tree: its zips opened in memory, one level deep, within limits."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import PurePosixPath

from workshop.collect.archive import members_of_zip, open_zip
from workshop.collect.attempts import Attempt
from workshop.collect.members import Member, Refused, is_junk
from workshop.collect.names import Label
from workshop.collect.source import Item

MAX_BYTES = 50 << 20
MAX_ENTRIES = 2000


@dataclass(frozen=True)
class Unpacked:
    """The tree, and the items that do not count: the student handed in a newer one of that name.

    They stand by their names, each with the name of the one that counts.
    """

    members: list[Member]
    handed_in_again: dict[str, str]


def unpack(attempt: Attempt) -> Unpacked:
    """Raises Refused: too big, too many, damaged, encrypted, a path that leads out."""
    newest: dict[str, tuple[Label, Item]] = {}
    again: dict[str, str] = {}
    members: list[Member] = []
    for label, item in sorted(attempt.items, key=lambda pair: pair[0].order):
        if not item.loose:
            members += item.members()
        elif label.file:  # else it is Blackboard's receipt
            if label.first_file in newest:
                again[newest[label.first_file][1].name] = label.first_file
            newest[label.first_file] = label, item
    members += [
        dataclasses.replace(item.members()[0], path=name) for name, (_, item) in newest.items()
    ]
    _check_limits(members)
    opened = _with_zips_opened(members)
    _check_limits(opened)
    files = [member for member in opened if not member.path.endswith("/")]
    return Unpacked(files, {name: newest[first][1].name for name, first in again.items()})


def is_zip(member: Member) -> bool:
    """By its name; a link is none."""
    return PurePosixPath(member.path).suffix.lower() == ".zip" and not member.link


def _with_zips_opened(members: list[Member]) -> list[Member]:
    zips: list[Member] = []
    opened: list[Member] = []
    for member in members:
        (zips if is_zip(member) and not is_junk(member.path) else opened).append(member)
    for member in zips:
        # A lone zip is unpacked where it lies. Several could hide each other's files there.
        path = PurePosixPath(member.path)
        folder = path.parent if len(zips) == 1 else path
        opened += [
            _moved(inner, folder) for inner in members_of_zip(open_zip(path.name, member.read()))
        ]
    return opened


def _moved(member: Member, folder: PurePosixPath) -> Member:
    end = "/" if member.path.endswith("/") else ""
    return dataclasses.replace(member, path=f"{folder / member.path}{end}")


def _check_limits(members: list[Member]) -> None:
    for member in members:
        if member.flaw:
            raise Refused(member.flaw)
    if len(members) > MAX_ENTRIES:
        raise Refused(f"it has {len(members)} files and folders; up to {MAX_ENTRIES} are taken")
    total = sum(member.size for member in members)
    if total > MAX_BYTES:
        raise Refused(
            f"it is {total / (1 << 20):,.0f} MB unpacked; up to {MAX_BYTES >> 20} MB are taken"
        )

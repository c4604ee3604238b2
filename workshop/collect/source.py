"""What was downloaded, folder or zip: its topmost entries, one or several for each student."""

from __future__ import annotations

import contextlib
import dataclasses
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from workshop.collect.archive import BROKEN, members_of_zip
from workshop.collect.members import Member, Refused, is_system_junk
from workshop.collect.tree import member_of_file, members_of_folder


@dataclass(frozen=True)
class Item:
    """A topmost entry. A `loose` one is a file: its only member has the item's own name."""

    name: str
    loose: bool
    members: Callable[[], list[Member]]


@contextlib.contextmanager
def opened(source: Path) -> Iterator[list[Item]]:
    """The items of `source`, by name; they can be read until the end of the `with`.

    Raises Refused if it is neither a folder nor a zip file that can be opened, OSError if it
    cannot be read.
    """
    if source.is_dir():
        yield items_of_folder(source)
        return
    if not source.is_file():
        raise Refused("is not there")
    try:
        zipped = zipfile.ZipFile(source)
    except PermissionError:
        raise
    except BROKEN:
        raise Refused("is neither a folder nor a zip file that can be opened") from None
    with zipped:
        yield group(members_of_zip(zipped))


def items_of_folder(folder: Path) -> list[Item]:
    """The entries of a folder on disk."""
    return [_on_disk(path) for path in sorted(folder.iterdir()) if not is_system_junk(path.name)]


def group(members: list[Member]) -> list[Item]:
    """The topmost entries of a tree that is given as a flat list."""
    loose: dict[str, list[Member]] = {}
    below: dict[str, list[Member]] = {}
    for member in members:
        first, slash, rest = member.path.partition("/")
        if is_system_junk(first) and not member.flaw:
            continue
        if not slash or first in {"", ".", ".."}:
            loose.setdefault(member.path, []).append(member)
        elif rest:
            below.setdefault(first, []).append(dataclasses.replace(member, path=rest))
        else:
            below.setdefault(first, [])
    items = [Item(name, False, _given(own)) for name, own in below.items()]
    items += [Item(name, True, _given(own)) for name, own in loose.items()]
    return sorted(items, key=lambda item: item.name)


def _given(members: list[Member]) -> Callable[[], list[Member]]:
    return lambda: members


def _on_disk(path: Path) -> Item:
    if path.is_dir() and not path.is_symlink():
        return Item(path.name, False, lambda: members_of_folder(path))
    return Item(path.name, True, lambda: [member_of_file(path, path.name)])

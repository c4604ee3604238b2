"""The files of a folder on disk. No link is followed and no device is opened."""

from __future__ import annotations

import datetime
import os
import stat
from pathlib import Path

from workshop.collect.members import Member, Refused, inside, unread

_EPOCH = datetime.datetime(1980, 1, 1)


def members_of_folder(folder: Path) -> list[Member]:
    """All files under `folder`, by name; an empty folder is a member that ends in "/".

    What cannot be read is a member with a flaw.
    """
    members: list[Member] = []
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            relative = here.relative_to(folder).as_posix()
            flaw = f"the folder {relative} cannot be read: {error.strerror}"
            members.append(Member(relative, 0, _EPOCH, unread, flaw=flaw))
            continue
        if not entries and here != folder:
            members.append(Member(f"{here.relative_to(folder).as_posix()}/", 0, _EPOCH, unread))
        for entry in entries:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            else:
                members.append(member_of_file(path, path.relative_to(folder).as_posix()))
    return sorted(members, key=lambda member: member.path)


def member_of_file(path: Path, relative: str) -> Member:
    """One file on disk as a member. Whatever is wrong with it is its flaw."""
    try:
        name, found = inside(relative), path.lstat()
    except Refused as refused:
        return Member(relative, 0, _EPOCH, unread, flaw=str(refused))
    except OSError as error:
        return Member(relative, 0, _EPOCH, unread, flaw=f"{relative}: {error.strerror}")
    modified = datetime.datetime.fromtimestamp(found.st_mtime)
    if stat.S_ISLNK(found.st_mode):
        return Member(name, 0, modified, unread, link=True)
    if not stat.S_ISREG(found.st_mode):
        return Member(name, 0, modified, unread, flaw=f"{relative} is no file but a device or pipe")

    def read() -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise Refused(f"{name} cannot be read: {error.strerror}") from None

    return Member(name, found.st_size, modified, read)

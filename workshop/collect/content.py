"""The part's files in a submission, wherever the student has wrapped them."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from workshop.collect.members import Member, Refused, is_junk
from workshop.collect.safe_names import same_on_some_disks, why_unsafe
from workshop.collect.unpack import is_zip
from workshop.grading.folder import MAX_FILE, MAX_FILES, allowed
from workshop.parts import Part
from workshop.workspace import LESSON

MAX_LESSON = 20 << 20  # outputs and figures make it bigger than code gets
_UNOPENED = {".rar", ".7z", ".gz", ".tgz", ".tar"}
_ANY_PART = re.compile(r"part(\d+)_")


@dataclass(frozen=True)
class Content:
    """The files to place, and what else is worth naming."""

    files: dict[str, bytes]
    others: list[str]


def content_of(
    part: Part, members: Iterable[Member], given: Container[str] = frozenset()
) -> Content:
    """Raises Refused if the part's files are not there, or not in one place, or not to be had.

    `given` are files that every attendee has beside them: they are neither placed nor named.
    """
    found: dict[str, dict[str, list[Member]]] = {}
    others: list[Member] = []
    for member in members:
        if is_junk(member.path):
            continue
        home = _home(part, member.path)
        if home is None:
            others.append(member)
        else:
            found.setdefault(home, {}).setdefault(_below(home, member.path), []).append(member)
    if not found:
        raise Refused(_nothing(part, others))
    contents = {home: _read(files, home, others) for home, files in found.items()}
    (home, files), *rest = contents.items()
    if any(more != files for _, more in rest):
        places = " and ".join(place if place != "." else "its top folder" for place in found)
        raise Refused(f"files of part {part.number} lie in several folders: {places}")
    named = [(_below(home, member.path), member.link) for member in others]
    links = [f"{path} (a link, not followed)" for path, link in named if link]
    return Content(files, links + [path for path, link in named if not link and path not in given])


def _below(home: str, path: str) -> str:
    return path if home == "." else path.removeprefix(f"{home}/")


def fits(part: Part, relative: str) -> bool:
    """Whether a submission of the part has a file of that path."""
    return relative == LESSON or allowed(part, relative)


def expected(part: Part) -> str:
    """The files of a part, for messages."""
    return ", ".join((*part.files, LESSON))


def _home(part: Part, path: str) -> str | None:
    """The folder that makes `path` one of the part's files; None if there is none."""
    steps = PurePosixPath(path).parts
    for start in range(len(steps)):
        if fits(part, "/".join(steps[start:])):
            numbers = {named[1] for step in steps[:start] if (named := _ANY_PART.match(step))}
            # Other parts have a lesson.ipynb too, and a whole workspace is often handed in.
            return None if numbers - {str(part.number)} else "/".join(steps[:start]) or "."
    return None


def _read(files: dict[str, list[Member]], home: str, others: list[Member]) -> dict[str, bytes]:
    if len(files) > MAX_FILES:
        raise Refused(f"it has {len(files)} files of the part; up to {MAX_FILES} are taken")
    spellings: dict[str, str] = {}
    other_files = {member.path for member in others}
    for relative, copies in files.items():
        same = spellings.setdefault(same_on_some_disks(relative), relative)
        if same != relative:
            raise Refused(f"{same} and {relative} are one file on some systems")
        if any(member.link for member in copies):
            raise Refused(f"{relative} is a link, and links are not followed")
        for step in PurePosixPath(relative).parts:
            if reason := why_unsafe(step):
                raise Refused(f"the file name {relative!r} {reason}")
        for folder in PurePosixPath(relative).parents[:-1]:
            if str(PurePosixPath(home) / folder) in other_files:
                raise Refused(f"{folder} is both a file and a folder")
        limit = MAX_LESSON if relative == LESSON else MAX_FILE
        if any(member.size > limit for member in copies):
            raise Refused(f"{relative} is bigger than {limit >> 20} MB")
    return {relative: _one(relative, copies) for relative, copies in files.items()}


def _one(relative: str, copies: list[Member]) -> bytes:
    first, *rest = (member.read() for member in copies)
    if any(more != first for more in rest):
        raise Refused(f"{relative} is in it {len(copies)} times, with different content")
    return first


def _nothing(part: Part, others: list[Member]) -> str:
    reason = f"it holds no file of part {part.number} ({expected(part)})"
    names = [PurePosixPath(member.path).name for member in others]
    packed = [name for name in names if PurePosixPath(name).suffix.lower() in _UNOPENED]
    folders = {str(PurePosixPath(glob).parent) for glob in part.files} - {"."}
    strays = [
        name for name in names for folder in sorted(folders) if fits(part, f"{folder}/{name}")
    ]
    if nested := [member.path for member in others if is_zip(member)]:
        return f"{reason}; {nested[0]} is a zip in a zip, which is not opened"
    if packed:
        return f"{reason}; {packed[0]} is not opened, only zip files are"
    if strays:
        return f"{reason}; {strays[0]} lies there, but in no folder {' or '.join(sorted(folders))}"
    return reason

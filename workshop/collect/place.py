"""Submissions in `grading/submitted/`: compared, put there whole or not at all, never lost."""

from __future__ import annotations

import contextlib
import datetime
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from workshop.collect.content import fits
from workshop.collect.members import Refused
from workshop.collect.safe_names import same_on_some_disks, why_unsafe
from workshop.collect.submitted_at import FILE as TIMESTAMP
from workshop.collect.tree import members_of_folder
from workshop.grading.folder import write_tree
from workshop.parts import Part


class Places:
    """The places of one part's submissions under `grading`; `now` names what is replaced."""

    def __init__(self, grading: Path, part: Part, now: datetime.datetime) -> None:
        self._grading = grading
        self._part = part
        self._now = now
        self._replaced: Path | None = None
        submitted = grading / "submitted"
        there = [path.name for path in submitted.iterdir()] if submitted.is_dir() else []
        self._folders = {same_on_some_disks(name): name for name in there}

    def students(self) -> list[str]:
        """Who has a submission there, by name."""
        submitted = self._grading / "submitted"
        names = [path.name for path in submitted.iterdir()] if submitted.is_dir() else []
        return sorted(name for name in names if self.holds(name))

    def holds(self, student: str) -> bool:
        """Whether the student's place has anything in it."""
        folder = self._folder(student)
        return folder.is_dir() and any(folder.iterdir())

    def check_id(self, student: str) -> None:
        """Raises Refused if no folder can, or should, have that name."""
        if reason := why_unsafe(student):
            raise Refused(f"the id {student!r} {reason}: no folder can be named so")
        other = self._folders.setdefault(same_on_some_disks(student), student)
        if other != student:
            raise Refused(f"{student} and {other} are one folder on some systems")

    def state(self, student: str, files: Mapping[str, bytes], stamp: str | None) -> str:
        """What is there: "nothing", the "same" or something that "differs". Raises Refused."""
        folder = self._folder(student)
        for path in (folder.parent, folder):
            if path.is_symlink() or (path.exists() and not path.is_dir()):
                raise Refused(f"{path} is a file or a link, no folder: move it away")
        if not folder.is_dir() or not any(folder.iterdir()):
            return "nothing"
        there = {
            member.path: member
            for member in members_of_folder(folder)
            if fits(self._part, member.path) or (stamp and member.path == TIMESTAMP)
        }
        wanted = _with_stamp(files, stamp)
        same = there.keys() == wanted.keys() and all(
            not (member.flaw or member.link)
            and member.size == len(wanted[path])
            and member.read() == wanted[path]
            for path, member in there.items()
        )
        return "same" if same else "differs"

    def set_aside(self, student: str) -> Path:
        """Takes a submission out of its place; where it has gone. Raises OSError."""
        folder, old = self._folder(student), self._new_home(student)
        os.rename(folder, old)  # noqa: PTH104
        with contextlib.suppress(OSError):
            folder.parent.rmdir()  # unless it holds other parts
        return old

    def put(self, student: str, files: Mapping[str, bytes], stamp: str | None) -> Path | None:
        """Put the files there; where the submission that was there has gone. Raises OSError."""
        folder = self._folder(student)
        fresh = self._grading / f".collect-{secrets.token_hex(8)}"
        try:
            fresh.mkdir(parents=True)
            write_tree(_with_stamp(files, stamp), fresh)
            folder.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(OSError):
                folder.rmdir()  # an empty one
            if not folder.exists():
                os.rename(fresh, folder)  # noqa: PTH104
                return None
            old = self._new_home(student)
            try:
                os.rename(folder, old)  # noqa: PTH104
                os.rename(fresh, folder)  # noqa: PTH104
            except BaseException:
                if old.exists() and not folder.exists():
                    os.rename(old, folder)  # noqa: PTH104
                raise
            return old
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
            with contextlib.suppress(OSError):
                folder.parent.rmdir()  # a new student's, if it came to nothing

    def _folder(self, student: str) -> Path:
        return self._grading / "submitted" / student / self._part.id

    def _new_home(self, student: str) -> Path:
        """For the submission that is replaced; all of one run share a folder of their own."""
        stamp = self._now.strftime("%Y-%m-%d_%H-%M-%S")
        number = 0
        while self._replaced is None:
            name = f"{stamp}_{number}" if number else stamp
            number += 1
            with contextlib.suppress(FileExistsError):
                (self._grading / "replaced" / name).mkdir(parents=True)
                self._replaced = self._grading / "replaced" / name
        home = self._replaced / student / self._part.id
        home.parent.mkdir(parents=True)
        return home


def _with_stamp(files: Mapping[str, bytes], stamp: str | None) -> dict[str, bytes]:
    return {**files, TIMESTAMP: stamp.encode()} if stamp else dict(files)

"""Where submissions lie, and whether one is the same as when it was graded."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from workshop.build.files import LESSON, walk
from workshop.grading.folder import Snapshot, take
from workshop.parts import Part

SUBMITTED = "grading/submitted"
MAX_NOTEBOOK = 20 << 20
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"  # invisible, but part of the spelling in Persian and Indic scripts


@dataclass(frozen=True)
class Submission:
    """One student's folder for one part."""

    student: str
    folder: Path

    @property
    def linked(self) -> bool:
        """Whether it lies somewhere else in truth: that is not followed."""
        return self.folder.is_symlink() or self.folder.parent.is_symlink()

    def snapshot(self, part: Part) -> Snapshot:
        """The files that count, read once."""
        return take(part, self.folder)

    def notebook(self) -> bytes | None:
        """The lesson as it was handed in; None if it is missing, a link, or above 20 MB."""
        path = self.folder / LESSON
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_NOTEBOOK:
            return None
        return path.read_bytes()

    def digest(self, part: Part) -> str:
        """Changes when anything that is graded changes."""
        files = dict(self.snapshot(part).files)
        files[LESSON] = self.notebook() or b""
        return _digest(files)


def submissions_of(root: Path, part: Part, students: Iterable[str] = ()) -> list[Submission]:
    """All submissions of a part, or those of `students`, by name. A link is not followed, and a
    folder that begins with a dot is no student's: nbgrader's globs pass it over."""
    base = root / SUBMITTED
    wanted = set(students)
    names = sorted(path.name for path in base.iterdir()) if base.is_dir() else []
    found = [Submission(name, base / name / part.id) for name in names]
    return [
        one
        for one in found
        if (not wanted or one.student in wanted)
        and not one.student.startswith(".")
        and one.folder.is_dir()
        and not one.linked
    ]


def work_digest(submission: Submission, part: Part) -> str:
    """The same for submissions whose files, the notebook apart, are byte for byte the same."""
    return _digest(submission.snapshot(part).files)


def course_digest(part: Part) -> str:
    """Changes when a part's tests, points or finished code change, so that grades go stale."""
    return _digest({str(file): (part.folder / file).read_bytes() for file in walk(part.folder)})


def unusable_name(student: str) -> str:
    """Why a folder's name cannot be a student's in the gradebook; nothing if it can."""
    if any(unicodedata.category(c) in _UNPRINTABLE and c not in _JOINERS for c in student):
        return "the folder's name has characters that cannot be printed"
    return ""


def _digest(files: Mapping[str, bytes]) -> str:
    total = hashlib.sha256()
    for path in sorted(files):
        for piece in (path.encode(errors="surrogateescape"), files[path]):
            total.update(len(piece).to_bytes(8, "big") + piece)
    return total.hexdigest()

"""What a learning platform writes into the name of a submission, and what it says.

Each platform puts its own marks first and the name that the student chose last. A name that reads
as two platforms' is nobody's: a student could have chosen it to pass for somebody else.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

# Name_number_assignsubmission_kind, then the file or, for a folder, nothing. Moodle turns the
# underscores of a person's name into spaces.
_MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<number>\d+)_assignsubmission_[a-z]+(_(?P<file>.*))?")
# name[_late]_user_attachment_file. The name is the surname and the first name in small letters
# without anything that is no letter or digit.
_CANVAS = re.compile(
    r"(?P<name>[^\s./\\-]+?)(?P<late>_late)?_(?P<number>\d+)_(?P<order>\d{1,20})_(?P<file>.+)",
    re.IGNORECASE,
)
_CANVAS_TEXT = re.compile(
    r"(?P<name>[^\s./\\-]+?)(?P<late>_late)?_(?P<number>\d+)_(text|link)\.html", re.IGNORECASE
)
_CANVAS_HIDDEN = re.compile(r"(late_)?anon_\w+?_(?P<order>\d{1,20})_(?P<file>.+)", re.IGNORECASE)
# assignment_user_attempt_time, then the file, ".zip" or, for Blackboard's receipt, ".txt".
_BLACKBOARD = re.compile(
    r"(?P<before>.+?)_attempt_(?P<stamp>\d{4}(-\d\d){5})(_(?P<file>.+)|(?P<zip>\.zip)|\.txt)?"
)
_AGAIN = re.compile(r"-\d+(?=\.|$)")  # Canvas's mark of a file that was handed in before


@dataclass(frozen=True)
class Label:
    """What one name says.

    `names` are the ways to read the student's part: none if the platform hides it, several if the
    name does not tell where that part begins. `submitted` is on the platform's clock, whose zone
    the name does not say. `file` is the name that the student chose; `order` grows with time.
    """

    platform: str
    names: tuple[str, ...]
    number: str = ""
    submitted: datetime.datetime | None = None
    late: bool = False
    file: str = ""
    order: int = 0

    @property
    def first_file(self) -> str:
        """The file's name before Canvas numbered it: "work.zip" of "work-2.zip"."""
        return _AGAIN.sub("", self.file, count=1) if self.platform == "Canvas" else self.file


def labels(name: str, *, loose: bool) -> list[Label]:
    """Every way to read `name`: one as a rule, none for a loose file that names no student."""
    found = [label for label in (_moodle(name), _canvas(name), _blackboard(name)) if label]
    if found:
        return found
    if not loose:
        return [Label("", (name,))]
    path = PurePosixPath(name)
    return [Label("", (path.stem,), file=name)] if path.suffix.lower() == ".zip" else []


def _moodle(name: str) -> Label | None:
    if not (match := _MOODLE.fullmatch(name)):
        return None
    return Label("Moodle", (match["name"],), match["number"], file=match["file"] or "")


def _canvas(name: str) -> Label | None:
    if hidden := _CANVAS_HIDDEN.fullmatch(name):
        return Label("Canvas", (), file=hidden["file"], order=int(hidden["order"]))
    match = _CANVAS.fullmatch(name)
    text = None if match else _CANVAS_TEXT.fullmatch(name)
    found = match or text
    if not found or found["name"] != found["name"].lower() or "_assignsubmission_" in found["name"]:
        return None
    late = bool(found["late"])
    if not match:
        return Label("Canvas", (found["name"],), found["number"], late=late, file=name)
    order = int(match["order"])
    return Label(
        "Canvas", (match["name"],), match["number"], late=late, file=match["file"], order=order
    )


def _blackboard(name: str) -> Label | None:
    if not (match := _BLACKBOARD.fullmatch(name)):
        return None
    try:
        submitted = datetime.datetime.strptime(match["stamp"], "%Y-%m-%d-%H-%M-%S")
    except ValueError:
        return None
    # An assignment's name may hold underscores, and so may a user's.
    steps = match["before"].split("_")
    names = tuple("_".join(steps[start:]) for start in range(1, len(steps))) or (steps[0],)
    file = match["file"] or (name if match["zip"] else "")
    return Label("Blackboard", names, submitted=submitted, file=file)

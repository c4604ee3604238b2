"""One file of a submission before it is placed, whether it lies in a folder or in a zip."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

_JUNK = {"__macosx", "__pycache__", "thumbs.db", "desktop.ini"}
_HIDDEN_JUNK = {".ds_store", ".git", ".ipynb_checkpoints"}
_DRIVE = re.compile(r"[A-Za-z]:")


class Refused(Exception):
    """A submission, or a file of it, that is not taken; the text says why."""


@dataclass(frozen=True)
class Member:
    """A file: its path inside its item (with slashes), its size in bytes and when it changed.

    `modified` is local time without a zone, as zips store it. `flaw` says why the file cannot be
    taken, if it cannot; a `link` is never followed. `read` gives the content or raises Refused.
    """

    path: str
    size: int
    modified: datetime.datetime
    read: Callable[[], bytes]
    flaw: str = ""
    link: bool = False


def inside(raw: str) -> str:
    """`raw` as a plain relative path, in Unicode's NFC. Raises Refused if it may lead out.

    Backslashes count as slashes: old zip tools on Windows write them.
    """
    path = unicodedata.normalize("NFC", raw.replace("\\", "/"))
    steps = [step for step in path.split("/") if step not in {"", "."}]
    if path.startswith("/") or _DRIVE.match(path) or ".." in steps or "\0" in path:
        raise Refused(f"it holds a path that leads out of the submission: {raw}")
    return "/".join(steps)


def is_junk(path: str) -> bool:
    """Whether systems and tools left it there: hidden files, caches, macOS's second copies."""
    return any(
        step.startswith((".", "~$")) or step.lower() in _JUNK for step in PurePosixPath(path).parts
    )


def is_system_junk(name: str) -> bool:
    """The same for a topmost entry. Another hidden one may be somebody's work."""
    return name.startswith(("._", "~$")) or name.lower() in _JUNK | _HIDDEN_JUNK


def unread() -> bytes:
    """The `read` of a member that has a flaw or is a link."""
    raise Refused("it cannot be read")

"""For what work points were given by hand, so that they do not outlive it unsaid.

nbgrader flags all such points whenever it grades again, also where nothing has changed. Here what
lay in a cell is kept beside its points, and only what differs is flagged.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from workshop.files import read_json, write_json


class Given:
    """One submission in one gradebook, from one grading to the next; kept in `file`."""

    def __init__(self, file: Path, gradebook: str) -> None:
        self._file = file
        self._gradebook = gradebook
        self._kept = read_json(file)
        earlier = self._kept.get(gradebook)
        self._earlier = earlier if isinstance(earlier, dict) else {}
        self._now: dict[str, dict[str, str]] = {}

    def look_again(self, cell: str, work: str, *, given: bool, flagged: bool) -> bool:
        """Whether a cell's points were given for something else than this `work`.

        `given`: there are points by hand; `flagged`: nobody has looked since they were flagged.
        Work that cannot be told ("") is never the same.
        """
        earlier = self._earlier.get(cell, {})
        digest = hashlib.sha256(work.encode("utf-8", "replace")).hexdigest() if work else ""
        given_for = earlier.get("given_for" if flagged else "work", "") if given else ""
        self._now[cell] = {"work": digest, "given_for": given_for}
        return given and (not digest or given_for != digest)

    def save(self) -> None:
        """Call it once the flags are in the gradebook: lost in between, they are set again."""
        write_json(self._file, {**self._kept, self._gradebook: self._now})

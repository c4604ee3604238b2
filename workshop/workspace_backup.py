"""Copies of the attendee's files, taken before anything replaces them."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

FOLDER = ".backups"


class Backup:
    """One moment's copies, under work/.backups/<time>/, made on the first `keep`."""

    def __init__(self, work: Path, now: datetime.datetime | None = None) -> None:
        self._work = work
        self._now = now
        self.folder: Path | None = None

    def keep(self, path: str) -> Path:
        """Copy the file at `path` (below the workspace); where the copy is. Raises OSError."""
        if self.folder is None:
            self.folder = _new_folder(self._work / FOLDER, self._now or datetime.datetime.now())
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(self._work / path, target)
        return target


def _new_folder(base: Path, now: datetime.datetime) -> Path:
    """A folder named after the time; never one that is there already."""
    stamp = now.strftime("%Y-%m-%d_%H-%M-%S")
    for number in range(1000):
        folder = base / (stamp if number == 0 else f"{stamp}_{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(f"{base / stamp} and 999 more are there already")

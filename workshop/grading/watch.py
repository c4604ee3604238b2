"""Waits for a submission's files to change, by looking at them (no package needed)."""

from __future__ import annotations

import time
from pathlib import Path

from workshop.grading.folder import allowed
from workshop.parts import Part

_EVERY_S = 0.3
_QUIET_S = 0.2
Stamps = dict[str, tuple[int, int]]


def stamps(part: Part, folder: Path) -> Stamps:
    """Modification time and size of every file that counts."""
    found: Stamps = {}
    for path in folder.rglob("*"):
        relative = path.relative_to(folder).as_posix()
        if allowed(part, relative):
            try:
                status = path.stat()
            except OSError:
                continue
            found[relative] = (status.st_mtime_ns, status.st_size)
    return found


def wait_for_change(part: Part, folder: Path, seen: Stamps) -> list[str]:
    """Blocks until something differs from `seen` and has been quiet for a moment."""
    while (now := stamps(part, folder)) == seen:
        time.sleep(_EVERY_S)
    while True:
        # An editor that writes several files, or one in two steps, is waited for.
        time.sleep(_QUIET_S)
        if (again := stamps(part, folder)) == now:
            break
        now = again
    return sorted(name for name in seen.keys() | now.keys() if seen.get(name) != now.get(name))

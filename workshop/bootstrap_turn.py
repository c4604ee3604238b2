"""One set-up of a clone at a time: the second waits for its turn."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

_POLL_S = 0.5


@contextlib.contextmanager
def turn(path: Path, when_waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file `path` meanwhile; `when_waiting` is called once if another one has it.

    The system lets go of it when the process ends, however it ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as stream:
        told = False
        while not _taken(stream):
            if not told:
                when_waiting()
                told = True
            time.sleep(_POLL_S)
        yield


def _taken(stream: IO[str]) -> bool:
    """Try to take the lock, without waiting."""
    try:
        if sys.platform == "win32":
            import msvcrt

            stream.seek(0)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

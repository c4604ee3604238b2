"""Limits that the operating system puts on a process, as far as this system offers them.

Everything here is best effort: what a system lacks is passed over, and the wall-clock limits of
the engine hold everywhere.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

if sys.platform != "win32":
    import resource

MEBIBYTE = 1 << 20

# From linux/prctl.h.
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Limits:
    """What one worker may use: seconds, bytes and counts."""

    cpu_s: int = 60
    # Address space, not resident memory: the warm imports take 0.2 GB of it, forty threads with
    # their stacks another 0.4.
    memory: int = 1536 * MEBIBYTE
    file_size: int = 16 * MEBIBYTE
    open_files: int = 256
    # Processes and threads, on top of what the user runs already: the system counts a user's as a
    # whole. Forty threads of a framework's pool and thirty-two of asyncio's fit in.
    more_processes: int = 128

    def to_plain(self) -> dict[str, Any]:
        """For the channel; `Limits(**plain)` is the way back."""
        return asdict(self)


def apply(limits: Limits) -> None:
    """Puts the limits on this process and its children to come; there is no way back."""
    if sys.platform != "win32":
        _lower(resource.RLIMIT_CORE, 0)
        _lower(resource.RLIMIT_CPU, limits.cpu_s)
        _lower(resource.RLIMIT_FSIZE, limits.file_size)
        _lower(resource.RLIMIT_NOFILE, limits.open_files)
        if sys.platform == "linux":
            limit_memory(limits.memory)
            _lower(resource.RLIMIT_NPROC, _threads_of_this_user() + limits.more_processes)
            _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def limit_memory(most: int) -> None:
    """Linux: `most` bytes of address space for this process and its children to come."""
    if sys.platform == "linux":
        _lower(resource.RLIMIT_AS, most)


def adopt_orphans() -> None:
    """Linux: descendants whose parent ends become children of this process, not of init."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def hide_memory(hidden: bool = True) -> None:
    """Linux: other processes of the same user may not read this one's memory or environment."""
    _prctl(_PR_SET_DUMPABLE, 0 if hidden else 1)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _lower(which: int, value: int) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(ValueError, OSError):
            _, hard = resource.getrlimit(which)
            wanted = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(which, (wanted, wanted))


def _threads_of_this_user() -> int:
    """How many threads the user runs now (RLIMIT_NPROC counts those, not processes)."""
    count = 0
    user = os.getuid() if sys.platform != "win32" else -1
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid == user:
                count += (folder / "task").stat().st_nlink - 2
    return count

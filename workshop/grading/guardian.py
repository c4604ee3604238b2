"""A guardian: the parent of one forked process, which ends it together with all it left behind.

Linux only. Between the warm process and each process forked from it stands a guardian. It adopts
orphans, so a grandchild that left the process group is still found. It watches a lifeline: when
the other end asks, closes it or dies, everything below is killed and the exit status reported.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from workshop.grading import limits
from workshop.grading.channel import Channel

Main = Callable[[Channel, list[int]], None]


def guard(fds: list[int], main: Main, *, alone: bool = False, wall_s: float = 600.0) -> None:
    """Runs in a fresh fork; never returns. `fds`: lifeline, channel, output, then `main`'s own.

    `alone`: this is the first process of a namespace, so whatever runs in it descends from here.
    """
    lifeline_fd, channel_fd, output_fd, *extra = fds
    close_all_but(fds)
    limits.adopt_orphans()
    child = os.fork()
    if child == 0:
        os.close(lifeline_fd)
        _become(channel_fd, output_fd, extra, main)
    for fd in (channel_fd, output_fd, *extra):
        os.close(fd)
    lifeline = socket.socket(fileno=lifeline_fd)
    _watch(lifeline, child, time.monotonic() + wall_s)
    status = end_everything(child, alone=alone)
    with contextlib.suppress(OSError):
        lifeline.send(str(status).encode())
    os._exit(0)


def _become(channel_fd: int, output_fd: int, extra: list[int], main: Main) -> None:
    code = 1
    try:
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nowhere, 0)
        os.dup2(output_fd, 1)
        os.dup2(output_fd, 2)
        os.close(nowhere)
        os.close(output_fd)
        main(Channel(channel_fd, channel_fd), extra)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _watch(lifeline: socket.socket, child: int, deadline: float) -> None:
    """Returns when the child has ended, the other side lets go, or the time is over."""
    poll = select.poll()
    poll.register(lifeline, select.POLLIN)
    pid_fd = -1
    with contextlib.suppress(OSError, AttributeError):
        pid_fd = os.pidfd_open(child)
        poll.register(pid_fd, select.POLLIN)
    while (left := deadline - time.monotonic()) > 0:
        # Without a pidfd (an old kernel) the child is looked at twenty times a second.
        if poll.poll((left if pid_fd >= 0 else min(left, 0.05)) * 1000):
            return
        if pid_fd < 0 and os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return


def end_everything(child: int | None = None, *, alone: bool = False) -> int:
    """Kills and reaps all that descends from this process; the exit code of `child` if given.

    `alone`: the namespace holds nothing else, and one call reaches everything in it.
    """
    status = 0
    if alone:
        with contextlib.suppress(OSError):
            os.kill(-1, signal.SIGKILL)
    if child is not None:
        # The group first: one call reaches all its members, also one that forks all the time.
        with contextlib.suppress(OSError):
            os.killpg(child, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.kill(child, signal.SIGKILL)
    while True:
        try:
            pid, raw = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status
        if pid == 0:
            for left in [-1] if alone else children_of(os.getpid()):
                with contextlib.suppress(OSError):
                    os.kill(left, signal.SIGKILL)
            time.sleep(0.001)
        elif pid == child:
            status = os.waitstatus_to_exitcode(raw)


def children_of(pid: int) -> list[int]:
    """The direct children of a process, from /proc."""
    with contextlib.suppress(OSError):
        listing = "".join(f.read_text() for f in Path(f"/proc/{pid}/task").glob("*/children"))
        return [int(number) for number in listing.split()]
    return []


def close_all_but(fds: list[int]) -> None:
    """Closes every descriptor above stderr that is not in `fds`."""
    for path in list(Path("/proc/self/fd").iterdir()):
        number = int(path.name)
        if number > 2 and number not in fds:
            with contextlib.suppress(OSError):
                os.close(number)

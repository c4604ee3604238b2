"""Starts programs on one core each, reads what they use, and ends them whatever happens."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

_GRACE_S = 3.0
_TICKS = os.sysconf("SC_CLK_TCK")


class BenchmarkError(Exception):
    """Something that a measurement needs is not as it should be; the message says what to do."""


def two_cores() -> tuple[int, int]:
    """The server's core and the load generator's.

    Raises:
        BenchmarkError: this machine has only one, or is not Linux.
    """
    if sys.platform != "linux":
        raise BenchmarkError("These measurements need Linux (taskset, setpriv, /proc).")
    for tool in ("taskset", "setpriv"):
        if shutil.which(tool) is None:
            raise BenchmarkError(f"{tool} is missing; it is part of util-linux.")
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise BenchmarkError("Two cores are needed: one for the server, one for the load.")
    return cores[0], cores[1]


def stop_on_sigterm() -> None:
    """Let SIGTERM end this program as Ctrl-C does, with everything that it started."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)


def pinned(core: int, command: Sequence[str]) -> list[str]:
    """A command that runs on one core and that the kernel kills should this process vanish."""
    return ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", str(core), *command]


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Memory:
    """In bytes. `pss` shares pages that several processes map among them."""

    rss: int
    pss: int


class Running:
    """A server that runs on one core; use it with `with`, which ends it.

    Args:
        core: the number of the core.
        env: what is set in its environment beside ours.
    """

    def __init__(
        self,
        command: Sequence[str],
        core: int,
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # closed in stop()
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            pinned(core, command),
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def last_words(self, most: int = 1500) -> str:
        """The end of what it printed."""
        self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, self._said.tell() - most))
        return self._said.read().decode(errors="replace").strip()

    def memory(self) -> Memory:
        """What it and its children hold now."""
        rss = pss = 0
        for pid in self._tree():
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    name, _, value = line.partition(":")
                    if name == "Rss":
                        rss += int(value.split()[0]) * 1024
                    elif name == "Pss":
                        pss += int(value.split()[0]) * 1024
        return Memory(rss, pss)

    def cpu_s(self) -> float:
        """Seconds of processor time that it and its children used so far."""
        ticks = 0
        for pid in self._tree():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks / _TICKS

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL, now."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it, politely for three seconds and then with SIGKILL."""
        if not self.has_ended:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE_S)
        self.kill()
        self._said.close()

    def _tree(self) -> list[int]:
        found = [self._process.pid]
        for pid in found:
            with contextlib.suppress(OSError):
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
                found += map(int, children.split())
        return found

"""The way without a warm process: every process is a fresh one. Works on every system."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from typing import Protocol

from workshop.grading.launch import BOOT, MAX_OUTPUT, clean_environment
from workshop.grading.process import Process


class Cold:
    """Fresh processes, one import of everything each: works on every system.

    With `ahead`, the next one is started before it is asked for and imports in the meantime.
    """

    def __init__(self, program: str, *, ahead: bool = False) -> None:
        self._program = program
        self._ahead = ahead
        self._next: Process | None = None
        self._lock = threading.Lock()

    def start(self, *, with_mock: bool = False) -> Process:
        with self._lock:
            process = self._next or self._start()
            self._next = self._start() if self._ahead else None
        return process

    def _start(self) -> Process:
        child = subprocess.Popen(
            [sys.executable, "-I", str(BOOT), self._program],
            env=clean_environment(self._program),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            cwd=tempfile.gettempdir(),
        )
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        pipes = (child.stdout, child.stdin, child.stderr)
        read_fd, write_fd, output_fd = (os.dup(pipe.fileno()) for pipe in pipes)
        for pipe in pipes:
            pipe.close()
        return Process(read_fd, write_fd, output_fd, _Child(child), MAX_OUTPUT)

    def close(self) -> None:
        """Ends the one that was started ahead."""
        with self._lock:
            if self._next is not None:
                self._next.end()
            self._next = None


class _Child:
    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        self._lock = threading.Lock()

    def end(self) -> int | None:
        """Kills the process tree; the exit code if it had ended by itself."""
        with self._lock:
            left = _descendants(self._child.pid)
            if sys.platform == "win32":
                self._child.kill()
            else:
                with contextlib.suppress(OSError):
                    os.killpg(self._child.pid, signal.SIGKILL)
            for process in left:
                with contextlib.suppress(Exception):
                    process.kill()
            return self._child.wait()


class _Killable(Protocol):
    def kill(self) -> None: ...


def _descendants(pid: int) -> list[_Killable]:
    """Found by psutil where it is installed (it comes with ipykernel)."""
    try:
        import psutil  # type: ignore[import-untyped]

        found: list[_Killable] = psutil.Process(pid).children(recursive=True)
        return found
    except Exception:
        return []

"""Two ways to start a process of the engine: a fork of a warm one (here, Linux), or a fresh one.

Both give a Process that speaks the same protocol. `WORKSHOP_GRADING_COLD=1` asks for the second
(see `cold`) where the first would do.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Protocol

from workshop.grading.isolation import NONE, VARIABLE, Walls
from workshop.grading.process import Process
from workshop.grading.zygote import CLIENT, FORK, FORK_WITH_MOCK

COLD_VARIABLE = "WORKSHOP_GRADING_COLD"
REDIS_VARIABLE = "WORKSHOP_TEST_REDIS_URL"
MAX_OUTPUT = 1 << 20
BOOT = Path(__file__).with_name("boot.py")
# What a process needs of the starter's environment; tokens and paths of a session stay out.
_KEPT = ("PATH", "SYSTEMROOT", "SYSTEMDRIVE", "PATHEXT", "LD_LIBRARY_PATH", "TMPDIR", "TEMP", "TMP")
_END_TIMEOUT_S = 5.0
_WALLS_S = 10.0


class Launcher(Protocol):
    """Starts processes of one program."""

    def start(self, *, with_mock: bool = False) -> Process:
        """A new process; it waits for its first message. `with_mock` warms mock_llm first."""

    def close(self) -> None:
        """Ends what the launcher itself keeps."""


def can_fork_warm() -> bool:
    """Whether this system has what the warm way needs."""
    return sys.platform == "linux" and not os.environ.get(COLD_VARIABLE)


def clean_environment(program: str) -> dict[str, str]:
    """What every process of the engine starts with."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    if program == "tests":
        ours = (REDIS_VARIABLE, COLD_VARIABLE, VARIABLE)
        kept |= {name: os.environ[name] for name in ours if name in os.environ}
    kept.setdefault("PATH", os.defpath)
    # One thread for numpy's algebra: a warm process must have no thread when it forks.
    return kept | {
        "HOME": tempfile.gettempdir(),
        "LANG": "C.UTF-8",
        "NO_PROXY": "*",
        "no_proxy": "*",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        # Each arena reserves 64 MB of address space, and that is what is limited.
        "MALLOC_ARENA_MAX": "2",
    }


class Warm:
    """The two warm processes and the sockets to them. They import while the caller goes on.

    `room` is the folder in which the copies of submissions are made; it ends with them.
    """

    def __init__(self) -> None:
        self.room = Path(tempfile.mkdtemp(prefix="workshop-check-")).resolve()
        self._tests, tests = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._workers, workers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        fds = [tests.fileno(), workers.fileno()]
        self._walls: Walls | None = None
        with tests, workers:
            # Every fork shows what its process was started with, in /proc/self: what only the
            # tests may know goes to them alone, as the first message.
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-I", str(BOOT), "pair", *map(str, fds), str(self.room)),
                    os.environ.get(VARIABLE, ""),
                    "outside" if os.environ.get(REDIS_VARIABLE) else "",
                ],
                env=clean_environment("worker"),
                pass_fds=fds,
                start_new_session=True,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        with contextlib.suppress(OSError):  # it has ended: whoever asks for a fork hears so
            self._tests.send(json.dumps(clean_environment("tests")).encode())

    @property
    def alive(self) -> bool:
        """Whether they still take requests."""
        return self._process.poll() is None

    def walls(self) -> Walls:
        """What stands around a submission; known long before the imports are done."""
        if self._walls is None:
            self._workers.settimeout(_WALLS_S)
            try:
                self._walls = Walls.from_json(self._workers.recv(1 << 16).decode())
            except (OSError, ValueError):
                self._walls = NONE
            self._workers.settimeout(None)
        return self._walls

    def start_tests(self) -> Process:
        """Forks a tests process that has a socket to the warm worker process."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            socket.send_fds(self._workers, [CLIENT], [theirs.fileno()])
            return fork_from(self._tests, [ours.fileno()], MAX_OUTPUT)

    def close(self) -> None:
        """Ends them and all that was forked from them."""
        self._tests.close()
        self._workers.close()
        try:
            self._process.wait(timeout=_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.room, ignore_errors=True)


class WarmWorkers:
    """Workers forked over a client socket, as a tests process has one."""

    def __init__(self, client_fd: int) -> None:
        self._client = socket.socket(fileno=client_fd)

    def start(self, *, with_mock: bool = False) -> Process:
        message = FORK_WITH_MOCK if with_mock else FORK
        return fork_from(self._client, [], MAX_OUTPUT, message)

    def close(self) -> None:
        self._client.close()


def fork_from(
    zygote: socket.socket, extra: list[int], max_output: int, message: bytes = FORK
) -> Process:
    """Asks a zygote for a fork with new descriptors of its own."""
    lifeline, their_lifeline = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    channel, their_channel = socket.socketpair()
    output, their_output = os.pipe()
    fds = [their_lifeline.fileno(), their_channel.fileno(), their_output, *extra]
    try:
        socket.send_fds(zygote, [message], fds)
    finally:
        their_lifeline.close()
        their_channel.close()
        os.close(their_output)
    channel_fd = channel.detach()
    return Process(channel_fd, channel_fd, output, _Lifeline(lifeline), max_output)


class _Lifeline:
    def __init__(self, lifeline: socket.socket) -> None:
        self._lifeline = lifeline

    def end(self) -> int | None:
        """Asks the guardian; it answers with the exit code once nothing is left."""
        with self._lifeline, contextlib.suppress(OSError, ValueError):
            self._lifeline.settimeout(_END_TIMEOUT_S)
            with contextlib.suppress(OSError):
                self._lifeline.send(b"end")
            try:
                said = self._lifeline.recv(64)
            except ConnectionResetError:
                # It had ended by itself and never read "end": its answer is there all the same.
                said = self._lifeline.recv(64)
            return int(said)
        return None

"""The warm process: heavy imports done once, then a fork for every request (Linux).

A request is one message on a Unix socket with file descriptors beside it:

- `fork`: lifeline, channel, output and what the program itself wants; a guardian takes over.
- `fork with mock`: the same, once mock_llm is warm too: few workers need it, and it costs time.
- `client`: one more socket on which to listen for requests.

With `own_processes`, each fork sees no process but those it starts, and takes them all with it.

When the first socket closes, the engine has gone: everything forked here is ended.
"""

from __future__ import annotations

import contextlib
import gc
import os
import selectors
import signal
import socket

from workshop.grading import limits, namespaces, preload
from workshop.grading.guardian import Main, children_of, close_all_but, end_everything, guard

FORK, FORK_WITH_MOCK, CLIENT = b"fork", b"fork with mock", b"client"
MAX_FDS = 8
_REAP_EVERY_S = 0.5


def tell(control_fd: int, text: str) -> None:
    """The one message that goes the other way: what stands around the forks to come."""
    with socket.socket(fileno=os.dup(control_fd)) as control, contextlib.suppress(OSError):
        control.send(text.encode())


def serve(control_fd: int, main: Main, *, own_processes: bool = False) -> None:
    """Serves requests until the engine closes its end."""
    close_all_but([control_fd])
    limits.adopt_orphans()
    limits.hide_memory()
    # Pages that the collector never touches again stay shared with the forks.
    gc.collect()
    gc.freeze()
    control = socket.socket(fileno=control_fd)
    guardians: set[int] = set()
    mock_is_warm = strays = False
    with selectors.DefaultSelector() as waiting:
        waiting.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select(_REAP_EVERY_S if guardians or strays else None):
                sock = key.fileobj
                assert isinstance(sock, socket.socket)
                message, fds = _receive(sock)
                if message == FORK_WITH_MOCK and not mock_is_warm:
                    preload.rehearse(preload.ask_the_mock)
                    mock_is_warm = True
                if message in (FORK, FORK_WITH_MOCK):
                    guardians.add(_fork(fds, main, own_processes))
                elif message == CLIENT:
                    waiting.register(socket.socket(fileno=fds[0]), selectors.EVENT_READ)
                elif sock is control:
                    end_everything()
                    return
                else:
                    waiting.unregister(sock)
                    sock.close()
            strays = _reap(guardians)


def _receive(sock: socket.socket) -> tuple[bytes, list[int]]:
    with contextlib.suppress(OSError):
        message, fds, _, _ = socket.recv_fds(sock, 64, MAX_FDS)
        return message, fds
    return b"", []


def _fork(fds: list[int], main: Main, own_processes: bool) -> int:
    pid = namespaces.fork_the_first_process() if own_processes else os.fork()
    if pid == 0:
        try:
            guard(fds, main, alone=own_processes)
        finally:
            os._exit(1)
    for fd in fds:
        os.close(fd)
    return pid


def _reap(guardians: set[int]) -> bool:
    """Forgets guardians that ended; what is left without one was orphaned by force and ends.

    Whether there were such: what they started in turn comes here once they are dead.
    """
    with contextlib.suppress(ChildProcessError):
        while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            guardians.discard(pid)
    strays = set(children_of(os.getpid())) - guardians
    for stray in strays:
        with contextlib.suppress(OSError):
            os.kill(stray, signal.SIGKILL)
    return bool(strays)

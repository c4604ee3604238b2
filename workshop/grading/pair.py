"""The two warm processes of an engine and their parent, which builds the first wall around both."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

from workshop.grading import isolation, namespaces, preload, zygote
from workshop.grading.isolation import Walls

_MAX_ENVIRONMENT = 1 << 18


def serve_both(tests_fd: int, worker_fd: int, room: Path, wish: str, outside: str) -> None:
    """Forks both and waits; when one ends, so does the other, and `room` is removed.

    `wish` is what `WORKSHOP_ISOLATION` says; `outside` is empty if the tests need no server
    beyond this machine's own.
    """
    walls = isolation.shut_network(wish, needs_outside=bool(outside))
    walls = isolation.choose(walls, room)
    both = [_forked(lambda: _tests(tests_fd), worker_fd)]
    if walls.processes:
        namespaces.unshare(namespaces.CLONE_NEWPID)
    both.append(_forked(lambda: _worker(worker_fd, walls, room), tests_fd))
    os.close(tests_fd)
    os.close(worker_fd)
    ended, _ = os.wait()
    both.remove(ended)
    # The engine lets go of both at the same time; this is for the one whose twin has crashed.
    with contextlib.suppress(OSError):
        os.kill(both[0], signal.SIGKILL)
    os.wait()
    shutil.rmtree(room, ignore_errors=True)


def _forked(serve: Callable[[], None], not_its: int) -> int:
    pid = os.fork()
    if pid == 0:
        os.close(not_its)
        code = 1
        try:
            serve()
            code = 0
        finally:
            os._exit(code)
    return pid


def _tests(control_fd: int) -> None:
    from workshop.grading.tests_process import main

    _take_environment(control_fd)
    preload.preload(preload.TESTS)
    preload.rehearse(preload.ask_the_mock)
    zygote.serve(control_fd, main)


def _take_environment(control_fd: int) -> None:
    """The first message: what the tests process would have been started with by itself."""
    with socket.socket(fileno=os.dup(control_fd)) as control:
        os.environ.update(json.loads(control.recv(_MAX_ENVIRONMENT) or b"{}"))


def _worker(control_fd: int, walls: Walls, room: Path) -> None:
    from workshop.grading.worker import main

    isolation.shut_files(walls, room)
    zygote.tell(control_fd, walls.to_json())
    preload.preload(preload.WORKER)
    preload.rehearse(preload.ask_with_the_sdk, preload.ask_an_app)
    zygote.serve(control_fd, partial(main, walls=walls, room=room), own_processes=walls.processes)

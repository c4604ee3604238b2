"""The program that holds a submission. It answers its own calls and nothing else.

Everything here runs beside the submission's code, which may change any of it. So nothing here
decides anything: the tests process, elsewhere, judges what comes back.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import os
import sys
import threading
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from workshop.grading import isolation, limits, whereabouts
from workshop.grading.channel import Channel
from workshop.grading.isolation import NONE, Walls
from workshop.grading.worker_errors import describe


class Worker:
    """Runs what is asked, one request after the other; coroutines on a loop of their own."""

    def __init__(self, channel: Channel, folder: Path) -> None:
        self.channel = channel
        self.folder = folder
        self._loop: asyncio.AbstractEventLoop | None = None

    def answer(self, request: dict[str, Any]) -> None:
        """Answers with `value` or `error`; what cannot be sent is an error too."""
        number = request.get("id")
        try:
            with whereabouts.told(request.get("timeout")):
                value = self._perform(request)
            sys.stdout.flush()
            sys.stderr.flush()
            self.channel.write({"id": number, "value": value})
        except BaseException as problem:
            self.channel.write({"id": number, "error": describe(problem, self.folder)})

    def _perform(self, request: dict[str, Any]) -> object:
        operation = request["op"]
        if operation == "pytest":
            from workshop.grading.worker_pytest import run_pytest

            return run_pytest(self.folder, request["file"], self._tell_outcome)
        target = resolve(request["target"])
        value = self._await(target(*request["args"], **request["kwargs"]))
        if operation == "serve":
            from workshop.grading.worker_serve import serve

            return self._await(serve(value, self.report, request["timeout"]))
        return value

    def report(self, problem: BaseException) -> None:
        """Tells of an error that no call gave back (an endpoint raised)."""
        self.channel.write({"event": "error", "error": describe(problem, self.folder)})

    def _tell_outcome(self, test: str, outcome: str) -> None:
        self.channel.write({"event": "outcome", "test": test, "outcome": outcome})

    def _await(self, value: Any) -> Any:
        if not inspect.isawaitable(value):
            return value
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, daemon=True).start()
        result, problem = asyncio.run_coroutine_threadsafe(_settled(value), self._loop).result()
        if problem is not None:
            raise problem
        return result


async def _settled(value: Awaitable[Any]) -> tuple[Any, BaseException | None]:
    """Value and exception as data: SystemExit, let loose on the loop, would end the loop."""
    try:
        return await value, None
    except BaseException as problem:
        return None, problem


def resolve(target: str) -> Any:
    """The object that "package.module:name" names. Raises ImportError or AttributeError."""
    module, _, path = target.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    return found


def main(channel: Channel, extra: list[int], walls: Walls = NONE, room: Path | None = None) -> None:
    """Settles in (folder, environment, walls, limits), then answers until the channel closes."""
    setup = channel.read()
    if setup is None:
        return
    top, folder = Path(setup["top"]), Path(setup["folder"])
    if room is not None:
        isolation.settle(walls, top, room, alone=setup["alone"])
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(setup["env"])
    limits.hide_memory(False)
    limits.apply(limits.Limits(**setup["limits"]))
    isolation.close_behind(walls, top)
    outside = {str(Path(__file__).resolve().parent.parent.parent), ""}
    sys.path[:] = [str(folder), *(entry for entry in sys.path if entry not in outside)]
    sys.argv[:] = ["submission"]
    whereabouts.tell_crashes()
    worker = Worker(channel, folder)
    channel.write({"id": 0, "value": "ready"})
    while (request := channel.read()) is not None:
        worker.answer(request)

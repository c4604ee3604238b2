"""Serves the submission's ASGI app on a free loopback port, inside the worker."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

Report = Callable[[BaseException], None]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_POLL_S = 0.002


class AppDidNotStart(Exception):
    """The app's start-up failed and said no more than that."""


class AppEndedItself(Exception):
    """An endpoint raised SystemExit or KeyboardInterrupt."""


class Reporting:
    """The app, with every exception that leaves it told to the tests process."""

    def __init__(self, app: Any, report: Report) -> None:
        self._app = app
        self._report = report
        self.startup_problem: BaseException | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        held: list[MutableMapping[str, Any]] = []

        async def hold_errors(message: MutableMapping[str, Any]) -> None:
            # The 500 goes out after the exception has been told: whoever sees it can ask why.
            if held or message.get("status") == 500:
                held.append(message)
            else:
                await send(message)

        try:
            await self._app(scope, receive, hold_errors)
        except BaseException as problem:
            if scope["type"] == "lifespan":
                self.startup_problem = problem
            elif not isinstance(problem, asyncio.CancelledError):
                self._report(problem)
            if isinstance(problem, SystemExit | KeyboardInterrupt):
                # These would end the loop that everything here runs on, and the answer with it.
                raise AppEndedItself from problem
            raise
        finally:
            for message in held:
                await send(message)


async def serve(app: Any, report: Report, timeout_s: float) -> int:
    """Starts serving and returns the port. Raises what the app's start-up raised."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    port: int = sock.getsockname()[1]
    reporting = Reporting(app, report)
    # No logging of the server's own: what is printed is the submission's doing.
    config = uvicorn.Config(reporting, log_config=None, access_log=False, ws="none")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[sock]))
    deadline = asyncio.get_running_loop().time() + timeout_s
    while not server.started:
        if task.done():
            problem = reporting.startup_problem
            raise problem if problem is not None else AppDidNotStart("the app did not start")
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError("the app did not start in time")
        await asyncio.sleep(_POLL_S)
    _keep.add(task)
    return port


# A task that nothing refers to may be collected while it runs.
_keep: set[asyncio.Task[None]] = set()

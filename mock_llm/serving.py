"""uvicorn, with two things that it lacks: connections that can be reset, and a prompt end."""

import asyncio
import contextlib
import os
import socket
import struct
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_llm.wire.asgi import ABORT

if TYPE_CHECKING:
    from mock_llm.app import Application

_CLOSE_WITH_RESET = struct.pack("ii", 1, 0)
_LAST_WORDS_S = 2.0


class Protocol(HttpToolsProtocol):
    """HTTP by httptools, with a way for the app to reset the connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: self._reset}  # type: ignore[dict-item]  # not a table

    def _reset(self) -> None:
        """Close at once, with a TCP reset instead of a proper end."""
        with contextlib.suppress(OSError, AttributeError):
            _linger_no_more(self.transport.get_extra_info("socket"))
        self.transport.abort()


def _linger_no_more(handle: Any) -> None:
    """Let a socket's close send a reset.

    uvloop's stand-in for a socket may not set options; a duplicate of the socket shares them.
    """
    if os.name == "nt":
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh", 1, 0))
        return
    with socket.socket(fileno=os.dup(handle.fileno())) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _CLOSE_WITH_RESET)


class Server(uvicorn.Server):
    """A server that says when it listens, and that ends without waiting for hanging requests."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening()

    async def main_loop(self) -> None:
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            await asyncio.sleep(0.05)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()  # lets a reply that is being written go out
        await asyncio.sleep(0)
        for connection in list(self.server_state.connections):
            connection.transport.abort()  # the requests notice that their client is gone
        tasks = list(self.server_state.tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_LAST_WORDS_S)
            for task in late:
                task.cancel()
        await self.lifespan.shutdown()


def make_server(app: "Application", log_level: str | None, listening: Callable[[], None]) -> Server:
    """A server for an application; it takes a listening socket when it is run.

    Args:
        log_level: uvicorn's; None leaves its loggers as they are, which other servers share.
        listening: called, in the server's loop, once requests are accepted.
    """
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="off",
        log_level=log_level,
        access_log=log_level in ("debug", "trace"),
        log_config=None,
        server_header=False,
        backlog=2048,
        timeout_keep_alive=75,
    )
    return Server(config, listening)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        OSError: the port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:  # on Windows that option would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        listener.bind((host, port))
        listener.listen(2048)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def address(listener: socket.socket) -> str:
    """The URL under which a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

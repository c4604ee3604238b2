"""uvicorn, with two things that it lacks: connections that can be broken, and a prompt end."""

import asyncio
import socket
import sys
from collections.abc import Callable

import uvicorn

from mock_llm.protocol import Protocol, make_protocol
from mock_llm.wire.asgi import App

_LAST_WORDS_S = 2.0


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
            assert isinstance(connection, Protocol)
            connection.break_off()  # the requests notice that their client is gone
        tasks = list(self.server_state.tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_LAST_WORDS_S)
            for task in late:
                task.cancel()
        await self.lifespan.shutdown()


def make_server(app: App, log_level: str | None, listening: Callable[[], None]) -> Server:
    """A server for an application; it takes a listening socket when it is run.

    Args:
        log_level: uvicorn's; None leaves its loggers as they are, which other servers share.
        listening: called, in the server's loop, once requests are accepted.
    """
    config = uvicorn.Config(
        app,
        http=make_protocol(),  # type: ignore[arg-type]  # called like the class
        ws="none",
        lifespan="off",
        log_level=log_level,
        access_log=log_level in ("debug", "trace"),
        log_config=None,
        server_header=False,
        proxy_headers=False,
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

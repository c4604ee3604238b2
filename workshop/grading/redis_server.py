"""A Redis for one test: fakeredis on a free port, or a real server named by a URL."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis

from workshop.grading.launch import REDIS_VARIABLE

_CLOSED_WITHIN_S = 2.0


class RedisServer:
    """`url` for the submission, `client` to look inside, `stop()` to take it away.

    Tests processes run at the same time: on a real server each has a database of its own, the
    URL's number plus `place`.
    """

    def __init__(self, place: int = 0) -> None:
        self._server: Any = None
        self._thread: threading.Thread | None = None
        real = os.environ.get(REDIS_VARIABLE)
        self.url = _with_database(real, place) if real else self._start_fake()
        self.client = redis.Redis.from_url(self.url)
        if real:
            self.client.flushdb()

    def _start_fake(self) -> str:
        from fakeredis import TcpFakeServer

        self._server = TcpFakeServer(("127.0.0.1", 0), server_type="redis")
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()
        return f"redis://127.0.0.1:{self._server.server_address[1]}/0"

    def stop(self) -> None:
        """From now on connections are refused and open ones are gone. May be called again.

        A real server is not stopped; those on this database are thrown out once, which comes near
        it and leaves other tests alone.
        """
        with contextlib.suppress(redis.RedisError):
            if self._server is None:
                own, database = self.client.client_id(), self.client.get_connection_kwargs()["db"]
                for other in self.client.client_list(_type="normal"):
                    if int(other["db"]) == database and int(other["id"]) != own:
                        self.client.client_kill_filter(_id=other["id"])
        if self._server is not None and self._thread is not None:
            # Its handlers look for the shutdown between two reads; closing waits for them to end.
            # One that waits for ever (BLPOP) is left to wait: nobody is at its other end any more.
            self._server.shutdown()
            closing = threading.Thread(target=self._server.server_close, daemon=True)
            closing.start()
            closing.join(_CLOSED_WITHIN_S)
            self._thread.join()
            self._thread = None
            self._server = None

    def close(self) -> None:
        """The end of the test."""
        self.client.close()
        if self._server is not None:
            self.stop()


def _with_database(url: str, more: int) -> str:
    """The URL with its database's number raised by `more`."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{int(parts.path.strip('/') or 0) + more}"))

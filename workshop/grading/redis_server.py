"""A Redis for one test: fakeredis on a free port, or a real server named by a URL."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import Any

import redis

from workshop.grading.launch import REDIS_VARIABLE


class RedisServer:
    """`url` for the submission, `client` to look inside, `stop()` to take it away."""

    def __init__(self) -> None:
        self._server: Any = None
        self._thread: threading.Thread | None = None
        real = os.environ.get(REDIS_VARIABLE)
        self.url = real or self._start_fake()
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

        A real server is not stopped; its clients are thrown out once, which comes near it.
        """
        with contextlib.suppress(redis.RedisError):
            if self._server is None:
                self.client.client_kill_filter(_type="normal", skipme=True)
        if self._server is not None and self._thread is not None:
            # Its handlers look for the shutdown between two reads; closing waits for them to end.
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._thread = None
            self._server = None

    def close(self) -> None:
        """The end of the test."""
        self.client.close()
        if self._server is not None:
            self.stop()

"""A provider that cannot be reached: on its port nobody refuses and nobody answers."""

from __future__ import annotations

import contextlib
import select
import socket

# Systems that round up a short queue make it this long at most (FreeBSD and macOS: 128).
_LONGEST_QUEUE = 300
_TAKEN_WITHIN_S = 0.05


class OutOfReach:
    """A port whose queue is full: whoever connects waits, as before a firewall that drops packets.

    Windows refuses after some 2 s instead; the client is turned away there as well.
    """

    def __init__(self) -> None:
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self._port: int = self._listener.getsockname()[1]
        self._waiting: list[socket.socket] = []
        self._fill()

    @property
    def url(self) -> str:
        """As an OpenAI client wants it, with /v1."""
        return f"http://127.0.0.1:{self._port}/v1"

    def _fill(self) -> None:
        while len(self._waiting) < _LONGEST_QUEUE:
            one = socket.socket()
            self._waiting.append(one)
            one.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                one.connect(("127.0.0.1", self._port))
            if not select.select([], [one], [], _TAKEN_WITHIN_S)[1]:
                return

    def close(self) -> None:
        """The end of the test; whoever still waits is refused."""
        for one in (*self._waiting, self._listener):
            one.close()

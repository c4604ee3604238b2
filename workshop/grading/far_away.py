"""A way to the mock that can be lost: from then on nobody refuses there and nobody answers."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from urllib.parse import urlsplit

# Systems that round up a short queue make it this long at most (FreeBSD and macOS: 128).
_LONGEST_QUEUE = 300
_TAKEN_WITHIN_S = 0.05
_CHUNK = 1 << 16


class FarAway:
    """Hands connections on to the server at `url`, until it goes out of reach.

    Then its queue is full: whoever connects waits, as before a firewall that drops packets. Windows
    refuses after some 2 s instead; the client is turned away there as well.
    """

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        self._to = (target.hostname, target.port)
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self._port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._is_lost = threading.Event()
        self._door = threading.Thread(target=self._let_through, daemon=True)
        self._door.start()

    @property
    def url(self) -> str:
        """As an OpenAI client wants it, with /v1."""
        return f"http://127.0.0.1:{self._port}/v1"

    def go_out_of_reach(self) -> None:
        """From now on no connection is taken, and those that there were are gone."""
        self._is_lost.set()
        self._door.join()
        self._hang_up()
        while len(self._open) < _LONGEST_QUEUE:
            one = socket.socket()
            self._open.append(one)
            one.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                one.connect(("127.0.0.1", self._port))
            if not select.select([], [one], [], _TAKEN_WITHIN_S)[1]:
                return

    def close(self) -> None:
        """The end of the test; whoever still waits is refused."""
        self._is_lost.set()
        self._door.join()
        self._hang_up()
        self._listener.close()

    def _hang_up(self) -> None:
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def _let_through(self) -> None:
        while not self._is_lost.is_set():
            if select.select([self._listener], [], [], _TAKEN_WITHIN_S)[0]:
                near, far = self._listener.accept()[0], socket.create_connection(self._to)
                self._open += (near, far)
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=_hand_on, args=ends, daemon=True).start()


def _hand_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)

"""A client that reads many streams at once and notes when each chunk comes.

One thread, epoll and plain sockets: a chunk costs it some microseconds, and streams.py shows how
busy it was.
"""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
import time
from collections.abc import Sequence

from asking import CHAT
from process import BenchmarkError

_CONTENT = b'"content":"'
_END = b"0\r\n\r\n"  # of a chunked body
_KEPT = max(len(_CONTENT), len(_END)) - 1
_MOST_BYTES = 1 << 16
_DRAIN_S = 10.0


class _Stream:
    """A connection, and the stream that it reads now."""

    __slots__ = ("chunks", "ended", "handle", "sent", "tail")

    def __init__(self, handle: socket.socket) -> None:
        self.handle = handle
        self.sent = 0.0
        self.chunks = 0
        self.tail = b""
        self.ended = True


class StreamClient:
    """Keeps so many streams going; when one ends, its connection asks for the next.

    Args:
        chunk_s: what the first chunk takes, and each next one, in seconds.

    Raises:
        OSError: the server cannot be reached.
    """

    def __init__(self, port: int, bodies: Sequence[bytes], streams: int, chunk_s: float) -> None:
        self.lateness_s: list[float] = []
        self._chunk_s = chunk_s
        self._requests = itertools.cycle(list(map(_request, bodies)))
        self._epoll = select.epoll()
        self._streams: dict[int, _Stream] = {}
        try:
            for _ in range(streams):
                handle = socket.create_connection(("127.0.0.1", port))
                handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._streams[handle.fileno()] = _Stream(handle)
                self._epoll.register(handle.fileno(), select.EPOLLIN)
        except OSError:
            self.close()
            raise

    def run(self, seconds: float, ramp_s: float) -> float:
        """Stream for so long, the first streams begun evenly over `ramp_s`; let all end.

        Returns:
            How many seconds it took.

        Raises:
            BenchmarkError: the server broke a stream off, refused one or did not end it.
        """
        clock = time.perf_counter
        began = clock()
        waiting = list(enumerate(self._streams.values()))[::-1]
        every = ramp_s / len(waiting)
        ends = began + seconds
        under_way = 0
        while waiting or under_way:
            while waiting and clock() >= began + waiting[-1][0] * every:
                self._begin(waiting.pop()[1])
                under_way += 1
            timeout = max(0.0, began + waiting[-1][0] * every - clock()) if waiting else 1.0
            for number, _ in self._epoll.poll(timeout):
                stream = self._streams[number]
                data = stream.handle.recv(_MOST_BYTES)
                self._note(stream, data, clock())
                if stream.ended:
                    under_way -= 1
                    if clock() < ends:
                        self._begin(stream)
                        under_way += 1
            if clock() > ends + _DRAIN_S:
                raise BenchmarkError(f"{under_way} streams did not end")
        return clock() - began

    def close(self) -> None:
        """Close all connections."""
        for stream in self._streams.values():
            with contextlib.suppress(OSError):
                stream.handle.close()
        self._epoll.close()

    def _begin(self, stream: _Stream) -> None:
        # The opening event has an empty content; it goes with the first chunk.
        stream.chunks, stream.tail, stream.ended = -1, b"", False
        stream.sent = time.perf_counter()
        stream.handle.sendall(next(self._requests))

    def _note(self, stream: _Stream, data: bytes, now: float) -> None:
        if not data:
            raise BenchmarkError("the server broke a stream off")
        if stream.chunks < 0 and not stream.tail and not data.startswith(b"HTTP/1.1 200"):
            raise BenchmarkError(f"the server refused a stream: {data[:200]!r}")
        data = stream.tail + data
        for _ in range(data.count(_CONTENT)):
            if stream.chunks >= 0:
                due = stream.sent + self._chunk_s * (1 + stream.chunks)
                self.lateness_s.append(now - due)
            stream.chunks += 1
        stream.ended = data.endswith(_END)
        # A mark that is split between two reads is found with the next; one that is whole is not
        # counted again, because the tail is shorter than it.
        stream.tail = data[-_KEPT:]


def _request(body: bytes) -> bytes:
    return (
        f"POST {CHAT} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sk-bench\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body

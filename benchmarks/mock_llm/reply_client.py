"""A client that keeps many requests going and writes down each reply that it received whole."""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
from collections.abc import Callable, Sequence

import orjson
from asking import CHAT
from process import BenchmarkError

_MOST_BYTES = 1 << 16
_WAIT_S = 1.0
_PATIENCE = 30  # waits in a row in which nothing comes


class ReplyClient:
    """Sends requests over so many connections, each as soon as the reply before it is there.

    `replies` has, for each whole reply, its x-request-id, prompt tokens and completion tokens.

    Raises:
        OSError: the server cannot be reached.
    """

    def __init__(self, port: int, bodies: Sequence[bytes], connections: int) -> None:
        self.replies: list[tuple[str, int, int]] = []
        self._requests = itertools.cycle(list(map(_request, bodies)))
        self._epoll = select.epoll()
        self._handles: dict[int, socket.socket] = {}
        self._received: dict[int, bytes] = {}
        try:
            for _ in range(connections):
                handle = socket.create_connection(("127.0.0.1", port))
                handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._handles[handle.fileno()] = handle
                self._epoll.register(handle.fileno(), select.EPOLLIN)
        except OSError:
            self.close()
            raise

    def run(self, replies: int, then: Callable[[], object] | None = None) -> None:
        """Send until there are so many replies more.

        Args:
            then: what ends the server then, with requests under way; what arrived before is still
                read. Without it no more is sent, and every request gets its reply.

        Raises:
            BenchmarkError: a reply is not 200, or none comes any more.
        """
        wanted = len(self.replies) + replies
        under_way = set(self._handles)
        for number in under_way:
            self._send(number)
        is_over = False
        quiet = 0
        while under_way:
            ready = self._epoll.poll(_WAIT_S)
            quiet = 0 if ready else quiet + 1
            if quiet > _PATIENCE:
                raise BenchmarkError(f"{len(under_way)} replies did not come")
            for number, _ in ready:
                if number not in under_way:
                    continue
                got = self._read(number)
                if got is None and not is_over:
                    raise BenchmarkError("the server closed a connection")
                if got is None:
                    under_way.discard(number)
                    self._epoll.unregister(number)
                elif got and (is_over or len(self.replies) >= wanted):
                    if then is None:
                        under_way.discard(number)
                elif got:
                    self._send(number)
            if then is not None and not is_over and len(self.replies) >= wanted:
                then()
                is_over = True

    def close(self) -> None:
        """Close all connections."""
        for handle in self._handles.values():
            with contextlib.suppress(OSError):
                handle.close()
        self._epoll.close()

    def _send(self, number: int) -> None:
        self._received[number] = b""
        self._handles[number].sendall(next(self._requests))

    def _read(self, number: int) -> bool | None:
        """Whether a reply is whole now; None if the connection has ended."""
        try:
            data = self._handles[number].recv(_MOST_BYTES)
        except ConnectionError:
            return None
        if not data:
            return None
        data = self._received[number] = self._received[number] + data
        head, mark, body = data.partition(b"\r\n\r\n")
        if not mark or len(body) < int(_header(head, b"content-length")):
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise BenchmarkError(f"a reply was refused: {data[:300]!r}")
        usage = orjson.loads(body)["usage"]
        id = _header(head, b"x-request-id").decode()
        self.replies.append((id, usage["prompt_tokens"], usage["completion_tokens"]))
        return True


def _header(head: bytes, name: bytes) -> bytes:
    start = head.lower().index(b"\r\n" + name + b":") + len(name) + 3
    return head[start:].partition(b"\r\n")[0].strip()


def _request(body: bytes) -> bytes:
    return (
        f"POST {CHAT} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sk-bench\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body

"""HTTP by uvicorn's httptools protocol, with a short way for requests that need no waiting.

A request to a path that has a short way (see `mock_llm.wire.openai.express`) is held until it is
complete; only if it cannot be answered at once, a cycle of uvicorn's begins. And a client sends the
same header lines again and again: what the parser made of them is kept, so that the next request
with the very same bytes is not parsed anew.
"""

import asyncio
import contextlib
import logging
import os
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_llm.app import Application
from mock_llm.outbox import Outbox, Outlet
from mock_llm.player import Part, Player
from mock_llm.wire.asgi import ABORT, HANG_UP, PLAY, Receive, Scope, Send
from mock_llm.wire.openai.express import LONGEST_BODY, Head
from mock_llm.wire.openai.express import PATH as EXPRESS
from mock_llm.wire.openai.paced import Paced

_log = logging.getLogger("mock_llm")
_CLOSE_WITH_RESET = struct.pack("ii", 1, 0)
_FIRST_LINE = b"POST %b HTTP/1.1\r\n" % EXPRESS
_LONGEST_HEAD = 2 * 1024
_REMEMBERED_HEADS = 4_096
PATIENCE_S = 75.0  # with a client that sends or reads only the beginning of something
MOST_CONNECTIONS = 10_000
# Of a request that is not its body: the request line and headers, the frames of a chunked body.
MOST_HEAD_BYTES = 64 * 1024
_FRAME_BYTES = 16  # around each byte of a chunked body, at most

_REFUSED = (
    b"HTTP/1.1 %b\r\n%bcontent-type: application/json\r\ncontent-length: %d\r\n"
    b"connection: close\r\n\r\n%b"
)
_STATUS = {
    400: b"400 Bad Request",
    431: b"431 Request Header Fields Too Large",
}

Heads = dict[bytes, Head]


def make_protocol() -> Callable[..., HttpToolsProtocol]:
    """A protocol whose connections share what they know about header lines, and an outbox."""
    heads: Heads = {}
    outbox = Outbox()

    def connect(*arguments: Any, **named: Any) -> HttpToolsProtocol:
        return Protocol(heads, outbox, *arguments, **named)

    return connect


class Protocol(HttpToolsProtocol):
    """One connection, with ways for the app to reset or to close it.

    Args:
        heads: the requests' beginnings that were parsed before, up to the empty line.
        outbox: of all connections; what goes the short way is sent by it.
    """

    def __init__(self, heads: Heads, outbox: Outbox, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._express = self.app.express if isinstance(self.app, Application) else None
        self._heads = heads
        self._outbox = outbox
        self._head = b""  # of the request that is being parsed, if it came in one piece
        self._held: bytearray | None = None
        self._is_declined = False  # the request that is being parsed cannot take the short way
        self._is_midway = False  # in the parser, between the first and the last byte of a request
        self._written_headers: tuple[object, bytes] = (None, b"")
        self._last_used = 0.0
        self._player: Player | None = None
        self._ready: tuple[Head, bytes] | None = None  # complete, and not answered yet
        self._paced: Paced | None = None
        self._meanwhile = bytearray()  # what came while a paced reply was under way
        self._is_in_head = False
        self._overhead = 0  # bytes of the request that is being parsed that are not of its body
        self._unread = 0  # bytes that the client had not read when it was last looked at

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._out = Outlet(self._outbox, transport)
        self._heard = self.loop.time()
        self._patience = self.loop.call_later(PATIENCE_S, self._lose_patience)
        if len(self.connections) > MOST_CONNECTIONS:
            self.app, self._express = _full, None
        if len(self.connections) > 2 * MOST_CONNECTIONS:
            transport.abort()

    def _lose_patience(self) -> None:
        """Close a connection that has begun a request, or none yet, and says nothing more; break
        one whose client reads nothing of what was sent."""
        self._out.flush()
        silent = self.loop.time() - self._heard
        waiting = self._paced is not None or (not self._is_idle and not self.cycle.more_body)
        before, self._unread = self._unread, self.transport.get_write_buffer_size()
        if self.flow.write_paused and self._unread == before:
            self.transport.abort()
        elif silent >= PATIENCE_S - 0.01 and not waiting:
            self.transport.close()
        else:
            self._patience = self.loop.call_later(PATIENCE_S, self._lose_patience)

    def _refuse(self, status: int, message: str) -> None:
        """Say what is the matter with what came, and close the connection."""
        body = _error(message, "invalid_request_error")
        self._out.flush()
        self.transport.write(_REFUSED % (_STATUS[status], self._first_lines(), len(body), body))
        self.transport.close()

    def send_400_response(self, msg: str) -> None:
        self._answer_ready()
        self._refuse(400, msg)

    def eof_received(self) -> None:
        self._out.flush()
        super().eof_received()

    def shutdown(self) -> None:
        self._out.flush()
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        self._out.flush()  # this may be answered past the outbox, and must not overtake
        if self._paced is not None:
            self._meanwhile += data
            if len(self._meanwhile) > MOST_HEAD_BYTES:
                self.flow.pause_reading()
            return
        self._head = b""
        if not self._is_in_head:  # a head has to come within the time from its first byte
            self._heard = self.loop.time()
        if not self._is_midway and self._express is not None and data.startswith(_FIRST_LINE):
            end = data.find(b"\r\n\r\n", 0, _LONGEST_HEAD) + 4
            if end > 3:
                head = data[:end]
                known = self._heads.get(head)
                if known is None:
                    self._head = head
                elif known.body_bytes == len(data) - end and self._is_idle:
                    if self._answered(known, data[end:], alone=True):
                        return
                    self._is_declined = True
        self._overhead += len(data)
        super().data_received(data)
        if self._ready is not None:
            self._answer_ready(alone=True)
        if self._overhead > MOST_HEAD_BYTES and not self.transport.is_closing():
            self._refuse(431, f"A request's head may have at most {MOST_HEAD_BYTES} bytes.")

    @property
    def _is_idle(self) -> bool:
        """Whether no request of this connection waits for its reply."""
        if self._paced is not None:
            return False
        return self.cycle is None or self.cycle.response_complete

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self._ready is not None:
            self._answer_ready()
        self._is_midway = self._is_in_head = True
        super().on_message_begin()
        ways = {ABORT: self._reset, HANG_UP: self.transport.close, PLAY: self._play}
        self.scope["extensions"] = ways  # type: ignore[typeddict-item]  # functions, not tables

    def on_headers_complete(self) -> None:
        self._is_in_head, self._overhead = False, 0
        if (
            self._express is not None
            and self.url == EXPRESS
            and not self._is_declined
            and self._is_idle
            and not self.expect_100_continue
            and self.parser.get_method() == b"POST"
            and self.parser.should_keep_alive()
            and self.parser.get_http_version() == "1.1"
        ):
            self._held = bytearray()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._overhead = max(0, self._overhead - len(body) * _FRAME_BYTES)
        if self._held is None:
            super().on_body(body)
            return
        self._held += body
        if len(self._held) > LONGEST_BODY:
            self._release()

    def on_message_complete(self) -> None:
        self._is_midway = self._is_declined = False
        self._overhead = 0
        if self._held is None:
            super().on_message_complete()
            return
        head = Head.of(self.headers)
        if head is None:
            self._release()
            super().on_message_complete()
        else:
            self._ready = head, bytes(self._held)

    def _answer_ready(self, *, alone: bool = False) -> None:
        """Answer the request that is complete, the short way if it can take it.

        Args:
            alone: whether nothing came after it; only then may its reply be waited for.
        """
        if self._ready is None:
            return
        (head, body), self._ready = self._ready, None
        if self._answered(head, body, alone=alone):
            self._remember(head)
            self._held = None
        else:
            self._release()
            super().on_message_complete()

    def _release(self) -> None:
        """Let a request that was held take the long way after all."""
        held, self._held = self._held, None
        super().on_headers_complete()
        if held:
            super().on_body(bytes(held))

    def _remember(self, head: Head) -> None:
        if self._head and head.body_bytes is not None:
            if len(self._heads) >= _REMEMBERED_HEADS:
                self._heads.pop(next(iter(self._heads)))
            self._heads[self._head] = head
        self._head = b""

    # The short way.

    def _answered(self, head: Head, body: bytes, *, alone: bool) -> bool:
        assert self._express is not None
        if self.flow.write_paused:
            return False  # who does not read what was said waits in line, the long way
        try:
            now = self.loop.time()
            reply = self._express.answer(head, body, self._first_lines(), now if alone else None)
        except Exception:
            _log.exception("a bug in mock_llm, on the short way")
            return False
        if reply is None:
            return False
        self.server_state.total_requests += 1
        self._last_used = now
        if isinstance(reply, Paced):
            self._send_in_time(reply)
            return True
        self._out.write(reply)
        if self.timeout_keep_alive_task is None:
            self._wait_for_more(self.timeout_keep_alive)
        return True

    def _send_in_time(self, reply: Paced) -> None:
        self._unset_keepalive_if_required()
        self._paced = reply
        self._player = Player(self._out, self.flow, reply.parts, framed=False)
        self._player.done.add_done_callback(self._sent_in_time)

    def _leave_paced(self) -> None:
        """Bill and write down what was generated of a reply whose client has left."""
        if self._paced is not None:
            self._paced.left(self.loop.time())
            self._paced = None

    def break_off(self) -> None:
        """Leave the client with what it has."""
        self._leave_paced()
        self.transport.abort()

    def _sent_in_time(self, done: "asyncio.Future[bool]") -> None:
        if self._paced is None:  # the client has left
            return
        if not done.result():
            self.transport.abort()
            return
        self._paced = None
        self._last_used = self.loop.time()
        self._wait_for_more(self.timeout_keep_alive)
        self.flow.resume_reading()
        if self._meanwhile:
            data, self._meanwhile = bytes(self._meanwhile), bytearray()
            self.data_received(data)

    def _first_lines(self) -> bytes:
        """The server's own headers; uvicorn makes a new list of them each second."""
        headers = self.server_state.default_headers
        if self._written_headers[0] is not headers:
            lines = b"".join([b"%b: %b\r\n" % header for header in headers])
            self._written_headers = (headers, lines)
        return self._written_headers[1]

    def _wait_for_more(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that nobody uses. The short way sets no alarm for each request: one
        that rings too early is set again."""
        left = self._last_used + self.timeout_keep_alive - self.loop.time()
        if left > 0.001:
            self._wait_for_more(left)
        elif self._is_idle:
            super().timeout_keep_alive_handler()

    def _play(self, parts: Iterator[Part]) -> Player | None:
        """Send the parts of the stream that has begun; None if its form has no parts."""
        if self.cycle is None or not self.cycle.chunked_encoding or self.cycle.disconnected:
            return None
        self._player = Player(self.transport, self.flow, parts)
        return self._player

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._player is not None:
            self._player.go_on()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.pipeline and not self.transport.is_closing():
            self.flow.pause_reading()  # the next requests of a pipeline are here already

    def connection_lost(self, exc: Exception | None) -> None:
        if self._player is not None:
            self._player.stop()
        self._leave_paced()
        self._patience.cancel()
        super().connection_lost(exc)

    def _reset(self) -> None:
        """Close at once, with a TCP reset instead of a proper end."""
        with contextlib.suppress(OSError, AttributeError):
            _linger_no_more(self.transport.get_extra_info("socket"))
        self.transport.abort()


async def _full(scope: Scope, receive: Receive, send: Send) -> None:
    """The app of connections that are too many."""
    body = _error("Too many connections to this server are open. Try later.", "overloaded_error")
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"retry-after", b"5"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _error(message: str, kind: str) -> bytes:
    """An error in a format that the clients of both providers read."""
    error = {"message": message, "type": kind, "param": None, "code": None}
    return orjson.dumps({"type": "error", "error": error})


def _linger_no_more(handle: Any) -> None:
    """Let a socket's close send a reset.

    uvloop's stand-in for a socket may not set options; a duplicate of the socket shares them.
    """
    if os.name == "nt":
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh", 1, 0))
        return
    with socket.socket(fileno=os.dup(handle.fileno())) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _CLOSE_WITH_RESET)

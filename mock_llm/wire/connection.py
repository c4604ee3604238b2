"""One request's connection, over ASGI: reads the body, waits, replies, notices who leaves."""

import asyncio
from collections.abc import Callable, Iterable, Iterator

from mock_llm.injected.overrides import Overrides, read_overrides
from mock_llm.refusals import ClientGone, Refusal
from mock_llm.wire.asgi import ABORT, HANG_UP, PLAY, Receive, Scope, Send
from mock_llm.wire.portless import connection_broken, read_timeout
from mock_llm.wire.uploads import UPLOADS, Upload

Headers = list[tuple[bytes, bytes]]
_PIECE_BYTES = 256 * 1024
_LOST_WITHIN_S = 0.1
_LONGEST_S = 1e9  # an alarm beyond this, thirty years, is more than event loops can count
MakeHeaders = Callable[[int], Iterable[tuple[bytes, bytes]]]


class Connection:
    """Leads to one client for one request; see `mock_llm.job.Line`.

    Args:
        make_headers: gives the headers of a reply that used so many tokens.
        begun: whether a stream has begun, so that an error has to be an event of it.
        replied: whether a status was sent, so that there cannot be another one.
        ended: whether the last of the reply was sent, so that nothing can follow.
    """

    __slots__ = (
        "_arrived",
        "_gone",
        "_loop",
        "_receive",
        "_scope",
        "_send",
        "_waiter",
        "_watcher",
        "begun",
        "ended",
        "headers",
        "make_headers",
        "replied",
        "timeout_s",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._arrived = self._loop.time()
        self._watcher: asyncio.Task[None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._gone = False
        self.begun = self.replied = self.ended = False
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.make_headers: MakeHeaders = lambda tokens: ()
        self.timeout_s: float | None = None

    @property
    def method(self) -> str:
        return str(self._scope["method"])

    @property
    def path(self) -> str:
        return str(self._scope["path"])

    @property
    def elapsed(self) -> float:
        return self._loop.time() - self._arrived

    async def read(self, limit: int) -> bytes:
        """The request's body.

        Raises:
            Refusal: it has more than `limit` bytes, or too much is being sent by all.
            ClientGone: the client left before it was complete.
        """
        declared = self.headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > limit:
            raise _too_large(limit)
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            body = bytes(message.get("body", b""))
            if len(body) > limit:
                raise _too_large(limit)
            return body
        parts = bytearray()
        with Upload(UPLOADS) as upload:
            while message["type"] == "http.request":
                part = message.get("body", b"")
                upload.grow(len(part))
                parts += part
                if len(parts) > limit:
                    raise _too_large(limit)
                if not message.get("more_body"):
                    return bytes(parts)
                message = await self._receive()
        raise ClientGone

    async def until(self, moment: float) -> None:
        wait = moment - self.elapsed
        if wait > 0.0:
            patience = self._patience()
            if patience is not None and patience < wait:
                await self._sleep(patience)
                raise ClientGone from read_timeout(f"nothing came within {self.timeout_s:g} s")
            await self._sleep(wait)

    async def hold(self, seconds: float | None) -> None:
        if seconds is not None:
            await self.until(seconds)
        elif (patience := self._patience()) is not None:
            await self.until(self.elapsed + patience + 1.0)
        else:
            await self._sleep(None)

    def overrides(self, token: str | None) -> Overrides | None:
        query: bytes = self._scope.get("query_string", b"")
        if query or b"x-mock-fault" in self.headers or b"x-mock-latency" in self.headers:
            return read_overrides(self.headers, query, token)
        return None

    async def reply(self, body: bytes, tokens: int, *, kind: bytes = b"application/json") -> None:
        await self.answer(200, kind, body, self.make_headers(tokens))

    async def promise(self, length: int, tokens: int) -> None:
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(length).encode()),
            *self.make_headers(tokens),
        ]
        self.replied = True
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})

    async def answer(
        self, status: int, kind: bytes, body: bytes, more: Iterable[tuple[bytes, bytes]]
    ) -> None:
        """Send a whole reply with any status."""
        self._stop_watching()
        self.ended = True
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            *more,
        ]
        self.replied = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._write(body, more=False)

    async def start(self, tokens: int) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-cache"),
            *self.make_headers(tokens),
        ]
        self.begun = self.replied = True
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})

    async def push(self, data: bytes, *, last: bool = False) -> None:
        if last:
            self._stop_watching()
            self.ended = True
        await self._write(data, more=not last)

    async def _write(self, data: bytes, *, more: bool) -> None:
        """Send bytes, a large reply in pieces: the server waits before each until a client that
        reads slowly has read most of what went before."""
        begins = 0
        while len(data) - begins > _PIECE_BYTES:
            piece = data[begins : begins + _PIECE_BYTES]
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
            begins += _PIECE_BYTES
        rest = data[begins:] if begins else data
        await self._send({"type": "http.response.body", "body": rest, "more_body": more})

    async def play(self, parts: Iterator[tuple[float, bytes]]) -> None:
        play = self._scope.get("extensions", {}).get(PLAY)
        if play is not None and not self._gone:
            arrived = self._arrived
            player = play((arrived + moment, data) for moment, data in parts)
            if player is not None:
                try:
                    if not await player.done:
                        self._gone = True
                        raise ClientGone
                finally:
                    player.stop()
                return
        for moment, data in parts:
            await self.until(moment)
            await self.push(data)

    async def hang_up(self) -> None:
        await self._break(HANG_UP, "the connection was closed before the reply was complete")

    async def abort(self) -> None:
        await self._break(ABORT, "the connection was reset")

    async def _break(self, how: str, portless: str) -> None:
        end = self._scope.get("extensions", {}).get(how)
        if end is None:
            raise connection_broken(portless)
        end()
        # The server must see the connection as lost before the app returns without a reply.
        await self._gone_for_good()

    async def has_broken(self) -> bool:
        """Whether the client is gone; asked after a write that raised. A transport that breaks
        while it is written to raises first, and says a moment later that it is lost."""
        self._stop_watching()
        try:
            async with asyncio.timeout(_LOST_WITHIN_S):
                await self._gone_for_good()
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Stop watching the client."""
        self._stop_watching()

    def _patience(self) -> float | None:
        """What the client's own timeout leaves, where no transport keeps it."""
        if self.timeout_s is None or ABORT in self._scope.get("extensions", {}):
            return None
        return max(0.0, self.timeout_s - self.elapsed)

    async def _sleep(self, seconds: float | None) -> None:
        """Sleep, unless the client leaves."""
        if self._watcher is None:
            self._watcher = self._loop.create_task(self._watch())
        if not self._gone:
            self._waiter = self._loop.create_future()
            alarm = None
            if seconds is not None:
                alarm = self._loop.call_later(min(seconds, _LONGEST_S), self._wake)
            try:
                await self._waiter
            finally:
                self._waiter = None
                if alarm is not None:
                    alarm.cancel()
        if self._gone:
            raise ClientGone

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _gone_for_good(self) -> None:
        if self._watcher is None:
            self._watcher = self._loop.create_task(self._watch())
        await self._watcher

    def _stop_watching(self) -> None:
        if self._watcher is not None and not self._watcher.done():
            self._watcher.cancel()
        self._watcher = None


def _too_large(limit: int) -> Refusal:
    return Refusal("too_large", f"The request body may have at most {limit} bytes.")

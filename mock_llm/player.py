"""Sends a stream's parts when they are due, by the event loop's alarms alone.

A task that sleeps from part to part costs a future, a wake-up and a walk through uvicorn each time:
a thousand streams at fifty parts a second would take more than a processor. Here each part is one
alarm that writes and sets the next one. What is due together goes out together.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Protocol

from uvicorn.protocols.http.flow_control import FlowControl

Part = tuple[float, bytes | Callable[[], bytes]]
_EARLY_S = 0.0005  # what is due so soon goes along
_MOST_BYTES = 64 * 1024
_LONGEST_S = 1e9  # an alarm beyond this, thirty years, is more than event loops can count


class Way(Protocol):
    """Where bytes are written: a transport, or an outlet before it."""

    def write(self, data: bytes) -> None: ...


class Player:
    """One stream's parts on their way.

    Args:
        way: to the client.
        parts: (when it is due by the loop's clock in seconds, what to send), in order; a function
            is called for what to send when it is due.
        framed: whether what is sent becomes chunks of a chunked body.
    """

    __slots__ = (
        "_alarm",
        "_flow",
        "_framed",
        "_loop",
        "_next",
        "_parts",
        "_waits",
        "_way",
        "done",
    )

    def __init__(
        self,
        way: Way,
        flow: FlowControl,
        parts: Iterator[Part],
        *,
        framed: bool = True,
    ) -> None:
        self._way = way
        self._flow = flow
        self._loop = asyncio.get_running_loop()
        self._parts = parts
        self._framed = framed
        self._next = next(parts, None)
        self._waits = False
        self._alarm: asyncio.TimerHandle | None = None
        self.done: asyncio.Future[bool] = self._loop.create_future()
        """Whether all parts were sent, once that is known."""
        self._play()

    def _play(self) -> None:
        self._alarm = None
        self._waits = False
        now = self._loop.time() + _EARLY_S
        while not self.done.done():
            if self._flow.write_paused:
                self._waits = True
                return
            try:
                part = self._write_due(now)
            except BaseException:
                self.stop()
                raise
            if part is None:
                self.done.set_result(True)
            elif part[0] > now:
                self._alarm = self._loop.call_at(min(part[0], now + _LONGEST_S), self._play)
                return

    def _write_due(self, now: float) -> Part | None:
        """Send what is due, or as much of it as a slow client is kept at a time; give the part
        that comes next."""
        part = self._next
        if part is None or part[0] > now:
            return part
        data = part[1] if isinstance(part[1], bytes) else part[1]()
        part = next(self._parts, None)
        if part is not None and part[0] <= now:
            due, size = [data], len(data)
            while part is not None and part[0] <= now and size < _MOST_BYTES:
                data = part[1] if isinstance(part[1], bytes) else part[1]()
                due.append(data)
                size += len(data)
                part = next(self._parts, None)
            data = b"".join(due)
        self._next = part
        self._way.write(b"%x\r\n%b\r\n" % (len(data), data) if self._framed else data)
        return part

    def go_on(self) -> None:
        """Send what has become due while the client was too slow to read."""
        if self._waits:
            self._play()

    def stop(self) -> None:
        """Send nothing more."""
        if self._alarm is not None:
            self._alarm.cancel()
        if not self.done.done():
            self.done.set_result(False)

"""Sends what was said to many clients together, once all that had arrived is answered.

Who waits for a reply is asleep. To wake a client takes the kernel longer than to take its bytes,
and each reply would do it anew: the client is through with one long before the next is made. What
is sent together wakes it once. On a server that has nothing else to do nothing waits: a turn of the
event loop with one request in it ends with that request.
"""

import asyncio


class Outbox:
    """What the connections of one server have said in this turn of the event loop."""

    __slots__ = ("_outlets",)

    def __init__(self) -> None:
        self._outlets: list[Outlet] = []

    def add(self, outlet: "Outlet") -> None:
        """Let an outlet be flushed when this turn's events are handled."""
        if not self._outlets:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outlets.append(outlet)

    def _flush(self) -> None:
        outlets, self._outlets = self._outlets, []
        for outlet in outlets:
            outlet.flush()


class Outlet:
    """One connection's way out.

    It holds one piece back at a time. Whoever writes to the transport past it, or closes it, calls
    `flush` first.
    """

    __slots__ = ("_held", "_outbox", "_transport")

    def __init__(self, outbox: Outbox, transport: asyncio.WriteTransport) -> None:
        self._outbox = outbox
        self._transport = transport
        self._held: bytes | None = None

    def write(self, data: bytes) -> None:
        """Send something, soon and in order."""
        if self._held is None:
            self._held = data
            self._outbox.add(self)
        else:
            self.flush()
            self._transport.write(data)

    def flush(self) -> None:
        """Send what is held back, unless the transport is closed already."""
        data, self._held = self._held, None
        if data is not None and not self._transport.is_closing():
            self._transport.write(data)

"""A line to nobody: for requests that run without a client waiting, as those of a batch do."""

from collections.abc import Iterator


class Nobody:
    """Where a batched request's reply goes; see `mock_llm.job.Line`. Nothing is waited for.

    `body` is the reply, None if there was none; `hangs` says that there would never be one.
    """

    def __init__(self) -> None:
        self.body: bytes | None = None
        self.hangs = False
        self._parts = bytearray()

    @property
    def elapsed(self) -> float:
        return 0.0

    async def until(self, moment: float) -> None:
        pass

    async def hold(self, seconds: float | None) -> None:
        self.hangs = seconds is None

    def overrides(self, token: str | None) -> None:
        return None

    async def reply(self, body: bytes, tokens: int, *, kind: bytes = b"") -> None:
        self.body = body

    async def promise(self, length: int, tokens: int) -> None:
        self._parts = bytearray()

    async def start(self, tokens: int) -> None:
        raise NotImplementedError("nobody is there to stream to")

    async def push(self, data: bytes, *, last: bool = False) -> None:
        self._parts += data
        if last:
            self.body = bytes(self._parts)

    async def play(self, parts: Iterator[tuple[float, bytes]]) -> None:
        for _, data in parts:
            await self.push(data)

    async def hang_up(self) -> None:
        pass

    async def abort(self) -> None:
        pass

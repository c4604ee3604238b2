"""Bounds the bodies that are being received at the same time, however many connections send one."""

from types import TracebackType
from typing import Self

from mock_llm.refusals import Refusal, retry_after

MOST_BYTES_AT_ONCE = 256 * 1024 * 1024


class Uploads:
    """What all requests of a process have sent of bodies that are not complete yet."""

    def __init__(self, most: int = MOST_BYTES_AT_ONCE) -> None:
        self.most = most
        self.bytes = 0


class Upload:
    """One body on its way; counts until the end of its `with` block."""

    __slots__ = ("_bytes", "_uploads")

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads
        self._bytes = 0

    def __enter__(self) -> Self:
        return self

    def grow(self, more: int) -> None:
        """Count more bytes.

        Raises:
            Refusal: all bodies together are too much.
        """
        self._bytes += more
        self._uploads.bytes += more
        if self._uploads.bytes > self._uploads.most:
            raise Refusal(
                "unavailable",
                "Too much is being uploaded to this server at once. Please try again later.",
                headers=retry_after(1.0),
            )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._uploads.bytes -= self._bytes


UPLOADS = Uploads()

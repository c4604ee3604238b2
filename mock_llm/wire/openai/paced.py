"""The short way for a reply that has to be waited for: its bytes, each with its moment.

The same bytes at the same moments as on the long way, billed and recorded alike, but without a
task, an ASGI cycle and a generator of events for each reply; see `mock_llm.wire.openai.express`.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from mock_llm import engine
from mock_llm.delivery import parts_of
from mock_llm.evidence.visit import Visit
from mock_llm.job import Result
from mock_llm.player import Part
from mock_llm.wire.openai.chat import ChatJob
from mock_llm.wire.openai.frames import plain_chunk

STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\n%bcontent-type: text/event-stream; charset=utf-8\r\n"
    b"cache-control: no-cache\r\ntransfer-encoding: chunked\r\n"
    b"x-request-id: req_%b\r\nopenai-processing-ms: %d\r\nopenai-version: 2020-10-01\r\n%b\r\n"
)
_CHUNK = b"%x\r\n%b\r\n"
_END = b"0\r\n\r\n"


class Paced:
    """One reply on its way.

    Args:
        arrivals: when each chunk is there, in seconds after the request came.
        arrived: when the request came, by the loop's clock in seconds.
    """

    __slots__ = ("_arrivals", "_arrived", "_result", "_visit", "parts")

    def __init__(
        self, visit: Visit, result: Result, arrivals: Sequence[float], arrived: float
    ) -> None:
        self._visit = visit
        self._result = result
        self._arrivals = arrivals
        self._arrived = arrived
        self.parts: Iterator[Part] = iter(())
        """What to send, each by the loop's clock in seconds."""

    def whole(self, write: Callable[[], bytes]) -> None:
        """Send a reply in one piece; `write` makes it, when it is due."""
        self.parts = iter([(self._arrived + self._arrivals[-1], partial(self._last, write))])

    def stream(self, job: ChatJob, quoted: Sequence[bytes], head: Callable[[], bytes]) -> None:
        """Send a stream, with the pieces of its text as JSON, or none if they are not plain."""
        self.parts = self._streamed(job, quoted, head)

    def left(self, now: float) -> None:
        """The client has gone; by the loop's clock in seconds."""
        begun = self._visit.first_token_s is not None
        engine.leave(self._visit, self._result, self._arrivals, now - self._arrived, begun=begun)

    def _streamed(
        self, job: ChatJob, quoted: Sequence[bytes], head: Callable[[], bytes]
    ) -> Iterator[Part]:
        chunks = self._chunks(job, quoted)
        arrived = self._arrived
        first = next(chunks)
        second = next(chunks, None)
        if second is None:
            yield arrived + first[0], partial(self._last, partial(self._first, head, first[1]))
            return
        yield arrived + first[0], partial(self._first, head, first[1])
        moment, data = second
        for following in chunks:
            yield arrived + moment, _CHUNK % (len(data), data)
            moment, data = following
        # Written down first: whoever holds a whole reply finds it in the journal.
        yield arrived + moment, partial(self._last, lambda: _CHUNK % (len(data), data))

    def _chunks(self, job: ChatJob, quoted: Sequence[bytes]) -> Iterator[tuple[float, bytes]]:
        """What is due at each moment, in seconds after the request came."""
        visit, result, arrivals = self._visit, self._result, self._arrivals
        if not quoted:
            yield from parts_of(job.events(visit, result), arrivals)
            return
        used = result.usage if job.with_usage else None
        choice = result.choices[0]
        data, begins, ends, last = plain_chunk(
            job.model.asked_as, visit.token, visit.created, choice.finish_reason, used
        )
        newest = arrivals[0]
        for moment, piece in zip(arrivals[choice.reasoning :], quoted, strict=True):
            if moment > newest:
                yield newest, data
                newest, data = moment, begins + piece + ends
            else:
                data += begins + piece + ends
        yield newest, data + last

    def _first(self, head: Callable[[], bytes], data: bytes) -> bytes:
        self._visit.first_token_s = self._visit.elapsed
        return head() + _CHUNK % (len(data), data)

    def _last(self, write: Callable[[], bytes]) -> bytes:
        data = write()
        self._visit.close("ok", 200)
        return data + _END if self._visit.stream else data

"""A reply's way to the client: waits until it is due, bills, records, and sends it.

Faults of a sound answer strike here: bodies that are cut, slow or misnamed, streams that break.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mock_llm.evidence.visit import Visit
from mock_llm.injected import stream_faults
from mock_llm.injected.allowance import Charge
from mock_llm.injected.faults import Fault
from mock_llm.job import Job, Line, Result
from mock_llm.refusals import ClientGone, Refusal

GATEWAY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"


@dataclass(slots=True)
class Delivery:
    """One result on its way.

    Args:
        arrivals: when each chunk is there, in real seconds after the request came.
        charge: what the limits took on admission, where they are enforced.
        time_scale: what a fault's own waits are multiplied by.
        begun: whether status 200 was sent, or is about to be.
    """

    visit: Visit
    job: Job
    line: Line
    result: Result
    arrivals: Sequence[float]
    charge: Charge | None = None
    time_scale: float = 1.0
    begun: bool = False

    async def whole(self, fault: Fault | None) -> None:
        """Send the reply in one piece."""
        visit, line, result = self.visit, self.line, self.result
        body = self.job.body(visit, result)
        tokens = result.usage.prompt + result.usage.completion
        if self.arrivals[-1] > 0.0:
            await line.until(self.arrivals[-1])
        if fault is None or fault.kind not in _SPOILED:
            # Written down first: whoever holds a whole reply finds it in the journal.
            self.close()
            await line.reply(body, tokens)
        elif fault.kind == "not_json":
            self.close()
            await line.reply(GATEWAY_PAGE, tokens)
        elif fault.kind == "wrong_content_type":
            self.close()
            await line.reply(body, tokens, kind=b"text/plain; charset=utf-8")
        elif fault.kind == "body_cut":
            self.begun = True
            await line.promise(len(body), tokens)
            await line.push(body[: int(len(body) * _of(fault, "fraction"))])
            self.close()
            await line.hang_up()
        else:
            await self._trickle(body, tokens, int(_of(fault, "bytes_each")), _of(fault, "every_s"))

    async def _trickle(self, body: bytes, tokens: int, each: int, every_s: float) -> None:
        self.begun = True
        await self.line.promise(len(body), tokens)
        begun = self.line.elapsed
        for number, at in enumerate(range(0, len(body), each)):
            await self.line.until(begun + number * every_s * self.time_scale)
            last = at + each >= len(body)
            if last:
                self.close()
            await self.line.push(body[at : at + each], last=last)

    async def stream(self, fault: Fault | None) -> None:
        """Send the reply as a stream."""
        line, result, arrivals = self.line, self.result, self.arrivals
        events: Iterable[tuple[int, bytes]] = self.job.events(self.visit, result)
        cut: int | None = None
        if fault is not None:
            events, cut = _spoiled(events, result, fault)
        if arrivals[0] > 0.0:
            await line.until(arrivals[0])
        self.begun = True
        self.visit.first_token_s = self.visit.elapsed
        await line.start(result.usage.prompt + result.usage.completion)
        parts = parts_of(events, arrivals)
        if cut is not None and fault is not None:
            await line.play(parts)
            await self._break_off(b"", cut, fault)
            return
        last = _Last(parts)
        await line.play(last.all_before())
        moment, data = last.part
        if moment > line.elapsed:
            await line.until(moment)
        self.close()
        await line.push(data, last=True)

    async def _break_off(self, due: bytes, cut: int, fault: Fault) -> None:
        """End a stream of which only the first chunks were sent."""
        line = self.line
        if fault.kind == "stall":
            await self._stall(due, cut, fault)
            return
        cut_short(self.visit, self.result, cut)
        if fault.kind == "stream_error":
            await line.push(due)
            self.close()
            raise Refusal("server_error", "The server had an error while processing your request.")
        self.close()
        if fault.setting("abort"):
            await line.push(due)
            await line.abort()
        else:
            await line.push(due, last=True)

    async def _stall(self, due: bytes, cut: int, fault: Fault) -> None:
        """Send nothing for a while, or until the client leaves; then the rest."""
        lasts = fault.setting("for_s")
        await self.line.push(due)
        now = self.line.elapsed
        try:
            await self.line.hold(None if lasts is None else now + lasts * self.time_scale)
        except (ClientGone, asyncio.CancelledError):
            cut_short(self.visit, self.result, cut)
            self.close()
            raise
        rest = self.job.events(self.visit, self.result)
        self.close()
        await self.line.push(b"".join(data for step, data in rest if step >= cut), last=True)

    def close(self) -> None:
        """Settle with the limits, bill and write down."""
        if self.charge is not None:
            self.charge.settle(self.visit.usage.prompt + self.visit.usage.completion)
        self.visit.close("ok", 200)


def parts_of(
    events: Iterable[tuple[int, bytes]], arrivals: Sequence[float]
) -> Iterator[tuple[float, bytes]]:
    """What is due at each moment, in real seconds after the request came."""
    newest, due = arrivals[0], bytearray()
    end = len(arrivals) - 1
    for step, event in events:
        moment = arrivals[step] if step < end else arrivals[end]
        if moment > newest:
            if due:
                yield newest, bytes(due)
                due.clear()
            newest = moment
        due += event
    if due:
        yield newest, bytes(due)


class _Last:
    """Keeps the last part of a stream back: it goes out once everything is written down."""

    def __init__(self, parts: Iterator[tuple[float, bytes]]) -> None:
        self._parts = parts
        self.part = next(parts, (0.0, b""))

    def all_before(self) -> Iterator[tuple[float, bytes]]:
        for part in self._parts:
            yield self.part
            self.part = part


def cut_short(visit: Visit, result: Result, steps: int) -> None:
    """Of this result only the first chunks came about."""
    visit.usage = result.usage_after(steps)
    visit.finish_reason = visit.correct = None
    visit.answer = "".join(result.choices[0].pieces[:steps]) if result.choices else ""


_SPOILED = frozenset(("not_json", "wrong_content_type", "body_cut", "trickle"))
_BREAKING = frozenset(("stream_cut", "stream_error", "stall"))


def _spoiled(
    events: Iterable[tuple[int, bytes]], result: Result, fault: Fault
) -> tuple[Iterator[tuple[int, bytes]], int | None]:
    """The events as a fault leaves them, and the chunk at which it breaks them off, if it does."""
    if fault.kind in _BREAKING:
        cut = stream_faults.cut_at(result.steps, _of(fault, "fraction"))
        return stream_faults.until(events, cut), cut
    if fault.kind == "not_json":
        return iter([(0, b"data: " + GATEWAY_PAGE + b"\n\n")]), None
    if fault.kind == "malformed_event":
        at = stream_faults.cut_at(result.steps, _of(fault, "fraction"))
        return stream_faults.malformed(events, at), None
    change = _CHANGES.get(fault.kind)
    return (change(events) if change else iter(events)), None


_CHANGES: dict[str, Callable[[Iterable[tuple[int, bytes]]], Iterator[tuple[int, bytes]]]] = {
    "no_done": stream_faults.without_end,
    "usage_missing": stream_faults.without_usage,
}


def _of(fault: Fault, setting: str) -> float:
    return fault.setting(setting) or 0.0

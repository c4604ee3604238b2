"""What a fault does to a stream of server-sent events, in any provider's format.

A part of a stream is a moment (the number of the chunk that it goes with) and bytes.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

Part = tuple[int, bytes]


def cut_at(steps: int, fraction: float) -> int:
    """The first chunk that is not sent any more."""
    return int(steps * fraction)


def until(parts: Iterable[Part], cut: int) -> Iterator[Part]:
    """The parts before a chunk."""
    for step, data in parts:
        if step >= cut:
            return
        yield step, data


def malformed(parts: Iterable[Part], at: int) -> Iterator[Part]:
    """All parts, the first one from a chunk on with its JSON broken off."""
    sound = True
    for step, data in parts:
        if sound and step >= at:
            sound = False
            data = _broken_off(data)
        yield step, data


def without_end(parts: Iterable[Part]) -> Iterator[Part]:
    """All parts but the event that ends the stream."""
    before: Part | None = None
    for part in parts:
        if before is not None:
            yield before
        before = part
    if before is not None:
        step, data = before
        kept = _events(data)[:-1]
        if kept:
            yield step, b"".join(kept)


def without_usage(parts: Iterable[Part]) -> Iterator[Part]:
    """All parts, without saying what was used."""
    for step, data in parts:
        if b'"usage"' in data:
            data = b"".join(filter(None, map(_without_usage, _events(data))))
        if data:
            yield step, data


def _events(data: bytes) -> list[bytes]:
    return [each + b"\n\n" for each in data.split(b"\n\n") if each]


def _broken_off(data: bytes) -> bytes:
    """The first event with half of its data, still ended as an event."""
    first, *others = _events(data)
    head, mark, body = first.partition(b"data: ")
    return b"".join([head, mark, body[: max(1, len(body) // 2)].rstrip(b"\n"), b"\n\n", *others])


def _without_usage(event: bytes) -> bytes:
    head, mark, body = event.partition(b"data: ")
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return event
    if not isinstance(data, dict):
        return event
    told = data.get("usage") is not None
    _drop(data)
    # An event that says nothing else is not sent at all.
    if told and data.get("choices") == []:
        return b""
    return b"".join([head, mark, orjson.dumps(data), b"\n\n"])


def _drop(data: dict[str, Any]) -> None:
    data.pop("usage", None)
    for value in data.values():
        if isinstance(value, dict):
            _drop(value)

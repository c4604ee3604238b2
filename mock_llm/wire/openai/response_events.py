"""A response as a stream of server-sent events, in their order and with their numbers.

Each event comes with the number of the chunk that it goes with. The events are made of the whole
response, so that a stream that was kept can be sent again.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from mock_llm.model import tokens

Json = Mapping[str, Any]

_MARK = "\0text\0"
_ENDS = {
    "completed": "response.completed",
    "incomplete": "response.incomplete",
    "failed": "response.failed",
    "cancelled": "response.incomplete",
}


class _Stream:
    """Numbers events, and remembers the chunk that they go with."""

    __slots__ = ("number", "step")

    def __init__(self) -> None:
        self.number = 0
        self.step = 0

    def event(self, kind: str, **data: Any) -> tuple[int, bytes]:
        event = {"type": kind, "sequence_number": self.number, **data}
        self.number += 1
        return self.step, b"event: %b\ndata: %b\n\n" % (kind.encode(), orjson.dumps(event))

    def deltas(
        self, kind: str, pieces: Sequence[str], more: Sequence[Json] = (), **data: Any
    ) -> Iterator[tuple[int, bytes]]:
        """An event for each piece; what is the same in all of them is written once."""
        if more:
            for piece, each in zip(pieces, more, strict=True):
                yield self.event(kind, delta=piece, **each, **data)
                self.step += 1
            return
        head = b"event: %b\ndata: " % kind.encode()
        before, after = orjson.dumps({"type": kind, "delta": _MARK, **data}).split(
            orjson.dumps(_MARK)
        )
        after = after[:-1]
        for piece in pieces:
            number = b',"sequence_number":%d}\n\n' % self.number
            yield self.step, head + before + orjson.dumps(piece) + after + number
            self.number += 1
            self.step += 1


def response_events(reply: Json, thoughts: int = 0) -> Iterator[tuple[int, bytes]]:
    """The events of a response that has ended; `thoughts` is the number of chunks without text."""
    stream = _Stream()
    begun = {**reply, "output": [], "usage": None, "completed_at": None, "incomplete_details": None}
    queued = bool(reply["background"])
    begun["status"] = "queued" if queued else "in_progress"
    yield stream.event("response.created", response=begun)
    if queued:
        yield stream.event("response.queued", response=begun)
        begun["status"] = "in_progress"
    yield stream.event("response.in_progress", response=begun)
    for index, item in enumerate(reply["output"]):
        kind = item["type"]
        if kind == "reasoning":
            yield from _reasoning(stream, index, item)
            stream.step = thoughts
        elif kind == "function_call":
            yield from _call(stream, index, item, "function_call_arguments", "arguments")
        elif kind == "custom_tool_call":
            yield from _call(stream, index, item, "custom_tool_call_input", "input")
        else:
            yield from _message(stream, index, item)
    yield stream.event(_ENDS[reply["status"]], response=reply)


def _reasoning(stream: _Stream, index: int, item: Json) -> Iterator[tuple[int, bytes]]:
    place = {"item_id": item["id"], "output_index": index}
    yield stream.event(
        "response.output_item.added", output_index=index, item={**item, "summary": []}
    )
    for number, part in enumerate(item["summary"]):
        where = {**place, "summary_index": number}
        yield stream.event(
            "response.reasoning_summary_part.added", **where, part={**part, "text": ""}
        )
        step = stream.step
        yield from stream.deltas(
            "response.reasoning_summary_text.delta", tokens.pieces(part["text"]), **where
        )
        stream.step = step
        yield stream.event("response.reasoning_summary_text.done", **where, text=part["text"])
        yield stream.event("response.reasoning_summary_part.done", **where, part=part)
    yield stream.event("response.output_item.done", output_index=index, item=item)


def _call(
    stream: _Stream, index: int, item: Json, kind: str, said: str
) -> Iterator[tuple[int, bytes]]:
    place = {"item_id": item["id"], "output_index": index}
    begun = {**item, said: "", "status": "in_progress"}
    yield stream.event("response.output_item.added", output_index=index, item=begun)
    yield from stream.deltas(f"response.{kind}.delta", tokens.pieces(item[said]), **place)
    done = {**place, "name": item["name"], said: item[said]}
    yield stream.event(f"response.{kind}.done", **done)
    yield stream.event("response.output_item.done", output_index=index, item=item)


def _message(stream: _Stream, index: int, item: Json) -> Iterator[tuple[int, bytes]]:
    begun = {**item, "content": [], "status": "in_progress"}
    yield stream.event("response.output_item.added", output_index=index, item=begun)
    for number, part in enumerate(item["content"]):
        place = {"item_id": item["id"], "output_index": index, "content_index": number}
        if part["type"] == "refusal":
            yield from _refusal(stream, place, part)
        else:
            yield from _text(stream, place, part)
    yield stream.event("response.output_item.done", output_index=index, item=item)


def _text(stream: _Stream, place: Json, part: Json) -> Iterator[tuple[int, bytes]]:
    text, known = part["text"], part["logprobs"]
    empty = {**part, "text": "", "logprobs": []}
    yield stream.event("response.content_part.added", **place, part=empty)
    pieces = tokens.pieces(text) if text else ()
    if known:
        each = [{"logprobs": [one]} for one in known]
        yield from stream.deltas("response.output_text.delta", pieces, each, **place)
    else:
        yield from stream.deltas("response.output_text.delta", pieces, **place, logprobs=[])
    yield stream.event("response.output_text.done", **place, text=text, logprobs=known)
    yield stream.event("response.content_part.done", **place, part=part)


def _refusal(stream: _Stream, place: Json, part: Json) -> Iterator[tuple[int, bytes]]:
    yield stream.event("response.content_part.added", **place, part={**part, "refusal": ""})
    pieces = tokens.pieces(part["refusal"])
    yield from stream.deltas("response.refusal.delta", pieces, **place)
    yield stream.event("response.refusal.done", **place, refusal=part["refusal"])
    yield stream.event("response.content_part.done", **place, part=part)

"""A message as a stream of server-sent events.

Each event comes with the number of the chunk that it goes with, so that the engine knows when it is
due. What stands around the text of a block's chunks is written once for all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from mock_llm.evidence.prices import Usage
from mock_llm.model.generation import Call
from mock_llm.wire.anthropic.answer import Answer, tool_use
from mock_llm.wire.anthropic.thinking import Thought
from mock_llm.wire.anthropic.usage import final_usage, usage

Event = tuple[int, bytes]
_MARK = "\0text\0"
_PING = b'event: ping\ndata: {"type":"ping"}\n\n'


def message_events(head: Mapping[str, Any], answer: Answer, used: Usage) -> Iterator[Event]:
    """The events of a message."""
    begun = usage(used, min(1, used.completion))
    yield 0, event("message_start", {"message": {**head, "usage": begun}})
    index = step = 0
    if answer.thought:
        yield from _thought(index, answer.thought, answer.reasoning)
        index, step = index + 1, answer.reasoning
    if answer.text:
        yield from _text(index, step, answer.spoken)
        index, step = index + 1, step + len(answer.spoken)
    for call in answer.calls:
        yield from _call(index, step, call)
        index, step = index + 1, step + len(call.pieces)
    if not index:
        yield 0, _PING
    ended = {
        "container": None,
        "stop_reason": answer.stop_reason,
        "stop_sequence": answer.stop_sequence,
        "stop_details": answer.stop_details,
    }
    yield answer.steps, event("message_delta", {"delta": ended, "usage": final_usage(used)})
    yield answer.steps, event("message_stop", {})


def event(name: str, data: Mapping[str, Any]) -> bytes:
    """One server-sent event."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps({"type": name, **data}))


def _thought(index: int, thought: Thought, steps: int) -> Iterator[Event]:
    yield from _opened(index, 0, {"type": "thinking", "thinking": "", "signature": ""})
    last = max(steps - 1, 0)
    if thought.text:
        yield from _deltas(index, 0, "thinking_delta", "thinking", thought.pieces)
    signed = {"type": "signature_delta", "signature": thought.signature}
    yield last, event("content_block_delta", {"index": index, "delta": signed})
    yield last, event("content_block_stop", {"index": index})


def _text(index: int, step: int, pieces: Sequence[str]) -> Iterator[Event]:
    yield from _opened(index, step, {"type": "text", "text": "", "citations": None})
    yield from _deltas(index, step, "text_delta", "text", pieces)
    yield step + len(pieces) - 1, event("content_block_stop", {"index": index})


def _call(index: int, step: int, call: Call) -> Iterator[Event]:
    yield from _opened(index, step, tool_use(call, {}))
    yield from _deltas(index, step, "input_json_delta", "partial_json", call.pieces)
    last = step + max(len(call.pieces) - 1, 0)
    yield last, event("content_block_stop", {"index": index})


def _opened(index: int, step: int, block: Mapping[str, Any]) -> Iterator[Event]:
    yield step, event("content_block_start", {"index": index, "content_block": block})
    if not index:
        yield step, _PING


def _deltas(index: int, step: int, kind: str, key: str, pieces: Sequence[str]) -> Iterator[Event]:
    delta = {"index": index, "delta": {"type": kind, key: _MARK}}
    before, after = event("content_block_delta", delta).split(orjson.dumps(_MARK))
    for place, piece in enumerate(pieces):
        yield step + place, before + orjson.dumps(piece) + after

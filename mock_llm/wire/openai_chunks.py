"""Chat completions as a stream of server-sent events.

Each event comes with the number of the chunk that it goes with, so that the engine knows when it is
due. The part around a chunk's text is the same for a whole stream and is written once: building
each event from scratch would make a stream several times as dear.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import orjson

from mock_llm.generation import Choice
from mock_llm.job import Result
from mock_llm.wire.openai_usage import DONE, event, usage

_MARK = "\0text\0"


def chat_events(
    head: Mapping[str, Any], result: Result, *, with_usage: bool
) -> Iterator[tuple[int, bytes]]:
    """The events of a chat completion; choices take turns, chunk by chunk."""
    nothing_yet = {"usage": None} if with_usage else {}

    def chunk(index: int, delta: Mapping[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
        return event({**head, "choices": [choice], **nothing_yet})

    for index, choice in enumerate(result.choices):
        said = None if choice.calls else ""
        yield 0, chunk(index, {"role": "assistant", "content": said, "refusal": None})
    frames = [
        chunk(index, {"content": _MARK}).split(orjson.dumps(_MARK))
        for index in range(len(result.choices))
    ]
    for step, pieces in enumerate(zip_longest(*(choice.pieces for choice in result.choices))):
        for (before, after), piece in zip(frames, pieces, strict=True):
            if piece is not None:
                yield step, before + orjson.dumps(piece) + after
    for index, choice in enumerate(result.choices):
        for step, delta in _call_deltas(choice):
            yield step, chunk(index, {"tool_calls": [delta]})
    end = result.steps
    for index, choice in enumerate(result.choices):
        yield end, chunk(index, {}, choice.finish_reason)
    if with_usage:
        yield end, event({**head, "choices": [], "usage": usage(result.usage)})
    yield end, DONE


def _call_deltas(choice: Choice) -> Sequence[tuple[int, Mapping[str, Any]]]:
    """A choice's tool calls: each opens with its name, then come its arguments."""
    deltas: list[tuple[int, Mapping[str, Any]]] = []
    step = 0
    for number, call in enumerate(choice.calls):
        opening = {"name": call.name, "arguments": ""}
        deltas.append(
            (step, {"index": number, "id": call.id, "type": "function", "function": opening})
        )
        for piece in call.pieces:
            deltas.append((step, {"index": number, "function": {"arguments": piece}}))
            step += 1
    return deltas

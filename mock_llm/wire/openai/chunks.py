"""Chat completions as a stream of server-sent events.

Each event comes with the number of the chunk that it goes with, so that the engine knows when it is
due. The part around a chunk's text is the same for a whole stream and is written once: building
each event from scratch would make a stream several times as dear.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import orjson

from mock_llm.job import Result
from mock_llm.model.generation import Choice
from mock_llm.wire.openai.calls import call_delta, call_object, finish_reason
from mock_llm.wire.openai.logprobs import chat_logprobs
from mock_llm.wire.openai.usage import DONE, event, usage

_MARK = "\0text\0"


def chat_events(
    head: Mapping[str, Any],
    result: Result,
    *,
    with_usage: bool,
    alternatives: int | None = None,
    legacy: bool = False,
) -> Iterator[tuple[int, bytes]]:
    """The events of a chat completion; choices take turns, chunk by chunk.

    With `alternatives` each chunk carries its token's log probability and so many alternatives;
    `legacy` calls a tool as one of the older `functions`.
    """
    nothing_yet = {"usage": None} if with_usage else {}

    def chunk(index: int, delta: Mapping[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
        return event({**head, "choices": [choice], **nothing_yet})

    for index, choice in enumerate(result.choices):
        said = None if choice.calls else ""
        yield 0, chunk(index, {"role": "assistant", "content": said, "refusal": None})
    frames = [
        chunk(index, {"refusal" if choice.refused else "content": _MARK}).split(orjson.dumps(_MARK))
        for index, choice in enumerate(result.choices)
    ]
    known = [_logprobs(choice, alternatives) for choice in result.choices]
    for step, pieces in enumerate(zip_longest(*(choice.pieces for choice in result.choices))):
        for (before, after), piece, logprobs in zip(frames, pieces, known, strict=True):
            if piece:
                if logprobs is not None:
                    after = after.replace(b'"logprobs":null', next(logprobs), 1)
                yield step, before + orjson.dumps(piece) + after
    for index, choice in enumerate(result.choices):
        for step, delta in _call_deltas(choice, legacy=legacy):
            yield step, chunk(index, delta)
    end = result.steps
    for index, choice in enumerate(result.choices):
        yield end, chunk(index, {}, finish_reason(choice, legacy=legacy))
    if with_usage:
        yield end, event({**head, "choices": [], "usage": usage(result.usage)})
    yield end, DONE


def _logprobs(choice: Choice, alternatives: int | None) -> Iterator[bytes] | None:
    """What each chunk says about its token's probability, as JSON."""
    if alternatives is None:
        return None
    known = chat_logprobs(choice.spoken, alternatives)
    said, none = ("refusal", "content") if choice.refused else ("content", "refusal")
    return (b'"logprobs":' + orjson.dumps({said: [each], none: None}) for each in known)


def _call_deltas(choice: Choice, *, legacy: bool) -> Sequence[tuple[int, Mapping[str, Any]]]:
    """A choice's tool calls: each opens with its name, then come its arguments."""
    deltas: list[tuple[int, Mapping[str, Any]]] = []
    step = choice.reasoning
    for number, call in enumerate(choice.calls):
        told = [call_object(call, ""), *(call_delta(call, piece) for piece in call.pieces)]
        for position, part in enumerate(told):
            if legacy:
                delta = {"function_call": part["function"]}
            else:
                delta = {"tool_calls": [{"index": number, **part}]}
            deltas.append((step + max(position - 1, 0), delta))
        step += len(call.pieces)
    return deltas

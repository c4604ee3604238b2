"""A plain stream in one piece: what `openai_chunks` yields event by event, for one choice of text.

What is the same in every stream of a model is written once and kept in pieces between the places
where streams differ, and so is each token as JSON. Tests compare both ways byte for byte.
"""

from collections.abc import Sequence
from functools import lru_cache

import orjson

from mock_llm.evidence.prices import Usage
from mock_llm.model import tokens
from mock_llm.model.generation import Choice
from mock_llm.wire.openai.usage import DONE, event, usage

_TOKEN, _CREATED, _TEXT = "token", 1_234_567_890_123, "\0text\0"
# Where streams of one model differ, beside their texts: from the id to the time.
_OWN = b'%b","object":"chat.completion.chunk","created":%d'


def quoted_pieces(choice: Choice) -> Sequence[bytes] | None:
    """The pieces of a choice as JSON; None if it is more than plain text, or if a character of it
    is more than one token."""
    if choice.calls or choice.refused:
        return None
    quoted = [_token(id) for id in tokens.ids(choice.text)] if choice.text else []
    return None if None in quoted else quoted  # type: ignore[return-value]  # none is None


def plain_stream(
    model: str, token: str, created: int, quoted: Sequence[bytes], finish: str, used: Usage | None
) -> bytes:
    """All events of a stream with one choice that is text alone.

    Args:
        token: what the ids are made of.
        created: seconds since 1970.
        quoted: from `quoted_pieces`.
        used: the usage, if the client asked for it.
    """
    own = _OWN % (token.encode(), created)
    role, before, after, end = _frames(model, finish, used is not None)
    parts = [own.join(role)]
    if quoted:
        begins, ends = own.join(before), own.join(after)
        # Between two texts stands what ends one event and begins the next.
        parts += (begins, (ends + begins).join(quoted), ends)
    parts.append(own.join(end))
    if used is not None:
        head = _head(model, token, created)
        parts.append(event({**head, "choices": [], "usage": usage(used)}))
    parts.append(DONE)
    return b"".join(parts)


def plain_chunk(
    model: str, token: str, created: int, finish: str, used: Usage | None
) -> tuple[bytes, bytes, bytes, bytes]:
    """The same for a stream that is sent bit by bit: what comes first, what stands before and after
    each piece, and what comes last. Arguments as of `plain_stream`."""
    own = _OWN % (token.encode(), created)
    role, before, after, end = _frames(model, finish, used is not None)
    last = [own.join(end)]
    if used is not None:
        last.append(event({**_head(model, token, created), "choices": [], "usage": usage(used)}))
    last.append(DONE)
    return own.join(role), own.join(before), own.join(after), b"".join(last)


_Cut = tuple[bytes, ...]


@lru_cache(maxsize=256)
def _frames(model: str, finish: str, with_usage: bool) -> tuple[_Cut, _Cut, _Cut, _Cut]:
    """The first event, a chunk's beginning and end, and the last one: each cut where streams of a
    model differ."""
    nothing_yet = {"usage": None} if with_usage else {}
    head = _head(model, _TOKEN, _CREATED)

    def chunk(delta: object, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return event({**head, "choices": [choice], **nothing_yet})

    own = _OWN % (_TOKEN.encode(), _CREATED)
    before, after = chunk({"content": _TEXT}).split(orjson.dumps(_TEXT))
    role = chunk({"role": "assistant", "content": "", "refusal": None})
    frames = (role, before, after, chunk({}, finish))
    first, begins, ends, last = (tuple(frame.split(own)) for frame in frames)
    return first, begins, ends, last


def _head(model: str, token: str, created: int) -> dict[str, object]:
    return {
        "id": f"chatcmpl-{token}",
        "object": "chat.completion.chunk",
        "created": created,
        "model": model,
        "service_tier": "default",
        "system_fingerprint": "fp_mock",
    }


@lru_cache(maxsize=1 << 15)
def _token(id: int) -> bytes | None:
    piece = tokens.text_of(id)
    return None if piece is None else orjson.dumps(piece)

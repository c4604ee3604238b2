"""Counts and cuts text in tokens of the o200k vocabulary, as the providers bill it.

The tables ship in bpe-openai's wheel, so nothing is downloaded; they are loaded on first use.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bpe_openai import Encoding

# The tokenizer refuses a million characters and more: longer text is counted slice by slice.
_SLICE = 500_000

# What the chat format adds around messages, from OpenAI's published counting recipe.
_PER_MESSAGE = 3
_PER_NAME = 1
_BEFORE_THE_REPLY = 3


@cache
def _encoding() -> Encoding:
    with warnings.catch_warnings():
        # It opens its tables through importlib.resources' older functions.
        warnings.simplefilter("ignore", DeprecationWarning)
        from bpe_openai import get_encoding

        return get_encoding("o200k_base")


def _ids(text: str) -> list[int]:
    encode = _encoding().encode_ordinary
    ids: list[int] = encode(text[:_SLICE])
    for start in range(_SLICE, len(text), _SLICE):
        ids += encode(text[start : start + _SLICE])
    return ids


def count(text: str) -> int:
    """How many tokens a text is."""
    return len(_ids(text))


def count_messages(messages: Sequence[Mapping[str, object]]) -> int:
    """How many prompt tokens a chat is: its texts, its tool calls and the format around them."""
    total = _BEFORE_THE_REPLY
    for message in messages:
        total += _PER_MESSAGE + count(str(message.get("role") or ""))
        total += sum(count(text) for text in _texts(message.get("content")))
        total += sum(count(text) for text in _call_texts(message.get("tool_calls")))
        if message.get("name"):
            total += _PER_NAME + count(str(message["name"]))
    return total


def _texts(content: object) -> list[str]:
    """The texts of a message's content: a string, or a list of parts of which some are text."""
    if isinstance(content, str):
        return [content]
    if not isinstance(content, list | tuple):
        return []
    found = []
    for part in content:
        text = part.get("text") if isinstance(part, Mapping) else part
        if isinstance(text, str):
            found.append(text)
    return found


def _call_texts(calls: object) -> list[str]:
    if not isinstance(calls, list | tuple):
        return []
    functions = [call.get("function") for call in calls if isinstance(call, Mapping)]
    return [
        str(function.get(key) or "")
        for function in functions
        if isinstance(function, Mapping)
        for key in ("name", "arguments")
    ]


def cut(text: str, n: int) -> str:
    """The first n tokens of a text; a character that the cut splits is left out."""
    ids = _ids(text)
    if len(ids) <= n:
        return text
    kept: bytes = _encoding().decode_bytes(ids[: max(n, 0)])
    return kept.decode("utf-8", errors="ignore")


def pieces(text: str) -> list[str]:
    """A text in the chunks that a stream sends: a token each, never half a character.

    Joined, the pieces are the text again.
    """
    found: list[str] = []
    pending = b""
    for token in _encoding().decode_tokens_bytes(_ids(text)):
        pending += token
        try:
            found.append(pending.decode("utf-8"))
        except UnicodeDecodeError:
            continue
        pending = b""
    # A lone surrogate cannot be encoded; such a text goes out whole.
    return found if "".join(found) == text else [text]

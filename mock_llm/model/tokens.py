"""Counts and cuts text in tokens of the o200k vocabulary, as the providers bill it.

The tables are compiled into rs-bpe's wheel, so nothing is downloaded; they are loaded on first use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

# What the chat format adds around messages, from OpenAI's published counting recipe.
_PER_MESSAGE = 3
_PER_NAME = 1
_BEFORE_THE_REPLY = 3

_LONGEST_CHARACTER = 4  # bytes of UTF-8, so that many tokens at most


@cache
def _encoding() -> Any:
    from rs_bpe import openai

    return openai.o200k_base()


def ids(text: str) -> list[int]:
    """The numbers of a text's tokens in the vocabulary."""
    try:
        found: list[int] = _encoding().encode(text)
    except UnicodeEncodeError:
        found = _encoding().encode(_without_surrogates(text))
    return found


def count(text: str) -> int:
    """How many tokens a text is."""
    try:
        number: int = _encoding().count(text)
    except UnicodeEncodeError:
        number = _encoding().count(_without_surrogates(text))
    return number


def _without_surrogates(text: str) -> str:
    """A text that can be encoded: half a surrogate pair counts as the replacement character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


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
    all_ids = ids(text)
    if len(all_ids) <= n:
        return text
    kept = max(n, 0)
    for split in range(min(_LONGEST_CHARACTER, kept)):
        beginning: str | None = _encoding().decode(all_ids[: kept - split])
        if beginning is not None:
            return beginning
    return ""


def pieces(text: str) -> list[str]:
    """A text in the chunks that a stream sends: a token each, never half a character.

    Joined, the pieces are the text again.
    """
    found: list[str] = []
    pending: list[int] = []
    for token in ids(text):
        whole = None if pending else text_of(token)
        if whole is None:
            pending.append(token)
            whole = _encoding().decode(pending)
            if whole is None:
                continue
            pending.clear()
        found.append(whole)
    # A lone surrogate cannot be encoded; such a text goes out whole.
    return found if "".join(found) == text else [text]


@lru_cache(maxsize=1 << 15)
def text_of(token: int) -> str | None:
    """What a token stands for; None if it is a part of a character only."""
    text: str | None = _encoding().decode([token])
    return text

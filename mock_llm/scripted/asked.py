"""What a request asks for, read from its body whatever provider's format it has."""

from collections.abc import Iterator
from typing import Any

from mock_llm.bounded_json import load_json

_SAID = ("system", "instructions", "messages", "prompt", "input")
_LIMITS = ("max_completion_tokens", "max_output_tokens", "max_tokens")


def said(body: bytes) -> str:
    """Everything that is said to the model, one text a line."""
    request = _request(body)
    return "\n".join(text for key in _SAID for text in _strings(request.get(key)))


def completion_tokens(body: bytes) -> int:
    """The most tokens that its completions may have together; 0 where it sets no limit."""
    request = _request(body)
    limits = [value for key in _LIMITS if isinstance(value := request.get(key), int)]
    choices = request.get("n")
    return (limits[0] if limits else 0) * (choices if isinstance(choices, int) else 1)


def _request(body: bytes) -> dict[str, Any]:
    try:
        request = load_json(body)
    except ValueError:
        return {}
    return request if isinstance(request, dict) else {}


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)

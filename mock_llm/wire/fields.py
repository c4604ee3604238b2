"""Reads fields out of a request's JSON, with the provider's complaints about wrong ones.

Fields that nothing asks for pass: a client may be newer than this mock.
"""

from collections.abc import Mapping
from hashlib import blake2b
from reprlib import Repr
from typing import Any

import orjson

from mock_llm.bounded_json import load_json
from mock_llm.refusals import Refusal

# What says who asks and how the reply travels, but not what is asked.
_NOT_CONTENT = frozenset(
    (
        "model",
        "stream",
        "stream_options",
        "user",
        "safety_identifier",
        "prompt_cache_key",
        "metadata",
        "store",
        "service_tier",
        "encoding_format",
        "logprobs",
        "top_logprobs",
    )
)
MOST_METADATA = 16
LONGEST_METADATA_KEY = 64
LONGEST_METADATA = 512
_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 200
_NAMES = {str: "a string", int: "an integer", float: "a decimal number", bool: "a boolean"}


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object in a request's body.

    Raises:
        Refusal: it is not JSON, or something else than an object.
    """
    try:
        parsed = load_json(body)
    except ValueError as error:
        raise Refusal(
            "invalid_json", f"We could not parse the JSON body of your request ({error})."
        ) from error
    if not isinstance(parsed, dict):
        raise Refusal("invalid_json", f"The request body must be a JSON object, not {_a(parsed)}.")
    return parsed


def question_of(request: Mapping[str, Any]) -> str:
    """Names what is asked: equal for equal requests, whoever sends them and to which model."""
    asked = {key: value for key, value in request.items() if key not in _NOT_CONTENT}
    return blake2b(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def text(request: Mapping[str, Any], key: str) -> str | None:
    """A text; None if it is absent."""
    value = request.get(key)
    if value is not None and not isinstance(value, str):
        raise wrong_type(key, "a string", value)
    return value


def needed_text(request: Mapping[str, Any], key: str) -> str:
    value = text(request, key)
    if not value:
        raise missing(key)
    return value


def integer(
    request: Mapping[str, Any], key: str, *, least: int = 0, most: int | None = None
) -> int | None:
    """A whole number within bounds; None if it is absent."""
    value = request.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(key, "an integer", value)
    if value < least:
        raise out_of_range(key, f"at least {least}", value)
    if most is not None and value > most:
        raise out_of_range(key, f"at most {most}", value)
    return value


def flag(request: Mapping[str, Any], key: str) -> bool:
    """A boolean; False if it is absent."""
    value = request.get(key)
    if value is not None and not isinstance(value, bool):
        raise wrong_type(key, "a boolean", value)
    return bool(value)


def table(request: Mapping[str, Any], key: str, name: str | None = None) -> Mapping[str, Any]:
    """An object; empty if it is absent. `name` is its full path, for messages."""
    value = request.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong_type(name or key, "an object", value)
    return value


def metadata(request: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Up to 16 texts by name; None if it is absent."""
    value = request.get("metadata")
    if value is None:
        return None
    pairs = table(request, "metadata")
    if len(pairs) > MOST_METADATA:
        raise out_of_range("metadata", f"at most {MOST_METADATA} pairs", len(pairs))
    for key, each in pairs.items():
        if not isinstance(each, str):
            raise wrong_type(f"metadata.{key}"[:100], "a string", each)
        if len(key) > LONGEST_METADATA_KEY:
            raise out_of_range(
                "metadata", f"keys of at most {LONGEST_METADATA_KEY} characters", key
            )
        if len(each) > LONGEST_METADATA:
            raise out_of_range(
                f"metadata.{key}", f"at most {LONGEST_METADATA} characters", len(each)
            )
    return pairs


def listed(request: Mapping[str, Any], key: str) -> list[Any]:
    """A list; empty if it is absent."""
    value = request.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise wrong_type(key, "an array", value)
    return value


def stops(request: Mapping[str, Any]) -> tuple[str, ...]:
    """The stop sequences: none, one, or a list of up to four."""
    value = request.get("stop")
    if value is None:
        return ()
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise wrong_type("stop", "a string or an array of strings", value)
    if len(listed) > 4:
        raise out_of_range("stop", "at most 4 sequences", len(listed))
    return tuple(each for each in listed if each)


def missing(param: str) -> Refusal:
    return Refusal("missing", f"Missing required parameter: '{param}'.", param=param)


def wrong_type(param: str, expected: str, value: object) -> Refusal:
    return Refusal(
        "invalid_type",
        f"Invalid type for '{param}': expected {expected}, but got {_a(value)} instead.",
        param=param,
    )


def out_of_range(param: str, expected: str, value: object) -> Refusal:
    return Refusal(
        "invalid_value",
        f"Invalid value for '{param}': expected {expected}, but got {shown(value)} instead.",
        param=param,
    )


def shown(value: object) -> str:
    """A value as messages show it: its beginning, if it is long."""
    return _SHORT.repr(value)


def _a(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, list):
        return "an array"
    return _NAMES.get(type(value), "an object")

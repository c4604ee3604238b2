"""Reads fields out of a request's JSON, with Anthropic's complaints about wrong ones.

A complaint names the field's path: "messages.0.content.1.text: Field required". Fields that nothing
asks for pass, and null is like absent: a client may be newer than this mock.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mock_llm.bounded_json import load_json
from mock_llm.refusals import Refusal
from mock_llm.wire.anthropic.errors import invalid

Fields = Mapping[str, Any]


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object in a request's body.

    Raises:
        Refusal: it is not JSON, or something else than an object.
    """
    try:
        parsed = load_json(body)
    except ValueError as error:
        raise Refusal("invalid_json", f"The request body is not valid JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise Refusal("invalid_json", "The request body is not valid JSON: it must be an object")
    return parsed


def missing(path: str) -> Refusal:
    return Refusal("missing", f"{path}: Field required", param=path)


def wrong_type(path: str, expected: str) -> Refusal:
    return Refusal("invalid_type", f"{path}: Input should be a valid {expected}", param=path)


def needed(fields: Fields, key: str, at: str = "") -> Any:
    """A value that has to be there."""
    value = fields.get(key)
    if value is None:
        raise missing(f"{at}{key}")
    return value


def text(fields: Fields, key: str, at: str = "") -> str | None:
    value = fields.get(key)
    if value is not None and not isinstance(value, str):
        raise wrong_type(f"{at}{key}", "string")
    return value


def needed_text(fields: Fields, key: str, at: str = "") -> str:
    needed(fields, key, at)
    return text(fields, key, at) or ""


def flag(fields: Fields, key: str, at: str = "") -> bool:
    value = fields.get(key)
    if value is not None and not isinstance(value, bool):
        raise wrong_type(f"{at}{key}", "boolean")
    return bool(value)


def integer(fields: Fields, key: str, least: int, at: str = "") -> int | None:
    value = fields.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(f"{at}{key}", "integer")
    if value < least:
        raise invalid(f"{at}{key}: Input should be greater than or equal to {least}", key)
    return value


def number(fields: Fields, key: str, least: float, most: float) -> float | None:
    value = fields.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type(key, "number")
    if not least <= value <= most:
        raise invalid(f"{key}: range: {least:g}..{most:g}", key)
    return float(value)


def table(fields: Fields, key: str, at: str = "") -> dict[str, Any]:
    """An object; empty if it is absent."""
    value = fields.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong_type(f"{at}{key}", "dictionary")
    return value


def rows(fields: Fields, key: str, at: str = "") -> list[Any]:
    """A list; empty if it is absent."""
    value = fields.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise wrong_type(f"{at}{key}", "list")
    return value


def one_of(fields: Fields, key: str, options: Sequence[str], at: str = "") -> str | None:
    """A text out of a few."""
    value = fields.get(key)
    if value is not None and value not in options:
        raise none_of(f"{at}{key}", options)
    return value


def none_of(path: str, options: Sequence[str]) -> Refusal:
    listed = [f"'{option}'" for option in options]
    said = " or ".join((", ".join(listed[:-1]), listed[-1]) if listed[1:] else listed)
    return invalid(f"{path}: Input should be {said}", path)


def tag(fields: Fields, path: str, options: Sequence[str]) -> str:
    """The `type` of an object that may be one of several."""
    value = needed(fields, "type", f"{path}.")
    if not isinstance(value, str) or value not in options:
        listed = ", ".join(f"'{option}'" for option in options)
        raise invalid(
            f"{path}: Input tag '{value}' found using 'type' does not match any of the expected "
            f"tags: {listed}",
            path,
        )
    return value

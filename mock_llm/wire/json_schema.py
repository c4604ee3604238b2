"""Whether a JSON schema is one: each keyword with a value of the kind that the standard asks for.

From the meta-schema of JSON Schema 2020-12, as far as the model reads it. Keywords that it does not
read pass.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeGuard
from urllib.parse import unquote

from mock_llm.bounded_regex import compile_bounded
from mock_llm.knowledge.schema_reading import LISTS, ONE, TABLES, TYPES
from mock_llm.knowledge.schema_references import pointed

# Nobody wants more of anything, but filling it would keep everybody waiting.
MOST_WANTED = 10_000
MOST_PARTS = 5_000  # schemas in a schema, names that are required, or values of an enum
_SHOWN = 500  # characters of a path
_LEASTS = ("minContains", "minItems", "minLength", "minProperties")
_COUNTS = ("maxContains", "maxItems", "maxLength", "maxProperties")
_NUMBERS = ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf")
_NAMES = ("$anchor", "$dynamicAnchor", "$dynamicRef", "$id", "$ref", "format")


def complaint(schema: object, path: str = "") -> str | None:
    """What is wrong with a schema, with the path to it; None if nothing is.

    A schema may nest as deeply as JSON may: this needs no more stack than a flat one.
    """
    todo = [(schema, path)]
    parts = 0
    pointed_at: set[str] = set()
    while todo:
        each, at = todo.pop()
        parts += 1
        if parts > MOST_PARTS:
            return f"schema has more than {MOST_PARTS:,} parts"
        if isinstance(each, bool):
            continue
        if not isinstance(each, Mapping):
            return f"{at.removeprefix('.')[-_SHOWN:] or 'schema'} is no schema"
        for key, value in each.items():
            check = _CHECKS.get(key)
            if check is not None and not check(value):
                named = f"{at}.{key}".removeprefix(".")
                return f"{named[-_SHOWN:]} has a value that is not allowed"
        todo += _inner(each, at)
        ref = each.get("$ref", "")
        if ref.startswith("#/") and ref not in pointed_at:
            pointed_at.add(ref)
            todo += _beside(schema, ref)
    return None


def _beside(root: object, ref: str) -> Iterator[tuple[object, str]]:
    """What a reference leads to, unless it is found under a keyword anyway."""
    steps = ref.split("/")[1:]
    if len(steps) != 2 or steps[0] not in TABLES:
        with suppress(ValueError):
            yield pointed(root, unquote(ref[1:]), ref), ".".join(steps)


def _inner(schema: Mapping[str, Any], at: str) -> Iterator[tuple[object, str]]:
    for key in ONE:
        if key in schema:
            yield schema[key], f"{at}.{key}"
    for key in LISTS:
        for place, each in enumerate(schema.get(key, ())):
            yield each, f"{at}.{key}.{place}"
    for key in TABLES:
        for name, each in schema.get(key, {}).items():
            yield each, f"{at}.{key}.{name}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_least(value: object) -> bool:
    return _is_count(value) and value <= MOST_WANTED  # type: ignore[operator]


def _is_step(value: object) -> bool:
    return _is_number(value) and value > 0  # type: ignore[operator]


def _is_type(value: object) -> bool:
    if isinstance(value, str):
        return value in TYPES
    return _is_row(value) and all(each in TYPES for each in value)


def _are_names(value: object) -> bool:
    return _is_list(value) and all(isinstance(each, str) for each in value)


def _is_pattern(value: object) -> bool:
    try:
        return isinstance(value, str) and compile_bounded(value) is not None
    except ValueError:
        return False


def _are_patterned(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_pattern, value))


def _are_needs(value: object) -> bool:
    return isinstance(value, dict) and all(map(_are_names, value.values()))


def _is(*kinds: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, kinds)


def _is_row(value: object) -> TypeGuard[list[object]]:
    return _is_list(value) and bool(value)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list) and len(value) <= MOST_PARTS


_CHECKS: Mapping[str, Callable[[object], bool]] = {
    "type": _is_type,
    "enum": _is_row,
    "required": _are_names,
    "pattern": _is_pattern,
    "dependentRequired": _are_needs,
    **dict.fromkeys(_NAMES, _is(str)),
    "uniqueItems": _is(bool),
    **dict.fromkeys(_COUNTS, _is_count),
    **dict.fromkeys(_LEASTS, _is_least),
    **dict.fromkeys(_NUMBERS, _is_number),
    "multipleOf": _is_step,
    **dict.fromkeys(LISTS, _is_row),
    **dict.fromkeys(TABLES, _is(dict)),
    "patternProperties": _are_patterned,
    **dict.fromkeys(ONE, _is(dict, bool)),
}

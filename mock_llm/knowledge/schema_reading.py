"""What a JSON schema says, without making anything of it yet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, cast

from mock_llm.knowledge.work import Work

Schema = Mapping[str, Any]
Json = object

TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
# Where a schema has others in it: under these keywords one, a list of them, or one for each name.
ONE = (
    "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
TABLES = ("$defs", "definitions", "dependentSchemas", "patternProperties", "properties")

_INFERRED = (
    ("object", (
        "properties", "required", "additionalProperties", "minProperties", "maxProperties",
        "patternProperties", "propertyNames", "dependentRequired", "dependentSchemas",
        "unevaluatedProperties",
    )),
    ("array", (
        "items", "prefixItems", "minItems", "contains", "uniqueItems", "maxItems",
        "unevaluatedItems",
    )),
    ("string", ("minLength", "maxLength", "pattern", "format")),
    ("number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
)  # fmt: skip


def within(schema: Schema) -> Iterator[object]:
    """The schemas that stand in a schema, one level deep."""
    for key in schema:
        if key in ONE:
            yield schema[key]
        elif key in LISTS:
            yield from schema[key]
        elif key in TABLES:
            yield from schema[key].values()


def declared(schema: Schema) -> list[str]:
    """The types that a schema names; none if it leaves them open."""
    named = schema.get("type")
    if isinstance(named, str):
        return [named]
    return named if isinstance(named, list) else []


def types(schema: Schema) -> list[str]:
    """The types that a schema names, or else the one that it is about."""
    named = declared(schema)
    if named:
        return named
    for name, keys in _INFERRED:
        if any(key in schema for key in keys):
            return [name]
    return []


def common_types(parts: Sequence[Schema]) -> list[str]:
    """The types that a value may have which has to fit all of some schemas; none if any may be.

    Raises ValueError if no type fits.
    """
    if len(parts) == 1:
        return types(parts[0])
    kinds: list[str] | None = None
    for named in filter(None, map(declared, parts)):
        kinds = named if kinds is None else _narrowed(kinds, named)
    if kinds is None:
        return next(filter(None, map(types, parts)), [])
    if not kinds:
        raise ValueError("types are asked for that exclude each other")
    return kinds


def _narrowed(kinds: Sequence[str], named: Sequence[str]) -> list[str]:
    both = [kind for kind in kinds if kind in named or (kind == "integer" and "number" in named)]
    if "number" in kinds and "integer" in named and "integer" not in both:
        both.append("integer")
    return both


def least(parts: Sequence[Schema], key: str) -> int:
    """The largest of the lower bounds that some schemas set, 0 if none does."""
    if len(parts) == 1:
        return cast(int, parts[0].get(key, 0))
    return max((cast(int, part.get(key, 0)) for part in parts), default=0)


def most(parts: Sequence[Schema], key: str) -> float:
    """The smallest of the upper bounds that some schemas set."""
    if len(parts) == 1:
        return cast(float, parts[0].get(key, math.inf))
    return min((cast(float, part.get(key, math.inf)) for part in parts), default=math.inf)


def table(schema: Schema, key: str) -> Mapping[str, Any]:
    """What a schema has under a keyword, as a table; an empty one if it has none."""
    found: Mapping[str, Any] = schema.get(key, {})
    return found


def matching_schemas(schema: Schema, name: str, work: Work) -> Iterator[object]:
    """The schemas of those `patternProperties` that a name matches."""
    for pattern, inner in table(schema, "patternProperties").items():
        if work.found(pattern, name):
            yield inner


def is_of(kind: str, value: Json) -> bool:
    """Whether a value has a type."""
    match kind:
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return kind == "number" or isinstance(value, int) or value.is_integer()


def is_multiple(value: float, step: float) -> bool:
    """Whether a number divides into steps, with all decimals that it is written with."""
    if isinstance(value, int) and isinstance(step, int):
        return value % step == 0
    return Fraction(repr(value)) % Fraction(repr(step)) == 0


def plain(found: object) -> str:
    if found is None or isinstance(found, list | dict):
        return ""
    return str(found)


def same(one: Json, other: Json) -> bool:
    """Equality of JSON values: true is not 1, but 1.0 is."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def frozen(value: Json) -> object:
    """Something hashable that is equal for values that are the same, and for no others."""
    if isinstance(value, bool):
        return "true" if value else "false", None
    if isinstance(value, Mapping):
        return "object", frozenset((name, frozen(each)) for name, each in value.items())
    if isinstance(value, list | tuple):
        return "array", tuple(map(frozen, value))
    return value

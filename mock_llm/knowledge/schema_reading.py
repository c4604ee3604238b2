"""What a JSON schema says, without making anything of it yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

Schema = Mapping[str, object]
Json = object


def types(schema: Schema) -> list[str]:
    declared = schema.get("type")
    if isinstance(declared, str):
        return [declared]
    if isinstance(declared, Sequence) and declared:
        return [str(name) for name in declared]
    for name, keys in (
        ("object", ("properties", "required", "additionalProperties", "minProperties")),
        ("array", ("items", "prefixItems", "minItems", "contains", "uniqueItems", "maxItems")),
        ("string", ("minLength", "maxLength", "pattern", "format")),
        ("number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
    ):
        if any(key in schema for key in keys):
            return [name]
    return []


def merged(one: Schema, other: Schema) -> dict[str, object]:
    """A schema that asks for what both ask for; where they differ the second wins."""
    whole = {**one, **other}
    for key in ("properties", "$defs"):
        if key in one and key in other:
            first, second = cast(Schema, one[key]), cast(Schema, other[key])
            whole[key] = {**first, **second}
    if "required" in one and "required" in other:
        names = (*cast("Sequence[str]", one["required"]), *cast("Sequence[str]", other["required"]))
        whole["required"] = list(dict.fromkeys(names))
    return whole


def entry_schema(schema: Schema, heads: Sequence[object], index: int) -> object:
    """What the entry of a list at an index has to be."""
    if index < len(heads):
        return heads[index]
    inner = schema.get("items", True)
    contains = schema.get("contains")
    if index == len(heads) and isinstance(contains, Mapping):
        return merged(inner if isinstance(inner, Mapping) else {}, contains)
    return inner


def plain(found: object) -> str:
    if found is None or isinstance(found, list | dict):
        return ""
    return str(found)


def equal(one: Json, other: Json) -> bool:
    """Equality of JSON values: true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)

"""What a value has to be in order not to be valid against a JSON schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mock_llm.knowledge.schema_reading import TYPES, Schema, declared
from mock_llm.knowledge.schema_references import References

_OTHER = "other"  # the name of a property that no schema has under `properties`
_LONGEST = 10_000


def opposites(schema: object, references: References) -> list[Schema]:
    """Schemas each of which no value fits that fits this one; not all of them can be filled.

    What a keyword asks for is not always to be said the other way round: there are values that fit
    neither the schema nor any of these.
    """
    if not isinstance(schema, dict):
        return [{}] if schema is False else []
    found: list[Schema] = []
    for key, wanted in schema.items():
        if key in _FLIPPED:
            kind, other = _FLIPPED[key]
            found.append({"type": kind, other: wanted})
        elif key in _LEASTS and wanted:
            kind, other = _LEASTS[key]
            found.append({"type": kind, other: wanted - 1})
        elif key in _MOSTS and wanted < _LONGEST:
            kind, other = _MOSTS[key]
            found.append({"type": kind, other: wanted + 1})
        elif key in _OPPOSED:
            found += _OPPOSED[key](wanted, schema)
        elif key in ("$ref", "$dynamicRef"):
            found.append(_not(references.target(schema, key)))
    return found


_FLIPPED = {
    "minimum": ("number", "exclusiveMaximum"),
    "maximum": ("number", "exclusiveMinimum"),
    "exclusiveMinimum": ("number", "maximum"),
    "exclusiveMaximum": ("number", "minimum"),
}
_SIZES = {"Length": "string", "Items": "array", "Properties": "object"}
_LEASTS = {f"min{of}": (kind, f"max{of}") for of, kind in _SIZES.items()}
_MOSTS = {f"max{of}": (kind, f"min{of}") for of, kind in _SIZES.items()}


def _not(schema: object) -> Schema:
    return {"not": schema}


def _has(name: str, schema: object) -> Schema:
    return {"type": "object", "required": [name], "properties": {name: schema}}


def _type(_: Any, schema: Schema) -> list[Schema]:
    named = declared(schema)
    left = [kind for kind in TYPES if kind not in named]
    if "number" in named:
        left = [kind for kind in left if kind != "integer"]
    elif "integer" in named:
        left = [kind for kind in left if kind != "number"]
    return [{"type": left}] if left else []


def _properties(wanted: Schema, _: Schema) -> list[Schema]:
    return [_has(name, _not(inner)) for name, inner in wanted.items() if inner is not True]


def _additional(wanted: object, schema: Schema) -> list[Schema]:
    name = _OTHER
    while name in schema.get("properties", {}):
        name += "_"
    return [_has(name, _not(wanted))] if "patternProperties" not in schema else []


def _items(wanted: object, schema: Schema) -> list[Schema]:
    heads = [True] * len(schema.get("prefixItems", ()))
    return [{"type": "array", "minItems": len(heads) + 1, "prefixItems": [*heads, _not(wanted)]}]


def _heads(wanted: list[object], _: Schema) -> list[Schema]:
    return [
        {"type": "array", "minItems": at + 1, "prefixItems": [*[True] * at, _not(inner)]}
        for at, inner in enumerate(wanted)
    ]


def _contains(wanted: object, schema: Schema) -> list[Schema]:
    least, most = schema.get("minContains", 1), schema.get("maxContains")
    found: list[Schema] = [{"type": "array", "items": _not(wanted)}] if least else []
    if most is not None and most < _LONGEST:
        found.append({"type": "array", "contains": wanted, "minContains": most + 1})
    return found


def _dependent(wanted: Schema, _: Schema) -> list[Schema]:
    """For `dependentRequired` and `dependentSchemas`: the property is there, what it needs not."""
    found: list[Schema] = []
    for name, needs in wanted.items():
        for need in needs if isinstance(needs, list) else ():
            found.append({"type": "object", "required": [name], "properties": {need: False}})
        if not isinstance(needs, list):
            found.append({"type": "object", "required": [name], "not": needs})
    return found


def _if(wanted: object, schema: Schema) -> list[Schema]:
    return [
        {"allOf": [wanted, _not(schema.get("then", True))]},
        {"allOf": [_not(wanted), _not(schema.get("else", True))]},
    ]


_OPPOSED: Mapping[str, Callable[[Any, Schema], list[Schema]]] = {
    "type": _type,
    "pattern": lambda _, schema: [{"type": "string"}],
    "required": lambda names, _: [
        {"type": "object", "properties": {name: False}} for name in names
    ],
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "prefixItems": _heads,
    "contains": _contains,
    "dependentRequired": _dependent,
    "dependentSchemas": _dependent,
    "anyOf": lambda options, _: [{"allOf": list(map(_not, options))}],
    "oneOf": lambda options, _: [{"allOf": list(map(_not, options))}],
    "allOf": lambda parts, _: list(map(_not, parts)),
    "not": lambda inner, _: [inner] if isinstance(inner, dict) else [],
    "if": _if,
}

"""What strict mode asks of a JSON schema beyond being one, in OpenAI's words."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
Path = tuple[str, ...]

_SHOWN = 500  # characters of a path or a name
_LISTS = ("anyOf", "allOf", "oneOf", "prefixItems")
_TABLES = ("$defs", "definitions", "properties")


def root_complaint(schema: Json) -> str | None:
    """What is wrong with a schema that is to be an object's; None if nothing is."""
    kind = schema.get("type")
    if kind == "object" and "anyOf" not in schema:
        return None
    if kind == "object":
        return (
            "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at "
            "the top level"
        )
    shown = kind if kind is None or isinstance(kind, str) else list(kind)
    return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{shown}\"'"


def strict_complaint(schema: Json) -> str | None:
    """What strict mode refuses in a valid schema, with the path to it; None if nothing.

    Every object in it must allow no other properties and require all of its own.
    """
    wrong = root_complaint(schema)
    if wrong is not None:
        return wrong
    todo: list[tuple[Json, Path]] = [(schema, ())]
    while todo:
        each, path = todo.pop()
        wrong = _object_complaint(each)
        if wrong is not None:
            return f"In context={str(path)[-_SHOWN:]}, {wrong}"
        todo += reversed(list(_inner(each, path)))
    return None


def _object_complaint(schema: Json) -> str | None:
    kind = schema.get("type")
    if kind != "object" and not (isinstance(kind, list) and "object" in kind):
        return None
    if schema.get("additionalProperties") is not False:
        return "'additionalProperties' is required to be supplied and to be false"
    own, required = schema.get("properties", {}), schema.get("required", ())
    said = "'required' is required to be supplied and to be an array including every key in "
    for name in own:
        if name not in required:
            return f"{said}properties. Missing '{name[:_SHOWN]}'"
    for name in required:
        if name not in own:
            return f"{said}properties. Extra required key '{name[:_SHOWN]}' supplied"
    return None


def _inner(schema: Json, path: Path) -> Iterator[tuple[Json, Path]]:
    if isinstance(schema.get("items"), Mapping):
        yield schema["items"], (*path, "items")
    for key in _LISTS:
        for place, each in enumerate(schema.get(key, ())):
            if isinstance(each, Mapping):
                yield each, (*path, key, str(place))
    for key in _TABLES:
        for name, each in schema.get(key, {}).items():
            if isinstance(each, Mapping):
                yield each, (*path, key, name)

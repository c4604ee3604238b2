"""Whether a value is valid against a JSON schema (draft 2020-12; formats are not looked at).

No library does it here, for schemas come from strangers, and a short one can keep a validator busy
for hours. This one counts its work, searches for patterns within a bounded time, and looks
references up in the schema alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mock_llm.knowledge.schema_reading import (
    Json,
    Schema,
    declared,
    frozen,
    is_multiple,
    is_of,
    matching_schemas,
    same,
    table,
)
from mock_llm.knowledge.schema_references import References
from mock_llm.knowledge.work import Work

_DEEPEST = 150  # schemas in schemas, with those that they refer to
_PER_UNIT = 4  # so many schemas are checked in the time of one unit of work


class _Seen:
    """What some schemas say about a value's properties and entries: the evaluated ones."""

    __slots__ = ("items", "names")

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.items: set[int] = set()

    def add(self, other: _Seen) -> None:
        self.names |= other.names
        self.items |= other.items


@dataclass(slots=True)
class _Place:
    """A value and a schema that it has to fit; `seen` is None if nobody asks what was evaluated."""

    schema: Schema
    value: Any
    seen: _Seen | None
    depth: int


class Checker:
    """Checks values against a schema and the schemas in it.

    Args:
        references: of the whole schema.
        work: what the checks may take, together with all else of the request.
    """

    def __init__(self, references: References, work: Work) -> None:
        self._references = references
        self._work = work
        self._steps = 0

    def holds(self, schema: object, value: Json) -> bool:
        """Whether the value is valid.

        Raises:
            ValueError: it cannot be known: a reference leads nowhere, or round in a circle.
            TooMuchWork: it takes too much work to know.
        """
        return self._holds(schema, value, None, 0)

    def _holds(self, schema: object, value: Json, seen: _Seen | None, depth: int) -> bool:
        if not isinstance(schema, dict):
            return schema is not False
        self._steps += 1
        if self._steps % _PER_UNIT == 0:
            self._work.spend()
        if depth > _DEEPEST:
            raise ValueError("it nests too deeply, or refers to itself without end")
        rest = "unevaluatedProperties" in schema or "unevaluatedItems" in schema
        own = _Seen() if rest or seen is not None else None
        place = _Place(schema, value, own, depth + 1)
        for key, wanted in schema.items():
            check = _CHECKS.get(key)
            if check is not None and not check(self, wanted, place):
                return False
        if own is not None:
            if rest and not self._no_others(place, own):
                return False
            if seen is not None:
                seen.add(own)
        return True

    def _all(self, inner: object, place: _Place, keys: Iterable[Any]) -> bool:
        """Whether a schema holds for what the value has under some names or indexes."""
        if inner is True:
            return True
        return all(self._holds(inner, place.value[key], None, place.depth) for key in keys)

    def _here(self, schema: object, place: _Place) -> bool:
        """Whether the value fits another schema too; then what that evaluates counts."""
        return self._holds(schema, place.value, place.seen, place.depth)

    def _no_others(self, place: _Place, seen: _Seen) -> bool:
        schema, value = place.schema, place.value
        if isinstance(value, dict) and "unevaluatedProperties" in schema:
            left = [name for name in value if name not in seen.names]
            if not self._all(schema["unevaluatedProperties"], place, left):
                return False
            seen.names.update(left)
        if isinstance(value, list) and "unevaluatedItems" in schema:
            rows = [index for index in range(len(value)) if index not in seen.items]
            if not self._all(schema["unevaluatedItems"], place, rows):
                return False
            seen.items.update(rows)
        return True

    def _reference(self, wanted: str, place: _Place) -> bool:
        return self._here(self._references.target(place.schema), place)

    def _dynamic(self, wanted: str, place: _Place) -> bool:
        return self._here(self._references.target(place.schema, "$dynamicRef"), place)

    def _enum(self, wanted: list[Json], place: _Place) -> bool:
        self._work.spend(len(wanted) // 50)
        return any(same(place.value, each) for each in wanted)

    def _pattern(self, wanted: str, place: _Place) -> bool:
        return not isinstance(place.value, str) or self._work.found(wanted, place.value)

    def _all_of(self, wanted: list[object], place: _Place) -> bool:
        return all(self._here(each, place) for each in wanted)

    def _any_of(self, wanted: list[object], place: _Place) -> bool:
        fitting = 0
        for each in wanted:
            fitting += self._here(each, place)
            if fitting and place.seen is None:
                break  # else the others may evaluate more
        return fitting > 0

    def _one_of(self, wanted: list[object], place: _Place) -> bool:
        fitting = 0
        for each in wanted:
            fitting += self._here(each, place)
            if fitting > 1:
                return False
        return fitting == 1

    def _not(self, wanted: object, place: _Place) -> bool:
        return not self._holds(wanted, place.value, None, place.depth)

    def _if(self, wanted: object, place: _Place) -> bool:
        branch = "then" if self._here(wanted, place) else "else"
        return self._here(place.schema.get(branch, True), place)

    def _properties(self, wanted: Schema, place: _Place) -> bool:
        if not isinstance(place.value, dict):
            return True
        names = [name for name in wanted if name in place.value]
        if place.seen is not None:
            place.seen.names.update(names)
        return all(self._all(wanted[name], place, (name,)) for name in names)

    def _pattern_properties(self, wanted: Schema, place: _Place) -> bool:
        if not isinstance(place.value, dict):
            return True
        for name in place.value:
            for inner in matching_schemas(place.schema, name, self._work):
                if place.seen is not None:
                    place.seen.names.add(name)
                if not self._all(inner, place, (name,)):
                    return False
        return True

    def _additional(self, wanted: object, place: _Place) -> bool:
        if not isinstance(place.value, dict):
            return True
        own = table(place.schema, "properties")
        left = [
            name
            for name in place.value
            if name not in own and not [*matching_schemas(place.schema, name, self._work)]
        ]
        if place.seen is not None:
            place.seen.names.update(left)
        return self._all(wanted, place, left)

    def _names(self, wanted: object, place: _Place) -> bool:
        return not isinstance(place.value, dict) or all(
            self._holds(wanted, name, None, place.depth) for name in place.value
        )

    def _dependent_schemas(self, wanted: Schema, place: _Place) -> bool:
        return not isinstance(place.value, dict) or all(
            self._here(inner, place) for name, inner in wanted.items() if name in place.value
        )

    def _heads(self, wanted: list[object], place: _Place) -> bool:
        if not isinstance(place.value, list):
            return True
        count = min(len(wanted), len(place.value))
        if place.seen is not None:
            place.seen.items.update(range(count))
        return all(self._all(wanted[index], place, (index,)) for index in range(count))

    def _items(self, wanted: object, place: _Place) -> bool:
        if not isinstance(place.value, list):
            return True
        rows = range(len(place.schema.get("prefixItems", ())), len(place.value))
        if place.seen is not None:
            place.seen.items.update(rows)
        return self._all(wanted, place, rows)

    def _contains(self, wanted: object, place: _Place) -> bool:
        if not isinstance(place.value, list):
            return True
        fitting = [
            index
            for index, each in enumerate(place.value)
            if self._holds(wanted, each, None, place.depth)
        ]
        if place.seen is not None:
            place.seen.items.update(fitting)
        most = place.schema.get("maxContains", len(fitting))
        return bool(place.schema.get("minContains", 1) <= len(fitting) <= most)

    def _unique(self, wanted: bool, place: _Place) -> bool:
        if not wanted or not isinstance(place.value, list):
            return True
        self._work.spend(len(place.value) // 20)
        return len(set(map(frozen, place.value))) == len(place.value)


_Check = Callable[[Checker, Any, _Place], bool]


def _simple(kind: type | tuple[type, ...], fits: Callable[[Any, Any], bool]) -> _Check:
    """A keyword that looks at values of one kind, and at nothing beside them."""

    def check(_: Checker, wanted: Any, place: _Place) -> bool:
        value = place.value
        return not isinstance(value, kind) or isinstance(value, bool) or fits(value, wanted)

    return check


_NUMBER = (int, float)
_SIZED = {"Length": str, "Items": list, "Properties": dict}

_CHECKS: Mapping[str, _Check] = {
    "type": lambda _, wanted, at: any(is_of(kind, at.value) for kind in declared(at.schema)),
    "const": lambda _, wanted, at: same(at.value, wanted),
    "enum": Checker._enum,
    "minimum": _simple(_NUMBER, lambda value, low: value >= low),
    "maximum": _simple(_NUMBER, lambda value, high: value <= high),
    "exclusiveMinimum": _simple(_NUMBER, lambda value, low: value > low),
    "exclusiveMaximum": _simple(_NUMBER, lambda value, high: value < high),
    "multipleOf": _simple(_NUMBER, is_multiple),
    **{f"min{of}": _simple(kind, lambda v, low: len(v) >= low) for of, kind in _SIZED.items()},
    **{f"max{of}": _simple(kind, lambda v, high: len(v) <= high) for of, kind in _SIZED.items()},
    "pattern": Checker._pattern,
    "required": _simple(dict, lambda value, names: all(name in value for name in names)),
    "dependentRequired": _simple(
        dict,
        lambda value, needs: all(
            each in value for name in needs if name in value for each in needs[name]
        ),
    ),
    "dependentSchemas": Checker._dependent_schemas,
    "properties": Checker._properties,
    "patternProperties": Checker._pattern_properties,
    "additionalProperties": Checker._additional,
    "propertyNames": Checker._names,
    "prefixItems": Checker._heads,
    "items": Checker._items,
    "contains": Checker._contains,
    "uniqueItems": Checker._unique,
    "allOf": Checker._all_of,
    "anyOf": Checker._any_of,
    "oneOf": Checker._one_of,
    "not": Checker._not,
    "if": Checker._if,
    "$ref": Checker._reference,
    "$dynamicRef": Checker._dynamic,
}

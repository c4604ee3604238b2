"""Lists with the entries that JSON schemas ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mock_llm.knowledge.naming import lists_products
from mock_llm.knowledge.schema_place import DEEP, Place
from mock_llm.knowledge.schema_reading import Json, Schema, frozen, least, most, types

if TYPE_CHECKING:
    from mock_llm.knowledge.schema import Filler

_REPEATED = 3  # so many entries that are there already, and the next is asked to be another
_PARTS_PER_UNIT = 40  # schemas that are looked through in the time of one unit of work
_STARTS = 8  # so many places are tried for what has to be contained
_PLACED = frozenset(("prefixItems", "contains", "unevaluatedItems"))  # entries differ by index


def make_array(filler: Filler, parts: Sequence[Schema], found: object, place: Place) -> Json:
    """A list of entries that fit some schemas.

    Raises ValueError if there is none, or none is found.
    """
    trouble = ValueError(f"{place.path} cannot hold all that it has to contain")
    # What `contains` asks for comes behind the entries of `prefixItems`, or else among them.
    for layout in _layouts(parts):
        try:
            return _Array(filler, parts, found, place, layout).value()
        except ValueError as error:
            trouble = error
    raise trouble


def _layouts(parts: Sequence[Schema]) -> list[list[range]]:
    """For each schema, the entries that what it contains may be."""
    counts = [part.get("minContains", 1) if "contains" in part else 0 for part in parts]
    heads = max(len(part.get("prefixItems", ())) for part in parts)
    wanted = sum(counts)
    highest = most(parts, "maxItems")
    if not wanted:
        return [[range(0)] * len(parts)]

    def one_by_one(start: int) -> list[range]:
        found = []
        for count in counts:
            found.append(range(start, start + count))
            start += count
        return found

    starts = range(heads, max(heads - _STARTS, -1), -1)
    layouts = [one_by_one(start) for start in starts if start + wanted <= highest]
    if sum(map(bool, counts)) > 1:
        layouts.append([range(count) for count in counts])
        layouts.append([range(heads, heads + count) for count in counts])
    return layouts


class _Array:
    def __init__(
        self, filler: Filler, parts: Sequence[Schema], found: object, place: Place,
        layout: Sequence[range],
    ) -> None:  # fmt: skip
        self.filler = filler
        self.parts = parts
        self.found = found
        self.place = place
        self.layout = layout
        self.unique = any(part.get("uniqueItems") for part in parts)
        self.is_plain = len(parts) == 1 and _PLACED.isdisjoint(parts[0])

    def value(self) -> Json:
        entries = list(self.found) if isinstance(self.found, list | tuple) else []
        rows = self.place.content.get("items")
        if not isinstance(self.found, list) and self._lists() and isinstance(rows, list):
            entries = self.found = list(rows)
        lowest = self._lowest()
        size = int(min(max(self._size(entries), lowest), most(self.parts, "maxItems")))
        if size < lowest:
            raise ValueError(f"{self.place.path} would have to be longer than it may be")
        made: list[Json] = []
        kept: set[object] = set()
        repeated = 0
        for attempt in range(size * 6 + 6):
            if len(made) >= size:
                break
            schemas = self._schemas(len(made))
            if False in schemas:
                break
            if repeated >= _REPEATED:
                schemas.append({"not": {"enum": list(made)}})
            own = entries[attempt] if attempt < len(entries) else None
            try:
                entry = self._entry(schemas, own, attempt)
            except ValueError:
                if len(made) < lowest:
                    raise
                break
            if self.unique:
                self.filler.work.spend(len(made) // 20)
                key = frozen(entry)
                repeated = repeated + 1 if key in kept else 0
                if repeated:
                    continue
                kept.add(key)
            made.append(entry)
        if len(made) < lowest:
            raise ValueError(f"cannot make {lowest} different entries at {self.place.path}")
        return made

    def _lowest(self) -> int:
        """How many entries there have to be."""
        return max(least(self.parts, "minItems"), *(each.stop for each in self.layout if each), 0)

    def _size(self, entries: Sequence[Json]) -> int:
        """How many there would be if nothing limited them."""
        heads = max(len(part.get("prefixItems", ())) for part in self.parts)
        made_up = 0 if self.place.depth > DEEP else 1
        return max(len(entries) if isinstance(self.found, list) else made_up, heads)

    def _lists(self) -> bool:
        """Whether the entries are the answer's products."""
        items = [part["items"] for part in self.parts if isinstance(part.get("items"), Mapping)]
        return lists_products(self.place.name) or any("object" in types(each) for each in items)

    def _schemas(self, index: int) -> list[object]:
        """All that the entry of an index has to fit."""
        if self.is_plain:
            return [self.parts[0].get("items", True)]
        self.filler.work.spend(len(self.parts) // _PARTS_PER_UNIT)
        found: list[object] = []  # what makes the entry an evaluated one
        others: list[object] = []
        for part, places in zip(self.parts, self.layout, strict=True):
            heads = part.get("prefixItems", ())
            if index < len(heads):
                found.append(heads[index])
            elif "items" in part:
                found.append(part["items"])
            if index in places:
                found.append(part["contains"])
            elif "maxContains" in part and "contains" in part:
                others.append({"not": part["contains"]})
        key = "unevaluatedItems"
        return [*(found or [part[key] for part in self.parts if key in part]), *others]

    def _entry(self, schemas: Sequence[object], own: Json, index: int) -> Json:
        """One entry: what stands in the answer's own list, or its product of that number, or
        something made up."""
        content = self.place.content
        rows = content.get("items")
        row = rows[index] if isinstance(rows, list) and index < len(rows) else {}
        inner = {**content, **(row if isinstance(row, Mapping) else {})}
        inner |= own if isinstance(own, Mapping) else {"entry": own}
        if isinstance(own, Mapping):
            inner["entry"] = own.get("product", own)
        for lists in ("items", "products"):
            inner.pop(lists, None)
        return self.filler.value(schemas, self.place.entry(index, inner))

"""Objects with the properties that JSON schemas ask for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from mock_llm.knowledge.patterns import matching
from mock_llm.knowledge.schema_demand import needed_by, required_by
from mock_llm.knowledge.schema_place import DEEP, Content, Place, whole_answer
from mock_llm.knowledge.schema_reading import (
    Json,
    Schema,
    least,
    matching_schemas,
    most,
    table,
)

if TYPE_CHECKING:
    from mock_llm.knowledge.schema import Filler

_NAMING = ("patternProperties", "propertyNames", "unevaluatedProperties")
_PARTS_PER_UNIT = 40  # schemas that are looked through in the time of one unit of work
_EXTRAS = 8  # names that are tried for each kind of property that nobody named


def make_object(filler: Filler, parts: Sequence[Schema], found: object, place: Place) -> Json:
    """An object that has the properties that some schemas ask for.

    Raises ValueError if there is none, or none is found.
    """
    content = {**place.content, **found} if isinstance(found, Mapping) else place.content
    return _Object(filler, parts, content, place).value()


class _Object:
    def __init__(
        self, filler: Filler, parts: Sequence[Schema], content: Content, place: Place
    ) -> None:
        self.filler = filler
        self.parts = parts
        self.content = content
        self.place = place
        self.required = required_by(parts)
        self.known = {name: None for part in parts for name in table(part, "properties")}
        self.most = most(self.parts, "maxProperties")
        self.names = [part["propertyNames"] for part in self.parts if "propertyNames" in part]
        self.needs = any("dependentRequired" in part for part in self.parts)
        self.made: dict[str, Json] = {}

    def value(self) -> Json:
        if self._is_free():
            self.made = dict(whole_answer(self.content))
        for name in self._names():
            if len(self.made) >= self.most and name not in self.required:
                break
            self._try(name)
        self._complete()
        lowest = least(self.parts, "minProperties")
        if len(self.made) < lowest:
            self._extend(lowest)
        if len(self.made) > self.most:
            raise ValueError(f"more properties are required at {self.place.path} than allowed")
        order = [name for name in self.known if name in self.made]
        return {name: self.made[name] for name in dict.fromkeys([*order, *self.made])}

    def _names(self) -> list[str]:
        names = [name for name in self.known if name in self.required or self._is_offered(name)]
        names += [name for name in self.required if name not in self.known]
        return sorted(names, key=lambda name: name not in self.required)

    def _is_offered(self, name: str) -> bool:
        if self.place.depth >= DEEP or self.place.is_lean:
            return False
        return bool(self.place.name) or self.filler.offers is None or self.filler.offers(name)

    def _is_free(self) -> bool:
        """Whether properties are nobody's business: then the object is the whole answer."""
        if self.known or self.required or self.most != math.inf:
            return False
        if self.place.depth or self.place.tries or self.filler.offers:
            return False
        return not any(
            part.get("additionalProperties", True) is not True
            or any(key in part for key in _NAMING)
            for part in self.parts
        )

    def _try(self, name: str) -> None:
        """Make a property, or do without it if it need not be there."""
        try:
            self._make(name)
        except ValueError:
            if name in self.required:
                raise

    def _make(self, name: str) -> None:
        for allowed in self.names:
            if not self.filler.checker.holds(allowed, name):
                raise ValueError(f"no property at {self.place.path} may be called {name[:60]}")
        where = self.place.property(name, self.content)
        self.made[name] = self.filler.value(self._schemas(name), where)

    def _schemas(self, name: str) -> list[object]:
        """All that a property of some name has to fit."""
        alone = self.parts[0] if len(self.parts) == 1 else {}
        if name in table(alone, "properties") and "patternProperties" not in alone:
            return [alone["properties"][name]]
        self.filler.work.spend(len(self.parts) // _PARTS_PER_UNIT)
        found: list[object] = []
        for part in self.parts:
            own = table(part, "properties")
            here: list[object] = [own[name]] if name in own else []
            here += matching_schemas(part, name, self.filler.work)
            if not here and "additionalProperties" in part:
                here.append(part["additionalProperties"])
            found += here
        key = "unevaluatedProperties"
        return found or [part[key] for part in self.parts if key in part]

    def _complete(self) -> None:
        """Make what properties need beside them, or do without those that can be left away."""
        todo = list(self.made) if self.needs else []
        while todo:
            name = todo.pop()
            for need in needed_by(self.parts, name):
                if name not in self.made or need in self.made:
                    continue
                try:
                    self._make(need)
                    todo.append(need)
                except ValueError:
                    if name in self.required:
                        raise
                    del self.made[name]
                    # Whoever needed it has to be looked at again.
                    todo = list(self.made)

    def _extend(self, lowest: int) -> None:
        """Make as many other properties as there have to be."""
        trouble = ValueError(f"{self.place.path} cannot have {lowest} properties")
        for name in self._others(lowest):
            if name not in self.made:
                try:
                    self._make(name)
                    self._complete()
                except ValueError as error:
                    trouble = error
            if len(self.made) >= lowest:
                return
        raise trouble

    def _others(self, count: int) -> Iterator[str]:
        """Names that properties might have, the plainest first."""
        draw, work, path = self.filler.draw, self.filler.work, self.place.path
        if self._schemas("field_1") != [False]:
            yield from (f"field_{number + 1}" for number in range(count * 2))
        yield from self.known
        for part in self.parts:
            for pattern in table(part, "patternProperties"):
                for number in range(count + _EXTRAS):
                    name = matching([pattern], None, 0, math.inf, draw, f"{path}/{number}", work)
                    yield name
                    if work.found(pattern, f"{name}{number}"):
                        yield f"{name}{number}"
        for number in range(count + _EXTRAS if self.names else 0):
            label = Place("name", self.place.content, f"{path}#{number}", self.place.depth + 1)
            yield str(self.filler.value([*self.names, {"type": "string"}], label.again(2)))

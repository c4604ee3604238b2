"""All that a value has to fit at once: a JSON schema with what it refers to and is made of, and the
choices that it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mock_llm.knowledge.schema_check import Checker
from mock_llm.knowledge.schema_opposites import opposites
from mock_llm.knowledge.schema_reading import Schema, common_types, table
from mock_llm.knowledge.schema_references import References
from mock_llm.knowledge.work import Work

_DEEPEST = 40
_PARTS_PER_UNIT = 40  # schemas that are looked through in the time of one unit of work
MOST_TRIES = 12
_FEW_TRIES = 2

# With these a schema is more than what it says about one value by itself.
_COMPOSED = frozenset(
    ("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "not", "if", "contains", "dependentRequired",
     "dependentSchemas", "propertyNames", "unevaluatedItems", "unevaluatedProperties")
)  # fmt: skip
# A schema of nothing else says nothing about a value by itself.
_SILENT = frozenset(
    ("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "$defs",
     "definitions", "title", "description", "default", "examples")
)  # fmt: skip
# What is made may break these all the same: it is looked at when it is done.
_LISTED = {"const", "enum"}
_WATCHED = _COMPOSED - {"$ref", "$dynamicRef", "allOf", "anyOf"}


class TooDeep(ValueError):
    """This way of filling never ends."""


class Option(NamedTuple):
    """Schemas that a value may fit besides, and how often it is worth trying."""

    schemas: tuple[object, ...]
    tries: int = MOST_TRIES


@dataclass(frozen=True, slots=True)
class Choice:
    """A keyword that can be satisfied in more than one way.

    Args:
        above: the schemas that it stands in, by id: one that leads back to them never ends.
        name: the property that a schema under `dependentSchemas` depends on.
    """

    keyword: str
    schema: Schema
    above: frozenset[int]
    name: str = ""


class Demand:
    """The schemas that a value has to fit, and what is still to be chosen.

    Raises:
        ValueError: no value can fit them all.
    """

    __slots__ = ("_known", "_refs", "_work", "choices", "chosen", "parts", "tries", "watched")

    def __init__(self, references: References, work: Work, schemas: Sequence[object] = ()) -> None:
        self._refs = references
        self._work = work
        self._known: set[int] = set()
        self.parts: list[Schema] = []
        self.choices: list[Choice] = []
        self.watched: list[Schema] = []
        self.tries = MOST_TRIES
        self.chosen = 0
        for schema in schemas:
            self.add(schema)

    def add(self, schema: object, above: frozenset[int] = frozenset()) -> None:
        """Ask for a schema too, and for all that it asks for."""
        if not isinstance(schema, dict):
            if schema is False:
                raise ValueError("nothing is allowed there")
            return
        key = id(schema)
        if key in above or len(above) > _DEEPEST:
            raise TooDeep(f"a reference that leads to itself: {schema.get('$ref', '')}"[:200])
        if key in self._known:
            return
        self._known.add(key)
        self._work.spend(1 + len(table(schema, "properties")) // 10)
        if _COMPOSED.isdisjoint(schema):
            self.parts.append(schema)
            return
        above |= {key}
        for reference in ("$ref", "$dynamicRef"):
            if reference in schema:
                self.add(self._refs.target(schema, reference), above)
        if not _SILENT.issuperset(schema):
            self.parts.append(schema)
        for part in schema.get("allOf", ()):
            self.add(part, above)
        for keyword in ("anyOf", "oneOf", "if", "not"):
            if keyword in schema:
                self.choices.append(Choice(keyword, schema, above))
        for name in table(schema, "dependentSchemas"):
            self.choices.append(Choice("dependentSchemas", schema, above, name))
        if not _WATCHED.isdisjoint(schema):
            self.watched.append(schema)

    def having(self, choice: Choice, option: Option) -> Demand:
        """The same with one choice made.

        Raises:
            ValueError: no value can fit what is chosen.
        """
        if self.chosen > _DEEPEST:
            raise TooDeep("choices that lead to themselves")
        other = Demand(self._refs, self._work)
        other._known = set(self._known)
        other.parts = list(self.parts)
        other.choices = [each for each in self.choices if each is not choice]
        other.watched = list(self.watched)
        other.tries = min(option.tries, self.tries)
        other.chosen = self.chosen + 1
        for schema in option.schemas:
            other.add(schema, choice.above)
        return other

    def check(self, checker: Checker) -> None:
        """Look for what contradicts itself before more choices are made for nothing.

        Raises:
            ValueError: something does.
        """
        common_types(self.parts)
        required = required_by(self.parts)
        self._work.spend(len(self.parts) * len(required) // _PARTS_PER_UNIT)
        for name in required:
            inner = [table(part, "properties").get(name, True) for part in self.parts]
            fixed = [each for each in inner if isinstance(each, dict) and _LISTED & each.keys()]
            if fixed and len(inner) > 1:
                options = [fixed[0]["const"]] if "const" in fixed[0] else fixed[0]["enum"]
                self._work.spend(len(options) // 4)
                if not any(all(checker.holds(s, each) for s in inner) for each in options):
                    raise ValueError(f"what {name[:60]} has to be contradicts itself")

    def options(self, choice: Choice, *, turned: bool) -> list[Option]:
        """The ways to satisfy a choice, in the order in which to try them.

        Args:
            turned: try it the other way round, where nothing speaks for one of two.
        """
        schema = choice.schema
        match choice.keyword:
            case "anyOf":
                return [Option((each,)) for each in schema["anyOf"]]
            case "oneOf":
                return _one_of(schema["oneOf"])
            case "not":
                others = [Option((each,)) for each in opposites(schema["not"], self._refs)]
                return [*([Option((), 1), *others] if others else []), Option(())]
            case "if":
                return self._branches(schema, turned)
        inner = schema["dependentSchemas"][choice.name]
        required = required_by(self.parts)
        if choice.name in required:
            return [Option((inner,))]
        with_it = Option(({"required": [choice.name]}, inner))
        without = Option(({"properties": {choice.name: False}},))
        known = any(choice.name in table(part, "properties") for part in self.parts)
        return [with_it, without] if known else [without, with_it]

    def _branches(self, schema: Schema, turned: bool) -> list[Option]:
        condition, then = schema["if"], schema.get("then", True)
        other = schema.get("else", True)
        if then is True and other is True:
            return [Option(())]
        # A condition on a property that is not there holds: it is worth more if it is there.
        about = list(table(condition, "properties")) if isinstance(condition, dict) else []
        yes = [Option((condition, {"required": about}, then))] if about else []
        no = [Option((each, other)) for each in opposites(condition, self._refs)]
        found = [*no, *yes] if turned else [*yes, *no]
        return [*found, Option((condition, then)), Option((other, {"not": condition}))]


def is_plain(schema: object) -> bool:
    """Whether a schema says by itself all that a value has to be, as by far the most do."""
    return schema is True or (isinstance(schema, dict) and _COMPOSED.isdisjoint(schema))


def required_by(parts: Sequence[Schema]) -> dict[str, None]:
    """The properties that have to be there, in order, with those that they need."""
    names: dict[str, None] = {}
    needs = False
    for part in parts:
        names.update(dict.fromkeys(part.get("required", ())))
        needs |= "dependentRequired" in part
    todo = list(names) if needs else []
    while todo:
        for need in needed_by(parts, todo.pop()):
            if need not in names:
                names[need] = None
                todo.append(need)
    return names


def needed_by(parts: Iterable[Schema], name: str) -> list[str]:
    """The properties that have to be there if one is."""
    return [need for part in parts for need in table(part, "dependentRequired").get(name, ())]


def _one_of(options: list[object]) -> list[Option]:
    if len(options) == 1:
        return [Option((options[0],))]
    plainly = [Option((each,), _FEW_TRIES) for each in options]
    for at, each in enumerate(options):
        others = [other for place, other in enumerate(options) if place != at]
        plainly.append(Option((each, {"not": {"anyOf": others}})))
    return plainly

"""Makes a value that is valid against a JSON schema (draft 2020-12).

It is made so as to fit, as far as a schema says how; where one says more than that (`not`, `oneOf`,
`contains`, …), what was made is checked, and made anew if need be. Formats are kept to where they
are known and the rest of the schema leaves room for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import cast

from mock_llm.draws import Draw
from mock_llm.knowledge.naming import absent, lookup, normal
from mock_llm.knowledge.reply import Reply
from mock_llm.knowledge.schema_arrays import make_array
from mock_llm.knowledge.schema_check import Checker
from mock_llm.knowledge.schema_demand import Choice, Demand, Option, TooDeep, is_plain
from mock_llm.knowledge.schema_numbers import number
from mock_llm.knowledge.schema_objects import make_object
from mock_llm.knowledge.schema_place import DEEP, Place, whole_answer
from mock_llm.knowledge.schema_reading import Json, Schema, common_types, types
from mock_llm.knowledge.schema_references import References
from mock_llm.knowledge.schema_strings import WORDS, make_string
from mock_llm.knowledge.vocabulary import FEATURES
from mock_llm.knowledge.work import Work

_DEEPEST = 40


def fill(
    schema: Schema,
    reply: Reply,
    draw: Draw,
    work: Work | None = None,
    offers: Callable[[str], bool] | None = None,
) -> Json:
    """A valid value, from the reply's structured answer where field names fit.

    Raises ValueError if the schema cannot be satisfied (or only by an endless value, or in ways
    that are not found), TooMuchWork if that is more than `work` allows.

    Args:
        offers: whether to have an optional property at the top; without it, all of them.
    """
    schema = schema if isinstance(schema, dict) else dict(schema)
    content = dict(reply.structured or {})
    content.setdefault("reason", reply.text)
    content["answer_text"] = reply.text
    said = [name for name, value in content.items() if value is True and name in FEATURES]
    content.setdefault("features", [name.replace("_", " ") for name in said])
    filler = Filler(schema, draw, work or Work(), offers)
    try:
        made = filler.value([schema], Place("", content, "$", 0))
        if filler.doubts and not filler.checker.holds(schema, made):
            raise ValueError("no value was found that fits all of it")
    except RecursionError as error:
        raise ValueError("it nests too deeply") from error
    return made


class Filler:
    """Makes the values of one schema.

    Args:
        offers: see `fill`.
    """

    def __init__(
        self, root: Schema, draw: Draw, work: Work, offers: Callable[[str], bool] | None = None
    ) -> None:
        self.draw = draw
        self.work = work
        self.offers = offers
        self._root = root
        self.doubts = False  # whether something was made that is worth checking

    @cached_property
    def references(self) -> References:
        return References(self._root)

    @cached_property
    def checker(self) -> Checker:
        return Checker(self.references, self.work)

    def value(self, schemas: Sequence[object], place: Place) -> Json:
        """A value that fits all of some schemas.

        Raises ValueError if there is none, or none is found.
        """
        self.work.spend()
        if place.depth > _DEEPEST:
            raise TooDeep(place.path[-200:])
        if not schemas or (len(schemas) == 1 and is_plain(schemas[0])):
            first = schemas[0] if schemas else True
            parts: list[Schema] = [first if isinstance(first, dict) else {}]
            if "const" in parts[0] or "enum" in parts[0]:
                return self._listed(parts, parts, place)
            return self._made(parts, (), place)
        demand = Demand(self.references, self.work, schemas)
        self.doubts |= len(demand.parts) > 1 or bool(demand.watched)
        return self._chosen(demand, place)

    def _chosen(self, demand: Demand, place: Place) -> Json:
        if any("const" in part or "enum" in part for part in demand.parts):
            choices = (choice.schema for choice in demand.choices)
            return self._listed(demand.parts, [*demand.parts, *demand.watched, *choices], place)
        if not demand.choices:
            return self._tried(demand, place)
        choice = demand.choices[0]
        alternatives = choice.keyword in ("anyOf", "oneOf")
        trouble = ValueError(f"no alternative at {place.path} can be filled")
        for option in self._ordered(demand, choice, place):
            self.work.spend()
            try:
                other = demand.having(choice, option)
                self.doubts |= len(other.parts) > 1 or bool(other.watched)
                if other.choices:
                    other.check(self.checker)
                return self._chosen(other, place.deeper() if alternatives else place)
            except ValueError as error:
                trouble = error
        raise trouble

    def _ordered(self, demand: Demand, choice: Choice, place: Place) -> list[Option]:
        label = f"{place.path}?if {demand.chosen}"
        turned = choice.keyword == "if" and self.draw.chance(label, 0.5)
        options = demand.options(choice, turned=turned)
        if choice.keyword in ("anyOf", "oneOf"):
            found = lookup(place.name, place.content)
            known_absent = found is None and bool(place.name) and absent(place.name, place.content)
            options.sort(
                key=lambda option: (
                    len(option.schemas),
                    _cost(option.schemas[0], found, place.depth, known_absent),
                )
            )
        return options

    def _tried(self, demand: Demand, place: Place) -> Json:
        if not demand.watched:
            return self._made(demand.parts, (), place)
        for attempt in range(demand.tries):
            where = place.again(attempt) if attempt else place
            made = self._made(demand.parts, demand.watched, where)
            if self._fits(demand.watched, made):
                return made
        raise ValueError(f"no value was found that fits all that is asked for at {place.path}")

    def _fits(self, schemas: Sequence[Schema], value: Json) -> bool:
        return all(self.checker.holds(schema, value) for schema in schemas)

    def _made(self, parts: Sequence[Schema], watched: Sequence[Schema], place: Place) -> Json:
        name, content = place.name, place.content
        found = lookup(name, content) if name else None
        known_absent = found is None and bool(name) and absent(name, content)
        kind = _kind(common_types(parts), found, place.depth, known_absent)
        match kind:
            case "object":
                return make_object(self, parts, found, place)
            case "array":
                return make_array(self, parts, found, place)
            case "string":
                return make_string(parts, found, place, self.draw, self.work)
            case "integer" | "number":
                return number(parts, found, self.draw, place.path, whole=kind == "integer")
            case "boolean":
                said = found if isinstance(found, bool) else self.draw.chance(place.path, 0.5)
                return said if self._fits(watched, said) else not said
            case "null":
                return None
        if not name:
            return dict(whole_answer(content))
        return found if found is not None else self.draw.choice(place.path, WORDS)

    def _listed(self, parts: Sequence[Schema], schemas: Sequence[Schema], place: Place) -> Json:
        """One of the values that `const` or `enum` lists, which fits all of some schemas. They are
        few: those that fit are found, whatever else there is to choose."""
        schema = next(part for part in parts if "const" in part or "enum" in part)
        options = [schema["const"]] if "const" in schema else schema["enum"]
        found = lookup(place.name, place.content) if place.name else None
        said = _said(options, found) if found is not None else None
        chosen = self.draw.choice(place.path, options) if said is None else said
        if not self._fits(schemas, chosen):
            self.work.spend(len(options) // 4)
            options = [option for option in options if self._fits(schemas, option)]
            if not options:
                raise ValueError(f"none of the values at {place.path} fits the rest of the schema")
            chosen = self.draw.choice(place.path, options)
        return cast(Json, chosen)


def _kind(kinds: Sequence[str], found: object, depth: int, known_absent: bool) -> str | None:
    if len(kinds) <= 1:
        return kinds[0] if kinds else None
    of = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    own = of.get(type(found))
    for fitting in (own, "number" if own == "integer" else None):
        if fitting in kinds:
            return fitting
    if (depth > DEEP or known_absent) and "null" in kinds:
        return "null"
    return next(kind for kind in kinds if kind != "null")


def _cost(option: object, found: object, depth: int, known_absent: bool) -> int:
    """Null comes last, what the answer already has first; deep down the simple comes first."""
    if not isinstance(option, dict):
        return 1
    kinds = types(option)
    if kinds == ["null"]:
        return -1 if depth > DEEP or known_absent else 3
    heavy = "$ref" in option or "object" in kinds or "array" in kinds
    if depth > DEEP and heavy:
        return 4
    wanted = {str: "string", bool: "boolean", int: "integer", float: "number"}.get(type(found))
    return 0 if wanted in kinds or (wanted == "integer" and "number" in kinds) else 1


def _said(options: Sequence[Json], found: object) -> Json:
    """The option that the answer names; None if it names none of them."""
    if isinstance(found, str):
        for option in options:
            if isinstance(option, str) and normal(option).rstrip("s") == normal(found).rstrip("s"):
                return option
        return None
    return found if found in options else None

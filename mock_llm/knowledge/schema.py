"""Makes a value that is valid against a JSON schema (draft 2020-12, the parts people use).

Known: type (also several), properties, required, additionalProperties, min/maxProperties, items,
prefixItems, contains, min/maxItems, uniqueItems, enum, const, anyOf, oneOf, allOf, $ref (local),
bounds and multipleOf, lengths, simple patterns and the common formats.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import cast

from mock_llm.draws import Draw
from mock_llm.knowledge.length import first_sentence
from mock_llm.knowledge.naming import absent, lists_products, lookup, normal
from mock_llm.knowledge.patterns import FORMATS, matching
from mock_llm.knowledge.reply import Reply
from mock_llm.knowledge.schema_numbers import number
from mock_llm.knowledge.schema_reading import (
    Json,
    Schema,
    entry_schema,
    equal,
    merged,
    plain,
    types,
)
from mock_llm.knowledge.vocabulary import FEATURES
from mock_llm.knowledge.work import Work

Content = Mapping[str, object]

_DEEP = 5  # from here on only what is required, so that recursive schemas end
_DEEPEST = 40
_NAMED = 60  # characters of a field's name: draws keep the paths that they are about
_WORDS = ("value", "example", "standard", "regular", "sample", "basic")


class _TooDeep(ValueError):
    """This way of filling never ends."""


def fill(schema: Schema, reply: Reply, draw: Draw, work: Work | None = None) -> Json:
    """A valid value, from the reply's structured answer where field names fit.

    Raises ValueError if the schema cannot be satisfied (or only by an endless value), TooMuchWork
    if that is more than `work` allows.
    """
    content = dict(reply.structured or {})
    content.setdefault("reason", reply.text)
    content["answer_text"] = reply.text
    said = [name for name, value in content.items() if value is True and name in FEATURES]
    content.setdefault("features", [name.replace("_", " ") for name in said])
    return _Filler(schema, draw, work or Work()).value(schema, "", content, "$", 0)


class _Filler:
    def __init__(self, root: Schema, draw: Draw, work: Work) -> None:
        self.root = root
        self.draw = draw
        self.work = work

    def value(self, schema: object, name: str, content: Content, path: str, depth: int) -> Json:
        self.work.spend()
        if schema is False:
            raise ValueError(f"nothing is allowed at {path}")
        if not isinstance(schema, Mapping):
            schema = {}
        if depth > _DEEPEST:
            raise _TooDeep(path)
        schema = self._resolved(schema, depth)
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self._one_of(schema, key, name, content, path, depth)
        found = lookup(name, content) if name else None
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._enum(cast("Sequence[Json]", schema["enum"]), found, path)
        known_absent = found is None and bool(name) and absent(name, content)
        kind = self._kind(types(schema), found, depth, known_absent)
        match kind:
            case "object":
                return self._object(schema, found, content, path, depth)
            case "array":
                return self._array(schema, name, found, content, path, depth)
            case "string":
                return self._string(schema, name, found, content, path)
            case "integer" | "number":
                return number(schema, found, self.draw, path, whole=kind == "integer")
            case "boolean":
                if isinstance(found, bool):
                    return found
                return self.draw.chance(path, 0.5)
            case "null":
                return None
        if not name:
            extra = ("answer_text", "features")
            whole = {key: value for key, value in content.items() if key not in extra}
            return whole if len(whole) > 1 else {"answer": content["reason"]}
        return found if found is not None else self.draw.choice(path, _WORDS)

    def _kind(self, kinds: list[str], found: object, depth: int, known_absent: bool) -> str | None:
        if len(kinds) <= 1:
            return kinds[0] if kinds else None
        of = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
        own = of.get(type(found))
        for fitting in (own, "number" if own == "integer" else None):
            if fitting in kinds:
                return fitting
        if (depth > _DEEP or known_absent) and "null" in kinds:
            return "null"
        return next(kind for kind in kinds if kind != "null")

    def _resolved(self, schema: Schema, depth: int) -> Schema:
        """The schema with its $ref followed and its allOf merged in."""
        if depth > _DEEPEST:
            raise _TooDeep("allOf")
        for _ in range(_DEEPEST):
            self.work.spend(1 + len(_mapping(schema.get("properties"))) // 10)
            if "$ref" in schema:
                rest = {key: value for key, value in schema.items() if key != "$ref"}
                schema = merged(self._target(str(schema["$ref"])), rest)
            elif "allOf" in schema:
                parts = cast("Sequence[Schema]", schema["allOf"])
                whole = {key: value for key, value in schema.items() if key != "allOf"}
                for part in parts:
                    self.work.spend(1 + len(_mapping(whole.get("properties"))) // 10)
                    if isinstance(part, Mapping):
                        whole = merged(whole, self._resolved(part, depth + 1))
                schema = whole
            else:
                return schema
        raise _TooDeep(str(schema.get("$ref")))

    def _target(self, ref: str) -> Schema:
        if not ref.startswith("#"):
            raise ValueError(f"only references within the schema are known, not {ref}")
        node: object = self.root
        for part in ref[1:].split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and key.isdecimal() and int(key) < len(node):
                node = node[int(key)]
            elif isinstance(node, Mapping) and key in node:
                node = node[key]
            else:
                raise ValueError(f"the schema has no {ref}")
        return cast(Schema, node) if isinstance(node, Mapping) else {}

    def _one_of(
        self, schema: Schema, key: str, name: str, content: Content, path: str,
        depth: int,
    ) -> Json:  # fmt: skip
        options = list(cast("Sequence[object]", schema[key]))
        rest = {k: value for k, value in schema.items() if k != key}
        found = lookup(name, content)
        known_absent = found is None and bool(name) and absent(name, content)
        options.sort(key=lambda option: self._cost(option, found, depth, known_absent))
        trouble: ValueError = ValueError(f"no alternative at {path} can be filled")
        for option in options:
            if option is False:
                continue
            whole = (
                merged(rest, self._resolved(option, depth)) if isinstance(option, Mapping) else rest
            )
            try:
                return self.value(whole, name, content, path, depth + 1)
            except ValueError as error:
                trouble = error
        raise trouble

    def _cost(self, option: object, found: object, depth: int, known_absent: bool) -> int:
        """Null comes last, what the answer already has first; deep down the simple comes first."""
        if not isinstance(option, Mapping):
            return 1
        kinds = types(option)
        if kinds == ["null"]:
            return -1 if depth > _DEEP or known_absent else 3
        heavy = "$ref" in option or "object" in kinds or "array" in kinds
        if depth > _DEEP and heavy:
            return 4
        wanted = {str: "string", bool: "boolean", int: "integer", float: "number"}.get(type(found))
        return 0 if wanted in kinds or (wanted == "integer" and "number" in kinds) else 1

    def _enum(self, options: Sequence[Json], found: object, path: str) -> Json:
        if isinstance(found, str):
            for option in options:
                if isinstance(option, str) and normal(option).rstrip("s") == normal(found).rstrip(
                    "s"
                ):
                    return option
        elif found is not None and found in options:
            return found
        return self.draw.choice(path, options)

    def _object(
        self, schema: Schema, found: object, content: Content, path: str, depth: int
    ) -> Json:
        if isinstance(found, Mapping):
            content = {**content, **found}
        properties = cast("Mapping[str, object]", schema.get("properties") or {})
        required = dict.fromkeys(map(str, cast("Sequence[object]", schema.get("required") or ())))
        names = [name for name in properties if name in required or depth < _DEEP]
        names += [name for name in required if name not in properties]
        most = cast(float, schema.get("maxProperties", math.inf))
        names.sort(key=lambda name: name not in required)
        others = schema.get("additionalProperties", True)
        made: dict[str, Json] = {}
        for name in names:
            if len(made) >= most and name not in required:
                break
            try:
                made[name] = self.value(
                    properties.get(name, others),
                    name,
                    content,
                    f"{path}.{name[:_NAMED]}",
                    depth + 1,
                )
            except ValueError:
                if name in required:
                    raise
        free = not properties and not required and others is True and most == math.inf
        if free and depth == 0:
            made = cast("dict[str, Json]", self.value({}, "", content, path, depth))
        least = cast(int, schema.get("minProperties", 0))
        for extra_number in range(least * 2):
            if len(made) >= least:
                break
            extra = f"field_{extra_number + 1}"
            made.setdefault(extra, self.value(others, extra, content, f"{path}.{extra}", depth + 1))
        order = [name for name in properties if name in made]
        return {name: made[name] for name in [*order, *(n for n in made if n not in order)]}

    def _array(
        self, schema: Schema, name: str, found: object, content: Content, path: str, depth: int
    ) -> Json:
        entries = list(found) if isinstance(found, list | tuple) else []
        rows = content.get("items")
        listing = lists_products(name) or "object" in types(_mapping(schema.get("items")))
        if not isinstance(found, list) and listing and isinstance(rows, list):
            entries = found = list(rows)
        least = cast(int, schema.get("minItems", 0))
        most = cast(float, schema.get("maxItems", math.inf))
        heads = list(cast("Sequence[object]", schema.get("prefixItems") or ()))
        made_up = 0 if depth > _DEEP else 1
        size = len(entries) if isinstance(found, list) else made_up
        size = int(min(max(size, least, len(heads)), most))
        made: list[Json] = []
        for attempt in range(size * 6 + 6):
            if len(made) >= size:
                break
            inner = entry_schema(schema, heads, len(made))
            if inner is False:
                break
            own = entries[attempt] if attempt < len(entries) else None
            entry = self._entry(inner, own, attempt, content, f"{path}[{attempt}]", depth)
            if schema.get("uniqueItems"):
                self.work.spend(len(made) // 20)
            if not schema.get("uniqueItems") or all(not equal(entry, old) for old in made):
                made.append(entry)
        if len(made) < least:
            raise ValueError(f"cannot make {least} different entries at {path}")
        return made

    def _entry(
        self, schema: object, own: Json, index: int, content: Content, path: str, depth: int
    ) -> Json:
        """One entry of a list: what stands in the answer's own list, or its product of that
        number, or something made up."""
        rows = content.get("items")
        row = rows[index] if isinstance(rows, list) and index < len(rows) else {}
        inner = {**content, **(row if isinstance(row, Mapping) else {})}
        inner |= own if isinstance(own, Mapping) else {"entry": own}
        if isinstance(own, Mapping):
            inner["entry"] = own.get("product", own)
        for lists in ("items", "products"):
            inner.pop(lists, None)
        return self.value(schema, "entry", inner, path, depth + 1)

    def _string(self, schema: Schema, name: str, found: object, content: Content, path: str) -> str:
        least = cast(int, schema.get("minLength", 0))
        most = cast(float, schema.get("maxLength", math.inf))
        pattern = schema.get("pattern")
        if isinstance(pattern, str):
            return matching(pattern, found, least, most, self.draw, path, self.work)
        form = schema.get("format")
        if isinstance(form, str) and form in FORMATS:
            return FORMATS[form](self.draw, path)
        text = found if isinstance(found, str) else plain(found)
        if not text or normal(name) == "answer":
            made_up = self.draw.choice(path, _WORDS)
            text = made_up if name == "entry" else first_sentence(str(content["answer_text"]))
        while len(text) < least:
            self.work.spend()
            text += " " + self.draw.choice(f"{path}{len(text)}", _WORDS)
        return text if len(text) <= most else text[: int(most)]


def _mapping(schema: object) -> Schema:
    return schema if isinstance(schema, Mapping) else {}

"""Texts with gaps, which are filled from the request that is answered.

"${city} has ${request.messages[0].content|no} rain"

A gap is `${NAME}`, or `${NAME|FALLBACK}` for what a request may lack. The names are those of
`FIELDS`, the named groups of the rule's regular expression, and `request.PATH`: a path into the
request's JSON, of keys and [positions], where -1 is the last. `$${` is a plain `${`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

FIELDS = ("model", "endpoint", "user", "last", "system", "count", "match")
_GAP = re.compile(r"\$(?P<plain>\$?)\{(?P<inside>[^{}]*)\}")
_PATH = re.compile(r"request(?P<steps>(?:\.\w[\w-]*|\[-?\d+\])+)")
_STEP = re.compile(r"\.(?P<key>\w[\w-]*)|\[(?P<position>-?\d+)\]")

Value = Callable[[str], object]
"""Gives what is known under a name; None if nothing is."""


class Unfilled(ValueError):
    """A gap that the request has nothing for; the message names it."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A place for what is known under a name. `fallback` None insists on it."""

    name: str
    fallback: str | None = None

    def fill(self, value: Value) -> object:
        found = value(self.name)
        if found is not None:
            return found
        if self.fallback is None:
            raise Unfilled(f"${{{self.name}}}")
        return self.fallback


Filled = Callable[[Value], Any]
"""Something with gaps, waiting for what fills them; raises Unfilled."""


def template(text: str, groups: Sequence[str] = ()) -> Filled:
    """A text with gaps.

    Args:
        groups: the names that the rule's regular expression gives.

    Raises:
        ValueError: a gap names nothing that there is; the message is for whoever wrote it.
    """
    parts = _parts(text, groups)
    if len(parts) == 1 and isinstance(parts[0], str):
        plain = parts[0]
        return lambda value: plain
    return lambda value: "".join(
        part if isinstance(part, str) else _as_text(part.fill(value)) for part in parts
    )


def filled_data(data: Any, groups: Sequence[str] = ()) -> Filled:
    """Plain data whose texts have gaps. A text that is one gap becomes the value itself.

    Raises:
        ValueError: as for `template`.
    """
    if isinstance(data, str):
        parts = _parts(data, groups)
        if len(parts) == 1 and isinstance(parts[0], Gap):
            return parts[0].fill
        return template(data, groups)
    if isinstance(data, Mapping):
        values = {str(key): filled_data(each, groups) for key, each in data.items()}
        return lambda value: {key: fill(value) for key, fill in values.items()}
    if isinstance(data, list):
        items = [filled_data(each, groups) for each in data]
        return lambda value: [fill(value) for fill in items]
    return lambda value: data


def at_path(request: object, name: str) -> object:
    """What stands at `request.PATH`; None if nothing does."""
    found = request
    for step in _STEP.finditer(name.removeprefix("request")):
        if step["key"] is not None:
            found = found.get(step["key"]) if isinstance(found, Mapping) else None
        elif isinstance(found, list):
            place = int(step["position"])
            found = found[place] if -len(found) <= place < len(found) else None
        else:
            return None
    return found


def _parts(text: str, groups: Sequence[str]) -> list[str | Gap]:
    parts: list[str | Gap] = []
    plain = ""
    after = 0
    for found in _GAP.finditer(text):
        plain += text[after : found.start()]
        after = found.end()
        if found["plain"]:
            plain += found.group()[1:]
            continue
        if plain:
            parts.append(plain)
            plain = ""
        parts.append(_gap(found["inside"], groups))
    plain += text[after:]
    if plain or not parts:
        parts.append(plain)
    return parts


def _gap(inside: str, groups: Sequence[str]) -> Gap:
    name, bar, fallback = inside.partition("|")
    name = name.strip()
    known = (*FIELDS, *groups)
    if name in known or _PATH.fullmatch(name):
        return Gap(name, fallback if bar else None)
    if name.startswith("request"):
        raise ValueError(f"'${{{name}}}' is no path; write it as ${{request.messages[0].content}}")
    raise ValueError(f"{name!r} is none of {', '.join(known)}, request.PATH")


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()

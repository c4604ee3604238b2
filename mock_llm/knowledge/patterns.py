"""Strings of a wanted form: the common formats of JSON schema, and simple regular expressions."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from mock_llm.draws import Draw
from mock_llm.knowledge.work import Work

_TRIES = 60
_MANY = 4  # how often * and + repeat at most
_CLASSES = {
    "d": string.digits,
    "w": string.ascii_lowercase + string.digits + "_",
    "s": " ",
    "D": string.ascii_lowercase,
    "W": "-",
    "S": string.ascii_lowercase + string.digits,
    **{"n": "\n", "r": "\r", "t": "\t"},
    **dict.fromkeys("bBAZz", ""),
}
_LARGEST_CLASS = 256  # characters of a range; nobody needs all of Unicode to choose from
_UNPAIRED = range(0xD800, 0xE000)  # halves of characters, which no text may hold
_GROUP = re.compile(r"\?(?:[a-zA-Z]*:|P?<\w+>|[a-zA-Z]+(?=\)))")
_LONGEST_OPENING = 100  # characters of what may stand behind a (
_CODES = {"x": re.compile("([0-9a-fA-F]{2})"), "u": re.compile("([0-9a-fA-F]{4})")}
_LOOKS = ("?=", "?!", "?<=", "?<!")
_ANY = string.ascii_lowercase + string.digits


def _date(draw: Draw, label: str) -> str:
    return f"2026-{1 + draw.integer(label + 'm', 12):02d}-{1 + draw.integer(label + 'd', 28):02d}"


def _time(draw: Draw, label: str) -> str:
    return f"{draw.integer(label + 'h', 24):02d}:{draw.integer(label + 'min', 60):02d}:00Z"


FORMATS: Mapping[str, Callable[[Draw, str], str]] = {
    "date": _date,
    "time": _time,
    "date-time": lambda draw, label: f"{_date(draw, label)}T{_time(draw, label)}",
    "duration": lambda draw, label: f"P{1 + draw.integer(label, 9)}D",
    "email": lambda draw, label: f"customer{draw.integer(label, 1000)}@example.com",
    "uri": lambda draw, label: f"https://example.com/{draw.integer(label, 1000)}",
    "uuid": lambda draw, label: str(UUID(int=draw.integer(label, 1 << 62), version=4)),
    "hostname": lambda draw, label: f"host{draw.integer(label, 1000)}.example.com",
    "ipv4": lambda draw, label: f"192.0.2.{1 + draw.integer(label, 250)}",
    "ipv6": lambda draw, label: f"2001:db8::{1 + draw.integer(label, 9999):x}",
}


def matching(
    patterns: Sequence[str],
    found: object,
    least: int,
    most: float,
    draw: Draw,
    label: str,
    work: Work,
) -> str:
    """A string in which all of some patterns are found, of the wanted length.

    Known are literals, classes, groups, alternatives, repetitions and what is looked ahead for.
    Raises ValueError if none was found in a bounded number of tries (back-references, patterns
    that say what must not be), TooMuchWork if that is more than `work` allows.
    """
    fits = isinstance(found, str) and least <= len(found) <= most
    if fits and all(work.found(pattern, str(found)) for pattern in patterns):
        return str(found)
    shown = " and ".join(repr(pattern[:100]) for pattern in patterns)
    for attempt in range(_TRIES):
        made = _written(patterns, attempt, least, draw, label, work)
        lacking = "x" * (least - len(made))
        if not patterns[-1].endswith("$"):
            made += lacking
        elif not patterns[0].startswith("^"):
            made = lacking + made
        if least <= len(made) <= most and all(work.found(pattern, made) for pattern in patterns):
            return made
    raise ValueError(f"found no string for the pattern {shown}")


def _written(
    patterns: Sequence[str], attempt: int, least: int, draw: Draw, label: str, work: Work
) -> str:
    """One string for a pattern; for several one after the other, or for one of them."""
    if len(patterns) == 1:
        return _Writer(patterns[0], draw, f"{label}/{attempt}", attempt, work).text()
    texts = [
        _Writer(pattern, draw, f"{label}/{attempt}/{number}", attempt, work).text()
        for number, pattern in enumerate(patterns)
    ]
    way = attempt % (len(texts) + 2)
    if way < len(texts):
        return texts[way]
    between = "x" * (least - sum(map(len, texts)))
    return between.join(texts if way == len(texts) else reversed(texts))


class _Writer:
    """Writes one string for a regular expression, by reading it from left to right."""

    def __init__(self, pattern: str, draw: Draw, label: str, attempt: int, work: Work) -> None:
        self.pattern = pattern
        self.work = work
        self.draw = draw
        self.label = label
        self.at = 0
        self.drawn = 0
        self.many = _MANY + attempt
        self.atoms = 0
        self.ahead: list[str] = []
        self.adds = attempt % 2 == 0

    def text(self) -> str:
        made = self._alternatives()
        for place, text in enumerate(self.ahead):
            # What is looked ahead for is put in front, or its end in place of a character.
            made = text + made if self.adds else made[:place] + text[-1:] + made[place + 1 :]
        return made

    def _choice(self, options: str | list[str]) -> str:
        self.drawn += 1
        return self.draw.choice(f"{self.label}/{self.drawn}", list(options) or [""])

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def _take(self) -> str:
        char = self._peek()
        self.at += 1
        return char

    def _alternatives(self) -> str:
        options = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            options.append(self._sequence())
        return self._choice(options)

    def _sequence(self) -> str:
        made = ""
        while self._peek() not in ("", "|", ")"):
            start = self.at
            atom = self._atom()
            end = self.at
            made += atom
            for _ in range(self._repeats() - 1):
                behind = self.at
                self.at = start
                made += self._atom()
                self.at = behind
            if self.zero:
                made = made[: len(made) - len(atom)]
            del end
        return made

    def _repeats(self) -> int:
        """How often the atom before is repeated; sets `zero` if it is left out."""
        low, high = 1, 1
        char = self._peek()
        if char in ("?", "*", "+"):
            self.at += 1
            low, high = {"?": (0, 1), "*": (0, self.many), "+": (1, self.many)}[char]
        elif char == "{" and (found := re.match(r"\{(\d*)(,?)(\d*)\}", self.pattern[self.at :])):
            self.at += found.end()
            low = int(found[1] or 0)
            high = int(found[3]) if found[3] else low + self.many if found[2] else low
        if self._peek() in ("?", "+") and (low, high) != (1, 1):
            self.at += 1
        self.drawn += 1
        times = low + self.draw.integer(f"{self.label}/{self.drawn}", high - low + 1)
        self.zero = times == 0
        return times

    zero = False

    def _atom(self) -> str:
        self.atoms += 1
        if self.atoms % 5 == 0:
            self.work.spend()
        char = self._take()
        if char == "[":
            return self._choice(self._class())
        if char == "(":
            rest = self.pattern[self.at : self.at + _LONGEST_OPENING]
            looks = next((each for each in _LOOKS if rest.startswith(each)), "")
            found = _GROUP.match(rest)
            self.at += len(looks) or (found.end() if found else 0)
            made = self._alternatives()
            self.at += 1
            if looks == "?=":
                self.ahead.append(made)
            return "" if looks else made
        if char == "\\":
            return self._choice(self._escaped())
        if char == ".":
            return self._choice(_ANY)
        return "" if char in "^$" else char

    def _escaped(self) -> str:
        """The characters that an escape stands for."""
        escaped = self._take()
        code = _CODES.get(escaped)
        if code and (found := code.match(self.pattern, self.at)):
            self.at = found.end()
            return _between(*[chr(int(found[1], 16))] * 2)
        return _CLASSES.get(escaped, escaped)

    def _class(self) -> str:
        negated = self._peek() == "^"
        self.at += negated
        members = ""
        first = True
        while (char := self._take()) not in ("", "]") or (first and char == "]"):
            first = False
            if char == "\\":
                members += self._escaped()
            elif self._peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                members += _between(char, self._take())
            else:
                members += char
        if negated:
            members = "".join(each for each in string.printable[:94] if each not in members)
        return members


def _between(first: str, last: str) -> str:
    codes = range(ord(first), min(ord(last), ord(first) + _LARGEST_CLASS) + 1)
    return "".join(chr(code) for code in codes if code not in _UNPAIRED)

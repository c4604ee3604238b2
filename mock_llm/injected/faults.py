"""Which requests fail, and how.

A fault has a kind, triggers and a scope. Triggers: `probability`, the `first` n requests, `every`
nth; all that are given must hold, and with none it always strikes. Scope: model, endpoint (and what
lies under its path), stream, user, `text` (which the prompt must hold, in large or small letters),
`load` (so many requests under way in the lab, this one included), and a window of time: `from_s`
until before `until_s` seconds after the fault came into force, with `repeat_s` again so often.

Faults are looked at in order and the first that strikes takes the request; later ones neither see
nor count it, so two faults with first=2 and first=1 make three failures in a row. `times` is how
often a fault strikes before it is spent; it counts down.

`first` and `every` count the requests in scope. A probability is decided by a hash of the seed, the
fault, the request's content and how often that content came before, never by order of arrival.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mock_llm.draws import Draw
from mock_llm.injected.fault_kinds import ENDPOINTS, KINDS, Kind
from mock_llm.injected.fault_scope import Target, in_scope
from mock_llm.injected.windows import KEYS as WINDOW_KEYS
from mock_llm.injected.windows import Window, parse_window
from mock_llm.yamlfile import MOST, SettingError, Table

MOST_FACTOR = 1_000.0

# Stands for a kind that nobody knows, so that the rest of such a fault can be read all the same.
_ANY = Kind(
    "",
    frozenset(ENDPOINTS),
    settings={name: value for kind in KINDS.values() for name, value in kind.settings.items()},
)
_PLAIN = (
    "probability",
    "first",
    "every",
    "times",
    "model",
    "endpoint",
    "stream",
    "user",
    "text",
    "load",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, as it was asked for. Times in `settings` are seconds."""

    kind: str
    probability: float | None = None
    first: int | None = None
    every: int | None = None
    model: str | None = None
    endpoint: str | None = None
    stream: bool | None = None
    settings: Mapping[str, float | None] = field(default_factory=dict)
    times: int | None = None
    user: str | None = None
    text: str | None = None
    load: int | None = None
    window: Window | None = None

    def has(self, name: str) -> bool:
        """Whether its kind takes such a setting."""
        return name in KINDS[self.kind].settings

    def setting(self, name: str) -> float | None:
        """A setting of this fault: given, or its kind's default."""
        return self.settings[name] if name in self.settings else KINDS[self.kind].settings[name]

    def to_dict(self) -> dict[str, Any]:
        """The fault as a scenario file writes it, without what was left out."""
        given = {name: getattr(self, name) for name in ("kind", *_PLAIN)}
        window = self.window.to_dict() if self.window else {}
        return (
            {name: value for name, value in given.items() if value is not None}
            | window
            | dict(self.settings)
        )


class Rule:
    """A fault in force, with its counters."""

    __slots__ = ("_counter", "_since", "fault", "left")

    def __init__(self, fault: Fault, since: float) -> None:
        self.fault = fault
        self.left = fault.times
        self._since = since
        self._counter = itertools.count(1)

    def strikes(self, seed: int, position: int, target: Target, now: float) -> bool:
        """Whether it takes a request; if so it counts down."""
        fault = self.fault
        if self.left == 0:
            return False
        if fault.window is not None and not fault.window.holds(now - self._since):
            return False
        if not in_scope(fault, target):
            return False
        number = next(self._counter)
        if fault.first is not None and number > fault.first:
            return False
        if fault.every is not None and number % fault.every:
            return False
        if fault.probability is not None:
            subject = (f"{position} {fault.kind}", target.content, str(target.occurrence))
            if Draw(seed, "fault", *subject).uniform("strikes") >= fault.probability:
                return False
        if self.left is not None:
            self.left -= 1
        return True


class Faults:
    """The faults in force in one lab, with their counters. The caller holds the lab's lock.

    Args:
        now: a moment of the lab's clock; the windows of these faults begin then.
    """

    def __init__(self, faults: Sequence[Fault] = (), now: float = 0.0) -> None:
        self._rules = [Rule(fault, now) for fault in faults]

    def __len__(self) -> int:
        return len(self._rules)

    def list(self) -> list[Fault]:
        """The faults in order; `times` is what is left of it."""
        return [
            rule.fault if rule.left is None else replace(rule.fault, times=rule.left)
            for rule in self._rules
        ]

    def add(self, fault: Fault, now: float = 0.0) -> None:
        self._rules.append(Rule(fault, now))

    def strike(self, seed: int, target: Target, now: float = 0.0) -> Fault | None:
        """The fault that takes this request, if one does."""
        for position, rule in enumerate(self._rules):
            if rule.strikes(seed, position, target, now):
                return rule.fault
        return None


def parse_fault(table: Table) -> Fault:
    """The fault in a table.

    Raises:
        SettingError: naming the key and what is wrong with it.
    """
    named = table.raw("kind")
    kind = KINDS.get(named, _ANY) if isinstance(named, str) else _ANY
    stream = table.raw("stream")
    if stream is not None and not isinstance(stream, bool):
        raise table.fail("stream", f"expected true or false, got {stream!r}")
    fault = Fault(
        kind=str(named),
        probability=table.number("probability", most=1.0) if "probability" in table else None,
        first=_count(table, "first"),
        every=_count(table, "every", least=1),
        times=_count(table, "times"),
        model=_text(table, "model"),
        endpoint=_endpoint(table, kind) if "endpoint" in table else None,
        stream=stream,
        user=_text(table, "user"),
        text=_text(table, "text"),
        load=_count(table, "load", least=1),
        window=parse_window(table) if any(key in table for key in WINDOW_KEYS) else None,
        settings=parse_settings(table, kind),
    )
    table.only_known(*kind.settings)
    if table.text("kind") not in KINDS:
        raise table.fail("kind", f"{named!r} is none of {', '.join(KINDS)}")
    return fault


def parse_settings(table: Table, kind: Kind) -> dict[str, float | None]:
    """What a table tells a kind; only what is given.

    Raises:
        SettingError: naming the key and what is wrong with it.
    """
    settings = {
        key: None if table.raw(key) is None else table.number(key)
        for key in kind.settings
        if key in table
    }
    fraction = settings.get("fraction")
    if fraction is not None and fraction > 1.0:
        raise table.fail("fraction", "must be between 0 and 1")
    for key, least, most in (("bytes_each", 1.0, MOST), ("factor", 1.0, MOST_FACTOR)):
        value = settings.get(key)
        if value is not None and value < least:
            raise table.fail(key, f"must be at least {least:g}, got {value:g}")
        if value is not None and value > most:
            raise table.fail(key, f"must be at most {most:g}, got {value:g}")
    return settings


def make_fault(kind: str, values: Mapping[str, object]) -> Fault:
    """A fault from a kind and keyword values; None is "not given".

    Raises:
        SettingError: naming the value and what is wrong with it.
    """
    given = {key: value for key, value in values.items() if value is not None}
    if "kind" in given:
        raise SettingError("fault: kind: is given twice")
    return parse_fault(Table({"kind": kind, **given}, f"fault {kind}"))


def _count(table: Table, key: str, least: int = 0) -> int | None:
    return table.integer(key, least=least) if key in table else None


def _text(table: Table, key: str) -> str | None:
    return table.text(key) if key in table else None


def _endpoint(table: Table, kind: Kind) -> str:
    """An endpoint's path, also from "chat/completions" or "chat.completions"."""
    given = table.text("endpoint")
    path = "/v1/" + given.removeprefix("/v1/").strip("/").replace(".", "/")
    if path not in ENDPOINTS:
        raise table.fail("endpoint", f"{given!r} is none of {', '.join(ENDPOINTS)}")
    if path not in kind.endpoints and not kind.before_model:
        raise table.fail("endpoint", f"{path} cannot fail this way")
    return path

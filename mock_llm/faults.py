"""Which requests fail, and how.

A fault has a kind, triggers and a scope. Triggers: `probability`, the `first` n requests, `every`
nth; all that are given must hold, and with none it always strikes. Scope: model, endpoint, stream.
Faults are looked at in order and the first that strikes takes the request; later ones neither see
nor count it, so two faults with first=2 and first=1 make three failures in a row.

`first` and `every` count the requests in scope. A probability is decided by a hash of the seed, the
fault, the request's content and how often that content came before, never by order of arrival.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mock_llm.draws import Draw
from mock_llm.fault_kinds import ENDPOINTS, KINDS, Kind
from mock_llm.yamlfile import SettingError, Table


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

    def setting(self, name: str) -> float | None:
        """A setting of this fault: given, or its kind's default."""
        return self.settings[name] if name in self.settings else KINDS[self.kind].settings[name]

    def to_dict(self) -> dict[str, Any]:
        """The fault as a scenario file writes it, without what was left out."""
        names = ("kind", "probability", "first", "every", "model", "endpoint", "stream")
        given = {name: getattr(self, name) for name in names}
        return {name: value for name, value in given.items() if value is not None} | dict(
            self.settings
        )


@dataclass(frozen=True, slots=True)
class Target:
    """What a fault needs to know about a request. `content` names what is in it."""

    endpoint: str
    model: str
    stream: bool
    wants_json: bool
    content: str
    occurrence: int


class Faults:
    """The faults in force in one lab, with their counters. The caller holds the lab's lock."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._rules = [(fault, itertools.count(1)) for fault in faults]

    def list(self) -> list[Fault]:
        return [fault for fault, _ in self._rules]

    def add(self, fault: Fault) -> None:
        self._rules.append((fault, itertools.count(1)))

    def strike(self, seed: int, target: Target) -> Fault | None:
        """The fault that takes this request, if one does."""
        for position, (fault, counter) in enumerate(self._rules):
            if not _in_scope(fault, KINDS[fault.kind], target):
                continue
            number = next(counter)
            if fault.first is not None and number > fault.first:
                continue
            if fault.every is not None and number % fault.every:
                continue
            if fault.probability is not None:
                subject = (f"{position} {fault.kind}", target.content, str(target.occurrence))
                if Draw(seed, "fault", *subject).uniform("strikes") >= fault.probability:
                    continue
            return fault
        return None


def _in_scope(fault: Fault, kind: Kind, target: Target) -> bool:
    if fault.endpoint is None:
        if target.endpoint not in kind.endpoints:
            return False
    elif fault.endpoint != target.endpoint:
        return False
    if fault.model is not None and fault.model != target.model:
        return False
    if fault.stream is not None and fault.stream != target.stream:
        return False
    if kind.asks == "stream":
        return target.stream
    return target.wants_json if kind.asks == "json" else True


def parse_fault(table: Table) -> Fault:
    """The fault in a table.

    Raises:
        SettingError: naming the key and what is wrong with it.
    """
    name = table.text("kind")
    kind = KINDS.get(name)
    if kind is None:
        raise table.fail("kind", f"{name!r} is none of {', '.join(KINDS)}")
    stream = table.raw("stream")
    if stream is not None and not isinstance(stream, bool):
        raise table.fail("stream", f"expected true or false, got {stream!r}")
    settings = {
        key: None if table.raw(key) is None else table.number(key)
        for key in kind.settings
        if key in table
    }
    if settings.get("fraction", 0.0) > 1.0:  # type: ignore[operator]  # never None
        raise table.fail("fraction", "must be between 0 and 1")
    fault = Fault(
        kind=name,
        probability=table.number("probability", most=1.0) if "probability" in table else None,
        first=table.integer("first") if "first" in table else None,
        every=table.integer("every", least=1) if "every" in table else None,
        model=table.text("model") if "model" in table else None,
        endpoint=_endpoint(table, kind) if "endpoint" in table else None,
        stream=stream,
        settings=settings,
    )
    table.only_known(*kind.settings)
    return fault


def make_fault(kind: str, values: Mapping[str, object]) -> Fault:
    """A fault from a kind and keyword values; None is "not given".

    Raises:
        SettingError: naming the value and what is wrong with it.
    """
    given = {key: value for key, value in values.items() if value is not None}
    if "kind" in given:
        raise SettingError("fault: kind: is given twice")
    return parse_fault(Table({"kind": kind, **given}, f"fault {kind}"))


def _endpoint(table: Table, kind: Kind) -> str:
    """An endpoint's path, also from "chat/completions" or "chat.completions"."""
    given = table.text("endpoint")
    path = "/v1/" + given.removeprefix("/v1/").strip("/").replace(".", "/")
    if path not in ENDPOINTS:
        raise table.fail("endpoint", f"{given!r} is none of {', '.join(ENDPOINTS)}")
    if path not in kind.endpoints and not kind.before_model:
        raise table.fail("endpoint", f"{path} cannot fail this way")
    return path

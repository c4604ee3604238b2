"""What one request brings along: a fault or a latency of its own.

X-Mock-Fault: unavailable; retry_after_s=2
X-Mock-Latency: ttft_s=0.5; per_token_median_s=0.01; per_token_p99_s=0.05

or, in the URL, ?mock_fault=unavailable;retry_after_s=2&mock_latency=ttft_s=0.5. `none` stands for
"no fault" or "no latency".

Precedence, strongest first: the request itself, what an admin call (or a method of the lab) set,
the scenario, the defaults. What is stronger replaces what is weaker and is never merged with it: a
request with a fault of its own sees none of the lab's, and they do not count it; a latency of its
own knows no creep of the lab's. Load and limits hold for every request. One thing adds: a fault
that is added to a lab comes after the scenario's, which go on.

Where the server has an admin token, such a request has to bring it (X-Admin-Token): otherwise
whoever is tested could take the faults away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from urllib.parse import parse_qs

from mock_llm.injected.fault_kinds import KINDS
from mock_llm.injected.fault_scope import Target, fits
from mock_llm.injected.faults import Fault, parse_settings
from mock_llm.injected.latency import Pace, parse_pace
from mock_llm.refusals import Refusal
from mock_llm.yamlfile import SettingError, Table, with_hint

FAULT, LATENCY = "X-Mock-Fault", "X-Mock-Latency"
_FAULT, _LATENCY = FAULT.lower().encode(), LATENCY.lower().encode()
_TOKEN = b"x-admin-token"
_NONE = "none"


@dataclass(frozen=True, slots=True)
class Overrides:
    """What one request replaces. None leaves it to the lab."""

    no_fault: bool = False
    fault: Fault | None = None
    pace: Pace | None = None

    def fault_for(self, target: Target) -> Fault | None:
        """The request's own fault.

        Raises:
            Refusal: such a request cannot fail this way.
        """
        fault = self.fault
        if fault is None:
            return None
        kind = KINDS[fault.kind]
        if target.endpoint not in kind.endpoints and not kind.before_model:
            raise _wrong(FAULT, f"{target.endpoint} cannot fail as {fault.kind}")
        if not fits(kind.asks, target):
            wanted = {"stream": "streams", "whole": "does not stream", "json": "asks for JSON"}
            raise _wrong(
                FAULT, f"{fault.kind} strikes only a request that {wanted[kind.asks or '']}"
            )
        return fault


def read_overrides(
    headers: Mapping[bytes, bytes], query: bytes, token: str | None = None
) -> Overrides | None:
    """What a request brings along, None if it is nothing.

    Args:
        token: the server's admin token, if it has one.

    Raises:
        Refusal: naming the header and what is wrong with it, or that the token is missing.
    """
    fault, latency = headers.get(_FAULT), headers.get(_LATENCY)
    if b"mock_" in query:
        asked = parse_qs(query.decode("latin-1"), keep_blank_values=True, separator="&")
        fault = _once(FAULT, fault, asked.get("mock_fault", []))
        latency = _once(LATENCY, latency, asked.get("mock_latency", []))
    if fault is None and latency is None:
        return None
    if token and not compare_digest(headers.get(_TOKEN, b""), token.encode()):
        name = FAULT if fault is not None else LATENCY
        raise Refusal(
            "forbidden",
            f"{name}: this server asks for its admin token (X-Admin-Token).",
            param=name,
        )
    try:
        own = _fault(fault.decode("latin-1")) if fault is not None else None
        pace = _pace(latency.decode("latin-1")) if latency is not None else None
    except SettingError as error:
        name, _, problem = str(error).partition(": ")
        raise _wrong(name, problem) from error
    return Overrides(no_fault=fault is not None and own is None, fault=own, pace=pace)


def _once(name: str, header: bytes | None, queried: list[str]) -> bytes | None:
    if len(queried) + (header is not None) > 1:
        raise _wrong(name, "is given twice")
    return queried[0].encode("utf-8") if queried else header


def _fault(text: str) -> Fault | None:
    kind, _, rest = text.partition(";")
    kind = kind.strip()
    if kind == _NONE and not rest.strip():
        return None
    if kind not in KINDS:
        raise SettingError(with_hint(f"{FAULT}: {kind!r} is none of {', '.join(KINDS)}"))
    table = _table(FAULT, rest)
    fault = Fault(kind, settings=parse_settings(table, KINDS[kind]))
    table.only_known(*KINDS[kind].settings)
    return fault


def _pace(text: str) -> Pace:
    return Pace() if text.strip() == _NONE else parse_pace(_table(LATENCY, text))


def _table(name: str, text: str) -> Table:
    """The numbers in "a=1; b=2"."""
    values: dict[str, object] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        key, equals, value = map(str.strip, part.partition("="))
        if not equals:
            raise SettingError(f"{name}: expected NAME=NUMBER, got {part!r}")
        if key in values:
            raise SettingError(f"{name}: {key}: is given twice")
        values[key] = _number(value)
    return Table(values, name)


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _wrong(name: str, problem: str) -> Refusal:
    return Refusal("invalid_value", f"{name}: {problem}.", param=name)

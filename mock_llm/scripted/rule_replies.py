"""What a rule lets the model say: exactly one of these, and what may stand beside it.

text: a template, see `mock_llm.scripted.templates`
json: a value that is sent as JSON; its texts are templates
tool_calls: a list of {name, arguments}; texts in the arguments are templates
refusal: a template, or true for the usual words
error: {status, message, code, type, retry_after_s}, in the provider's own format; it costs nothing

Beside it: finish_reason; usage {prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens},
which is billed; latency, as in a scenario (`mock_llm.injected.latency`), which replaces the lab's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import orjson

from mock_llm.evidence.prices import Usage
from mock_llm.injected.latency import Pace, parse_pace
from mock_llm.refusals import Reason, Refusal, retry_after
from mock_llm.scripted.templates import Filled, Unfilled, Value, filled_data, template
from mock_llm.yamlfile import Table

FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]
KINDS = ("text", "json", "tool_calls", "refusal", "error")
USAGE = ("prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens")
REFUSAL = "I'm sorry, but I can't help with that."
# Status → what a provider means by it; any other one is an invalid request or a server's error.
_REASONS: Mapping[int, Reason] = {
    401: "no_key",
    403: "forbidden",
    404: "unknown_object",
    408: "timed_out",
    409: "conflict",
    413: "too_large",
    429: "rate_limited",
    500: "server_error",
    502: "bad_gateway",
    503: "unavailable",
    504: "gateway_timeout",
    529: "overloaded",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the model is to say to one request, with all gaps filled.

    `calls` are names and arguments as JSON. `usage` holds the counts that a rule sets, by the
    names in `USAGE`; `pace` is None where the lab's holds.
    """

    rule: str
    text: str = ""
    calls: Sequence[tuple[str, str]] = ()
    refused: bool = False
    finish_reason: FinishReason | None = None
    usage: Mapping[str, int] = field(default_factory=dict)
    pace: Pace | None = None

    def billed(self, used: Usage) -> Usage:
        """What is billed instead of what was used."""
        if not self.usage:
            return used
        wanted = self.usage
        prompt = wanted.get("prompt_tokens", used.prompt)
        return replace(
            used,
            prompt=prompt,
            completion=wanted.get("completion_tokens", used.completion),
            cached=min(prompt, wanted.get("cached_tokens", used.cached)),
            reasoning=wanted.get("reasoning_tokens", used.reasoning),
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """An error in the place of a reply. `code` and `type` None are the provider's usual ones."""

    status: int
    message: Filled
    code: str | None = None
    type: str | None = None
    retry_after_s: float | None = None

    def refusal(self, value: Value) -> Refusal:
        reason = _REASONS.get(self.status, "invalid_value" if self.status < 500 else "server_error")
        wait = self.retry_after_s
        return Refusal(
            reason,
            self.message(value),
            headers={} if wait is None else retry_after(wait),
            status=self.status,
            code=self.code,
            type=self.type,
        )


@dataclass(frozen=True, slots=True)
class RuleReply:
    """One reply of a rule; `says` is the text or the data that `kind` asks for."""

    kind: str
    says: Filled
    finish_reason: FinishReason | None = None
    usage: Mapping[str, int] = field(default_factory=dict)
    pace: Pace | None = None
    failure: Failure | None = None

    def told(self, rule: str, value: Value) -> Told:
        """What the model is to say.

        Args:
            value: gives what fills the gaps.

        Raises:
            Refusal: the reply is an error, or the request lacks what a gap insists on.
        """
        try:
            if self.failure is not None:
                raise self.failure.refusal(value)
            said = self.says(value)
        except Unfilled as gap:
            raise Refusal(
                "invalid_value",
                f"mock_llm: {rule} asks for {gap}, and this request has nothing there; "
                f"write a fallback: {str(gap)[:-1]}|…}}.",
                code="template_unfilled",
            ) from gap
        rest = (self.finish_reason, self.usage, self.pace)
        if self.kind == "tool_calls":
            return Told(rule, "", said, False, *rest)
        text = orjson.dumps(said).decode() if self.kind == "json" else str(said)
        return Told(rule, text, (), self.kind == "refusal", *rest)


def parse_reply(given: str | Table, groups: Sequence[str], spot: Table, key: str) -> RuleReply:
    """The reply that is written as a text or a table.

    Args:
        groups: the names that the rule's regular expression gives.
        spot: the table in which the reply stands, under `key`.

    Raises:
        SettingError: naming the key and what is wrong with it.
    """
    if isinstance(given, str):
        return RuleReply("text", _filled(spot, key, given, groups))
    given.only_known(*KINDS, "usage", "latency", "finish_reason")
    kinds = [kind for kind in KINDS if kind in given]
    if len(kinds) != 1:
        named = " and ".join(kinds) if kinds else "none"
        raise spot.fail(key, f"needs exactly one of {', '.join(KINDS)}, got {named}")
    kind = kinds[0]
    failure = _failure(given.table("error"), groups) if kind == "error" else None
    return RuleReply(
        kind=kind,
        says=_says(given, kind, groups),
        finish_reason=_finish_reason(given),
        usage=_usage(given.table("usage")),
        pace=parse_pace(given.table("latency")) if "latency" in given else None,
        failure=failure,
    )


def _says(table: Table, kind: str, groups: Sequence[str]) -> Filled:
    if kind == "text":
        return _filled(table, "text", table.text("text"), groups)
    if kind == "refusal":
        given = table.raw("refusal")
        if given is True:
            return template(REFUSAL)
        return _filled(table, "refusal", table.text("refusal"), groups)
    if kind == "tool_calls":
        return _calls(table, groups)
    if kind == "error":
        return template("")
    return _filled(table, kind, table.raw(kind), groups)


def _calls(table: Table, groups: Sequence[str]) -> Filled:
    calls: list[tuple[str, Filled]] = []
    for call in table.tables("tool_calls"):
        arguments = call.raw("arguments")
        if arguments is not None and not isinstance(arguments, Mapping | str):
            raise call.fail("arguments", f"expected keys with values, got {arguments!r}")
        said = _filled(call, "arguments", arguments or {}, groups)
        calls.append((call.text("name"), said))
        call.only_known()
    if not calls:
        raise table.fail("tool_calls", "names no tool")
    return lambda value: [(name, _as_json(said(value))) for name, said in calls]


def _filled(table: Table, key: str, data: Any, groups: Sequence[str]) -> Filled:
    make = filled_data if key in ("json", "arguments") else template
    try:
        orjson.dumps(data)
        return make(data, groups)
    except TypeError as error:
        raise table.fail(key, f"JSON has no such value ({error})") from error
    except ValueError as error:
        raise table.fail(key, str(error)) from error


def _failure(table: Table, groups: Sequence[str]) -> Failure:
    status = table.integer("status", 500, least=400)
    if status > 599:
        raise table.fail("status", f"must be between 400 and 599, got {status}")
    message = table.text("message", "The server had an error while processing your request.")
    failure = Failure(
        status=status,
        message=_filled(table, "message", message, groups),
        code=table.text("code") if "code" in table else None,
        type=table.text("type") if "type" in table else None,
        retry_after_s=table.number("retry_after_s") if "retry_after_s" in table else None,
    )
    table.only_known()
    return failure


def _finish_reason(table: Table) -> FinishReason | None:
    if "finish_reason" not in table:
        return None
    given = table.text("finish_reason")
    for known in get_args(FinishReason):
        if given == known:
            return known  # type: ignore[no-any-return]  # get_args knows no types
    raise table.fail("finish_reason", f"{given!r} is none of {', '.join(get_args(FinishReason))}")


def _usage(table: Table) -> Mapping[str, int]:
    found = {key: table.integer(key) for key in USAGE if key in table}
    table.only_known(*USAGE)
    for part, whole in (
        ("cached_tokens", "prompt_tokens"),
        ("reasoning_tokens", "completion_tokens"),
    ):
        if part in found and whole in found and found[part] > found[whole]:
            raise table.fail(part, f"is {found[part]}, more than the {found[whole]} {whole}")
    return found


def _as_json(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()

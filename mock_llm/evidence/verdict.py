"""What a client did well and badly, from the journal alone: each finding names its requests.

The journal's requests are put together into calls: a request is another attempt at a call if it
asks the same of any model, after an attempt that failed, within `SAME_CALL_S` seconds. A whole
answer ends a call. Times are the lab's; what the client meant is unknown, so a finding says what
was seen, and where a rule needs a line between few and many, the line is a constant below.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from mock_llm.evidence.journal import Entry

SAME_CALL_S = 120.0
AT_ONCE_S = 0.1  # a retry that comes sooner did not wait at all
GROWTH = 1.2  # a backoff grows at least so much from wait to wait
EARLY = 0.95  # clocks and networks are not exact: waiting this share of Retry-After will do
MOST_ATTEMPTS = 4  # the SDK's default is three
MANY_CALLS = 5
PAID_AGAIN_S = 60.0

_CLIENTS_FAULT = frozenset((400, 401, 403, 404, 405, 413, 422))
_BROKEN_STREAMS = frozenset(
    ("stream_cut", "stream_error", "stall", "malformed_event", "no_done", "not_json")
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a client did. `requests` are sequence numbers in the journal."""

    rule: str
    good: bool
    says: str
    requests: Sequence[int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings about one lab's clients; the bad ones first."""

    findings: Sequence[Finding]

    @property
    def bad(self) -> list[Finding]:
        return [finding for finding in self.findings if not finding.good]

    @property
    def good(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.good]

    def __getitem__(self, rule: str) -> Finding:
        """The finding of a rule.

        Raises:
            KeyError: the rule found nothing.
        """
        for finding in self.findings:
            if finding.rule == rule:
                return finding
        raise KeyError(rule)

    def __contains__(self, rule: object) -> bool:
        return any(finding.rule == rule for finding in self.findings)

    def __str__(self) -> str:
        if not self.findings:
            return "Nothing to say: no request failed, and none was paid for twice."
        return "\n".join(f"{'+' if each.good else '-'} {each.says}" for each in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain data, as the admin interface sends it."""
        return {"findings": [asdict(finding) for finding in self.findings]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Verdict":
        """What `to_dict` made, read back."""
        return cls([Finding(**finding) for finding in data["findings"]])


@dataclass(slots=True)
class _Call:
    """The attempts at one thing, in order of arrival."""

    attempts: list[Entry] = field(default_factory=list)

    @property
    def retries(self) -> Iterator[tuple[Entry, Entry]]:
        """Each attempt with the one before it."""
        yield from pairwise(self.attempts)


def judge(entries: Sequence[Entry]) -> Verdict:
    """The verdict on a journal's requests, in order of arrival."""
    calls = _calls(entries)
    found = [finding for rule in _RULES if (finding := rule(entries, calls)) is not None]
    return Verdict(sorted(found, key=lambda finding: finding.good))


def _calls(entries: Sequence[Entry]) -> list[_Call]:
    calls: list[_Call] = []
    last: dict[tuple[str, str | None], _Call] = {}
    for entry in entries:
        if not entry.content:
            continue
        asked = (entry.content.rpartition(" ")[2], entry.user)
        call = last.get(asked)
        if call is None or not _goes_on(call.attempts[-1], entry):
            call = last[asked] = _Call()
            calls.append(call)
        call.attempts.append(entry)
    return calls


def _goes_on(before: Entry, entry: Entry) -> bool:
    return _failed(before) and _ended(before) <= entry.received_s <= _ended(before) + SAME_CALL_S


def _failed(entry: Entry) -> bool:
    return entry.outcome != "ok"


def _ended(entry: Entry) -> float:
    return entry.received_s + entry.duration_s


def _may_be_retried(entry: Entry) -> bool:
    """A failure that may go away: the server's, the network's or the moment's."""
    return _failed(entry) and entry.status not in _CLIENTS_FAULT


def _wait(before: Entry, after: Entry) -> float:
    return after.received_s - _ended(before)


_Rule = Callable[[Sequence[Entry], Sequence[_Call]], Finding | None]


def _retried_client_errors(_: Sequence[Entry], calls: Sequence[_Call]) -> Finding | None:
    again = [
        after
        for call in calls
        for before, after in call.retries
        if before.status in _CLIENTS_FAULT and before.model == after.model
    ]
    return _finding(
        "retried_client_error",
        False,
        "Sent the same request again {n} after an error that no repetition mends "
        "(400, 401, 403, 404, 405, 413 or 422).",
        again,
    )


def _ignored_retry_after(_: Sequence[Entry], calls: Sequence[_Call]) -> Finding | None:
    early = [
        after
        for before, after, wait in _asked_to_wait(calls)
        if _wait(before, after) < EARLY * wait
    ]
    return _finding(
        "ignored_retry_after",
        False,
        "Came back {n} before the wait of Retry-After was over.",
        early,
    )


def _honoured_retry_after(_: Sequence[Entry], calls: Sequence[_Call]) -> Finding | None:
    asked = list(_asked_to_wait(calls))
    if any(_wait(before, after) < EARLY * wait for before, after, wait in asked):
        return None
    return _finding(
        "honoured_retry_after",
        True,
        "Waited as long as Retry-After asked, {n}.",
        [after for _, after, _ in asked],
    )


def _asked_to_wait(calls: Sequence[_Call]) -> Iterator[tuple[Entry, Entry, float]]:
    for call in calls:
        for before, after in call.retries:
            if before.retry_after_s and before.model == after.model:
                yield before, after, before.retry_after_s


def _without_backoff(_: Sequence[Entry], calls: Sequence[_Call]) -> Finding | None:
    hasty: list[Entry] = []
    for call in calls:
        pairs = list(_free_retries(call))
        waits = [_wait(before, after) for before, after in pairs]
        for number, (wait, (_before, after)) in enumerate(zip(waits, pairs, strict=True)):
            level = number > 0 and wait < GROWTH * waits[number - 1]
            if wait < AT_ONCE_S or level:
                hasty.append(after)
    return _finding(
        "retried_without_backoff",
        False,
        "Retried {n} at once, or with a wait that did not grow: a server that is in trouble gets "
        "more load, not less.",
        hasty,
    )


def _backed_off(_: Sequence[Entry], calls: Sequence[_Call]) -> Finding | None:
    patient: list[Entry] = []
    for call in calls:
        pairs = list(_free_retries(call))
        waits = [_wait(before, after) for before, after in pairs]
        grows = all(b >= GROWTH * a for a, b in pairwise(waits))
        if len(waits) > 1 and waits[0] >= AT_ONCE_S and grows:
            patient += [after for _, after in pairs]
    return _finding("backed_off", True, "Waited longer from retry to retry ({n} in all).", patient)


def _free_retries(call: _Call) -> Iterator[tuple[Entry, Entry]]:
    """Retries of the same model, for whose wait the server gave no figure."""
    for before, after in call.retries:
        if _may_be_retried(before) and not before.retry_after_s and before.model == after.model:
            yield before, after


def _amplified(_: Sequence[Entry], calls: Sequence[_Call]) -> Finding | None:
    struck = [call for call in calls if _may_be_retried(call.attempts[0])]
    sent = sum(len(call.attempts) for call in struck)
    worst = [entry for call in struck for entry in call.attempts[MOST_ATTEMPTS:]]
    if not worst and not (len(struck) >= MANY_CALLS and sent > (MOST_ATTEMPTS - 1) * len(struck)):
        return None
    extra = [entry for call in struck for entry in call.attempts[1:]]
    return _finding(
        "amplified_outage",
        False,
        f"Made {sent} requests out of {len(struck)} calls that met a failure "
        f"({sent / len(struck):.1f} each): retries keep an outage alive.",
        extra,
    )


def _paid_again(entries: Sequence[Entry], _: Sequence[_Call]) -> Finding | None:
    again: list[Entry] = []
    paid: dict[tuple[str, str | None], Entry] = {}
    for entry in entries:
        if not entry.content or not entry.cost_nanodollars:
            continue
        asked = (entry.content, entry.user)
        before = paid.get(asked)
        if before is not None and entry.received_s - before.received_s <= PAID_AGAIN_S:
            again.append(entry)
        paid[asked] = entry
    cost = sum(entry.cost_nanodollars for entry in again) / 1e9
    return _finding(
        "paid_twice",
        False,
        f"Paid {{n}} for a request that was paid for within the last {PAID_AGAIN_S:g} s "
        f"(${cost:.6f} in all).",
        again,
    )


def _unread_stream_errors(entries: Sequence[Entry], calls: Sequence[_Call]) -> Finding | None:
    unread = [
        call.attempts[-1]
        for call in calls
        if call.attempts[-1].stream and call.attempts[-1].fault in _BROKEN_STREAMS
    ]
    return _finding(
        "ignored_broken_stream",
        False,
        "Took {n} a stream that broke off for an answer: nothing was asked again, of this model "
        "or another.",
        unread,
    )


def _kept_calling_without_quota(entries: Sequence[Entry], _: Sequence[_Call]) -> Finding | None:
    refused = [entry for entry in entries if "quota_exhausted" in (entry.fault, entry.error)]
    return _finding(
        "called_without_quota",
        False,
        "Went on calling {n} after the first insufficient_quota: no retry brings money back.",
        refused[1:],
    )


def _asked_for_unknown_models(entries: Sequence[Entry], _: Sequence[_Call]) -> Finding | None:
    asked = [entry for entry in entries if entry.error == "unknown_model" and not entry.fault]
    names = sorted({str(entry.request.get("model"))[:60] for entry in asked} - {"None"})
    shown = ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")
    shown = shown.replace("{", "{{").replace("}", "}}") or "by its path"
    return _finding(
        "asked_for_unknown_model",
        False,
        f"Asked {{n}} for a model that is not there ({shown}): mock-llm serve --model NAME, or "
        "`models:` in the scenario, adds one.",
        asked,
    )


def _fell_back(_: Sequence[Entry], calls: Sequence[_Call]) -> Finding | None:
    other = [
        after
        for call in calls
        for before, after in call.retries
        if before.model != after.model and not _failed(after)
    ]
    return _finding("fell_back", True, "Got an answer from another model {n}.", other)


def _recovered(_: Sequence[Entry], calls: Sequence[_Call]) -> Finding | None:
    recovered = [
        call.attempts[-1]
        for call in calls
        if len(call.attempts) > 1 and not _failed(call.attempts[-1])
    ]
    return _finding("recovered", True, "Got an answer in the end, after a failure, {n}.", recovered)


def _abandoned(entries: Sequence[Entry], _: Sequence[_Call]) -> Finding | None:
    left = [entry for entry in entries if entry.outcome == "cancelled" and entry.cost_nanodollars]
    cost = sum(entry.cost_nanodollars for entry in left) / 1e9
    return _finding(
        "paid_for_abandoned",
        False,
        f"Left {{n}} before the answer was there, and paid ${cost:.6f} for it.",
        left,
    )


_RULES: Sequence[_Rule] = (
    _retried_client_errors,
    _ignored_retry_after,
    _without_backoff,
    _amplified,
    _paid_again,
    _abandoned,
    _unread_stream_errors,
    _kept_calling_without_quota,
    _asked_for_unknown_models,
    _honoured_retry_after,
    _backed_off,
    _fell_back,
    _recovered,
)


def _finding(rule: str, good: bool, says: str, entries: Sequence[Entry]) -> Finding | None:
    if not entries:
        return None
    count = len(entries)
    times = "once" if count == 1 else "twice" if count == 2 else f"{count} times"
    return Finding(rule, good, says.format(n=times), [entry.sequence for entry in entries])

"""The rules of a verdict. Where one needs a line between few and many, it is a constant below."""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from mock_llm.evidence.calls import SAME_CALL_S, Call, chains, ended, is_failed
from mock_llm.evidence.journal import Entry

AT_ONCE_S = 0.1  # a retry that comes sooner did not wait at all
GROWTH = 1.2  # a backoff grows at least so much from wait to wait
EARLY = 0.95  # clocks and networks are not exact: waiting this share of Retry-After will do
MOST_ATTEMPTS = 4  # the SDK's default is three
MANY_CALLS = 5
PAID_AGAIN_S = 60.0

_CLIENTS_FAULT = frozenset((400, 401, 403, 404, 405, 413, 422))
# The reply ends too soon, or cannot be read. `no_done` is not among them: nothing is missing.
_BROKEN = frozenset(("stream_cut", "stream_error", "malformed_event", "not_json", "body_cut"))
# Who goes on from half an answer does so soon, and sends it along: more than a word of it.
_LOOKS_AHEAD = 200
_LEAST_CONTINUED = 8


Seen = tuple[str, Sequence[Entry]]
"""What is said, with {n} for how often, and of which requests; nothing is said of none."""

Rule = Callable[[Sequence[Entry], Sequence[Call]], Seen]


def _retried_client_errors(_: Sequence[Entry], calls: Sequence[Call]) -> Seen:
    """The same again after an error that no repetition mends: 400, 401, 403, 404, 405, 413, 422."""
    again = [
        after
        for call in calls
        for before, after in call.repeats
        if before.status in _CLIENTS_FAULT and before.model == after.model
    ]
    return (
        "Sent the same request again {n} after an error that no repetition mends "
        "(400, 401, 403, 404, 405, 413 or 422).",
        again,
    )


def _ignored_retry_after(_: Sequence[Entry], calls: Sequence[Call]) -> Seen:
    """The same again before the wait of `Retry-After` was over."""
    early = [
        after
        for before, after, wait in _asked_to_wait(calls)
        if _wait(before, after) < EARLY * wait
    ]
    return (
        "Came back {n} before the wait of Retry-After was over.",
        early,
    )


def _honoured_retry_after(_: Sequence[Entry], calls: Sequence[Call]) -> Seen:
    """The same again, after as long a wait as `Retry-After` asked."""
    asked = list(_asked_to_wait(calls))
    if any(_wait(before, after) < EARLY * wait for before, after, wait in asked):
        return "", []
    return (
        "Waited as long as Retry-After asked, {n}.",
        [after for _, after, _ in asked],
    )


def _asked_to_wait(calls: Sequence[Call]) -> Iterator[tuple[Entry, Entry, float]]:
    for call in calls:
        for before, after in call.repeats:
            if before.retry_after_s and before.model == after.model:
                yield before, after, before.retry_after_s


def _without_backoff(_: Sequence[Entry], calls: Sequence[Call]) -> Seen:
    """A retry at once, or after a wait that did not grow."""
    return (
        "Retried {n} at once, or with a wait that did not grow: a server that is in trouble gets "
        "more load, not less.",
        [entry for call in calls for entry in _hasty(call.retries)],
    )


def _new_calls_without_backoff(_: Sequence[Entry], calls: Sequence[Call]) -> Seen:
    """The same by new calls, as fast as that: perhaps a loop around the SDK."""
    return (
        "Asked for the same again {n} at once, or after a wait that did not grow, as a new call "
        "(x-stainless-retry-count: 0): if that was a loop around the SDK, it does not back off.",
        [entry for chain in chains(calls) for entry in _hasty(_begun(chain))],
    )


def _begun(chain: Sequence[Call]) -> Iterator[tuple[Entry, Entry]]:
    """The beginnings of new calls for the same, each with the failure that it followed."""
    for call in chain:
        if call.met is not None:
            yield call.met, call.attempts[0]


def _hasty(pairs: Iterator[tuple[Entry, Entry]]) -> Iterator[Entry]:
    """The requests that came too soon after a failure, for whose wait the server gave no figure."""
    waited: float | None = None
    for before, after in _free(pairs):
        wait = _wait(before, after)
        if wait < AT_ONCE_S or (waited is not None and wait < GROWTH * waited):
            yield after
        waited = wait


def _backed_off(_: Sequence[Entry], calls: Sequence[Call]) -> Seen:
    """Waits that grew from attempt to attempt."""
    patient: list[Entry] = []
    series = [*map(_begun, chains(calls)), *(call.retries for call in calls)]
    for pairs in (list(_free(each)) for each in series):
        waits = [_wait(before, after) for before, after in pairs]
        grows = all(b >= GROWTH * a for a, b in pairwise(waits))
        if len(waits) > 1 and waits[0] >= AT_ONCE_S and grows:
            patient += [after for _, after in pairs]
    return ("Waited longer from attempt to attempt ({n} in all).", patient)


def _free(pairs: Iterator[tuple[Entry, Entry]]) -> Iterator[tuple[Entry, Entry]]:
    """Those after a failure of the same model, for whose wait the server gave no figure."""
    for before, after in pairs:
        is_trouble = before.status != 200 or _is_broken(before) or _is_stalled(before)
        if not is_trouble or not _may_be_retried(before):
            continue
        if not before.retry_after_s and before.model == after.model:
            yield before, after


def _amplified(_: Sequence[Entry], calls: Sequence[Call]) -> Seen:
    """More than four attempts at a call, or more than three on average in an outage."""
    struck = [call for call in calls if _may_be_retried(call.attempts[0])]
    sent = sum(len(call.attempts) for call in struck)
    worst = [entry for call in struck for entry in call.attempts[MOST_ATTEMPTS:]]
    if not worst and not (len(struck) >= MANY_CALLS and sent > (MOST_ATTEMPTS - 1) * len(struck)):
        return "", []
    extra = [entry for call in struck for entry in call.attempts[1:]]
    return (
        f"Made {sent} requests out of {_number(len(struck), 'call')} that met a failure "
        f"({sent / len(struck):.1f} each): retries keep an outage alive.",
        extra,
    )


def _multiplied(_: Sequence[Entry], calls: Sequence[Call]) -> Seen:
    """New calls for the same, with the SDK's own retries in each: perhaps a loop around them."""
    several = [
        (chain, [entry for call in chain for entry in call.attempts])
        for chain in chains(calls)
        if len(chain) > 1 and any(call.last.retry_count for call in chain)
    ]
    worst = [(chain, sent) for chain, sent in several if len(sent) > MOST_ATTEMPTS]
    begun, requests = sum(len(chain) for chain, _ in worst), [e for _, sent in worst for e in sent]
    return (
        f"Made {len(requests)} requests in {begun} calls for the same, each with retries of the "
        "SDK's own: if that was a loop around the SDK, both multiply.",
        requests,
    )


def _paid_again(entries: Sequence[Entry], _: Sequence[Call]) -> Seen:
    """An answer to the same request was paid for within the last minute."""
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
    return (
        f"Paid {{n}} for a request that was paid for within the last {PAID_AGAIN_S:g} s "
        f"(${cost:.6f} in all).",
        again,
    )


def _broken_and_left(entries: Sequence[Entry], calls: Sequence[Call]) -> Seen:
    """A reply that broke off or could not be read, and nobody asked again or went on from it."""
    left = [
        call.last
        for call in calls
        if call.then is None and _is_broken(call.last) and not _goes_on(call.last, entries)
    ]
    were = "reply was" if len(left) == 1 else "replies were"
    return (
        f"{len(left)} {were} broken off or spoiled on the way, and not asked for again, of this "
        "model or another: check that the caller was told.",
        left,
    )


def _goes_on(broken: Entry, entries: Sequence[Entry]) -> bool:
    """Whether a later request sends the half answer along."""
    if len(broken.answer) < _LEAST_CONTINUED:
        return False
    said = [json.dumps(broken.answer, ensure_ascii=ascii)[1:-1].encode() for ascii in (True, False)]
    first = bisect_right(entries, broken.sequence, key=lambda entry: entry.sequence)
    return any(
        text in entry.body
        for entry in entries[first : first + _LOOKS_AHEAD]
        if entry.received_s <= ended(broken) + SAME_CALL_S
        for text in said
    )


def _not_tried_again(_: Sequence[Entry], calls: Sequence[Call]) -> Seen:
    """A failure that might have gone away, and that was not tried again."""
    left = [call.last for call in _unanswered(calls) if call.is_first_try]
    left = [entry for entry in left if _may_be_retried(entry)]
    were = "was" if len(left) == 1 else "were"
    return (
        f"{_number(len(left), 'request')} failed and {were} not tried again.",
        left,
    )


def _never_answered(_: Sequence[Entry], calls: Sequence[Call]) -> Seen:
    """A call that failed at every attempt."""
    lost = [call.last for call in _unanswered(calls) if not call.is_first_try]
    return (
        f"{_number(len(lost), 'call')} got no answer in the end, at whatever attempt.",
        lost,
    )


def _left_alone(_: Sequence[Entry], calls: Sequence[Call]) -> Seen:
    """An error that no repetition mends, and that was not repeated."""
    left = [call.last for call in _unanswered(calls) if call.is_first_try]
    return (
        "Sent nothing again after an error that no repetition mends, {n}.",
        [entry for entry in left if not _may_be_retried(entry)],
    )


def _unanswered(calls: Sequence[Call]) -> Iterator[Call]:
    """The calls that ended in a failure that no client can miss."""
    for call in calls:
        last = call.last
        refused = last.status >= 400 or (last.status == 0 and last.outcome != "cancelled")
        if call.then is None and is_failed(last) and (refused or _is_stalled(last)):
            yield call


def _kept_calling_without_quota(entries: Sequence[Entry], _: Sequence[Call]) -> Seen:
    """Requests after the first `insufficient_quota`."""
    refused = [entry for entry in entries if _is_out_of_money(entry)]
    return (
        "Went on calling {n} after the first insufficient_quota: no retry brings money back.",
        refused[1:],
    )


def _asked_for_unknown_models(entries: Sequence[Entry], _: Sequence[Call]) -> Seen:
    """Requests for a model that the server does not have."""
    asked = [entry for entry in entries if entry.error == "unknown_model" and not entry.fault]
    names = sorted({str(entry.request.get("model"))[:60] for entry in asked} - {"None"})
    shown = ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")
    shown = shown.replace("{", "{{").replace("}", "}}") or "by its path"
    return (
        f"Asked {{n}} for a model that is not there ({shown}): mock-llm serve --model NAME, or "
        "`models:` in the scenario, adds one.",
        asked,
    )


def _fell_back(_: Sequence[Entry], calls: Sequence[Call]) -> Seen:
    """An answer from another model after a failure."""
    other = [
        after
        for call in calls
        for before, after in call.repeats
        if before.model != after.model and not is_failed(after)
    ]
    return ("Got an answer from another model {n}.", other)


def _recovered(_: Sequence[Entry], calls: Sequence[Call]) -> Seen:
    """An answer in the end, after a failure."""
    recovered = [call.last for call in calls if not call.is_first_try and not is_failed(call.last)]
    return ("Got an answer in the end, after a failure, {n}.", recovered)


def _abandoned(entries: Sequence[Entry], _: Sequence[Call]) -> Seen:
    """An answer that the client did not wait for, and paid."""
    left = [entry for entry in entries if entry.outcome == "cancelled" and entry.cost_nanodollars]
    cost = sum(entry.cost_nanodollars for entry in left) / 1e9
    return (
        f"Left {{n}} before the answer was there, and paid ${cost:.6f} for it.",
        left,
    )


RULES: Mapping[bool | None, Mapping[str, Rule]] = {
    False: {
        "retried_client_error": _retried_client_errors,
        "ignored_retry_after": _ignored_retry_after,
        "retried_without_backoff": _without_backoff,
        "amplified_outage": _amplified,
        "paid_twice": _paid_again,
        "paid_for_abandoned": _abandoned,
        "called_without_quota": _kept_calling_without_quota,
        "asked_for_unknown_model": _asked_for_unknown_models,
    },
    None: {
        "asked_again_without_backoff": _new_calls_without_backoff,
        "multiplied_retries": _multiplied,
        "broken_reply_left": _broken_and_left,
        "not_tried_again": _not_tried_again,
        "never_answered": _never_answered,
    },
    True: {
        "honoured_retry_after": _honoured_retry_after,
        "backed_off": _backed_off,
        "fell_back": _fell_back,
        "recovered": _recovered,
        "left_alone": _left_alone,
    },
}
"""By whether they find something good; None is for the reader to judge."""


def _may_be_retried(entry: Entry) -> bool:
    """A failure that may go away: the server's, the network's or the moment's."""
    hopeless = entry.status in _CLIENTS_FAULT or _is_out_of_money(entry)
    return is_failed(entry) and not hopeless


def _is_out_of_money(entry: Entry) -> bool:
    return "quota_exhausted" in (entry.fault, entry.error)


def _is_broken(entry: Entry) -> bool:
    """Whether a reply began well and cannot be used: a client that does not look may miss it."""
    by_a_bug = entry.stream and entry.status == 200 and entry.outcome == "error"
    return entry.fault in _BROKEN or by_a_bug


def _is_stalled(entry: Entry) -> bool:
    """Whether a stream stood still until the client left."""
    return entry.fault == "stall" and entry.finish_reason is None


def _wait(before: Entry, after: Entry) -> float:
    return after.received_s - ended(before)


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"

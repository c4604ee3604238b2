"""The journal's requests put together into calls: which request is another attempt at which.

A client that counts its retries says itself what a retry is: the official SDKs do, in the header
`x-stainless-retry-count`. There a count of 0 begins a call, and a larger one goes on with the call
that had one attempt less. A new call for what a call had just failed to get is no retry: it may be
a loop around the SDK or somebody else, which nobody can tell from outside; `Call.met` says so.

Of other clients, a request is another attempt if it asks the same, of any model, after an attempt
that failed. Either way it comes within `SAME_CALL_S` seconds, and a sound answer ends a call.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from mock_llm.evidence.journal import Entry

SAME_CALL_S = 120.0

_Asked = tuple[str, str | None]


@dataclass(slots=True, eq=False)
class Call:
    """The attempts at one thing, in order of arrival.

    `met` is the failure of another call for the same after which this one began, `then` the call
    that began after this one's failure.
    """

    attempts: list[Entry] = field(default_factory=list)
    met: Entry | None = None
    then: "Call | None" = None

    @property
    def last(self) -> Entry:
        return self.attempts[-1]

    @property
    def retries(self) -> Iterator[tuple[Entry, Entry]]:
        """Each attempt with the one before it."""
        yield from pairwise(self.attempts)

    @property
    def repeats(self) -> Iterator[tuple[Entry, Entry]]:
        """All times that the same was asked after a failure, as a retry or as a new call."""
        if self.met is not None:
            yield self.met, self.attempts[0]
        yield from self.retries

    @property
    def is_first_try(self) -> bool:
        """Whether all that is known of is one attempt."""
        return len(self.attempts) == 1 and self.met is None and not self.last.retry_count


def calls_of(entries: Sequence[Entry]) -> list[Call]:
    """The calls that requests belong to; the requests are in order of arrival."""
    calls: list[Call] = []
    newest: dict[_Asked, Call] = {}
    failed: dict[tuple[_Asked, int], deque[Call]] = defaultdict(deque)
    for entry in entries:
        asked = (entry.content.rpartition(" ")[2], entry.user)
        call = None
        if entry.content:
            call = _call_of(entry, asked, newest.get(asked), failed)
        if call is None:
            call = Call()
            calls.append(call)
            before = newest.get(asked)
            if entry.retry_count == 0 and before is not None and _goes_on(before.last, entry):
                call.met, before.then = before.last, call
            if entry.content:
                newest[asked] = call
        call.attempts.append(entry)
        if entry.retry_count is not None and is_failed(entry):
            failed[asked, entry.retry_count].append(call)
    return calls


def chains(calls: Sequence[Call]) -> Iterator[list[Call]]:
    """Calls for the same, each of which began after the failure of the one before it."""
    for call in calls:
        if call.met is None:
            chain: list[Call] = []
            following: Call | None = call
            while following is not None:
                chain.append(following)
                following = following.then
            yield chain


def is_failed(entry: Entry) -> bool:
    return entry.outcome != "ok"


def ended(entry: Entry) -> float:
    """When a reply was ready, in seconds since the lab was opened."""
    return entry.received_s + entry.duration_s


def _call_of(
    entry: Entry,
    asked: _Asked,
    newest: Call | None,
    failed: dict[tuple[_Asked, int], deque[Call]],
) -> Call | None:
    """The call that a request goes on with; None if it begins one."""
    if entry.retry_count is None:
        return newest if newest is not None and _goes_on(newest.last, entry) else None
    if entry.retry_count == 0:
        return None
    waiting = failed[asked, entry.retry_count - 1]
    while waiting and ended(waiting[0].last) + SAME_CALL_S < entry.received_s:
        waiting.popleft()
    for call in waiting:
        if _goes_on(call.last, entry):
            waiting.remove(call)
            return call
    return None


def _goes_on(before: Entry, entry: Entry) -> bool:
    return is_failed(before) and ended(before) <= entry.received_s <= ended(before) + SAME_CALL_S

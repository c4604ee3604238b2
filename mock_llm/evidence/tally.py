"""Counts of a lab that never forget, however old the journal's oldest entry is: for metrics.

Bounded by what a provider knows (endpoints, models, outcomes), never by what a client sends.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mock_llm.evidence.prices import Usage
    from mock_llm.evidence.visit import Visit

OTHER = "(other)"
MOST_KEYS = 1_000

# Seconds; the bucket boundaries that OpenTelemetry's GenAI conventions advise for durations.
BOUNDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)


class Key(NamedTuple):
    """What requests are counted by; `fault` is "" where none was injected."""

    endpoint: str
    model: str
    status: int
    outcome: str
    fault: str

    @classmethod
    def of(cls, visit: "Visit") -> "Key":
        """What a closed request is counted by."""
        return cls(
            visit.endpoint, visit.model or "", visit.status, visit.outcome, visit.fault or ""
        )


class Histogram:
    """How many values lie in each bucket, and their sum. Values are seconds."""

    __slots__ = ("counts", "sum")

    def __init__(self, counts: Iterable[int] = (), total: float = 0.0) -> None:
        self.counts = list(counts) or [0] * (len(BOUNDS) + 1)
        self.sum = total

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.sum += seconds

    def add(self, other: "Histogram") -> None:
        self.counts = [mine + more for mine, more in zip(self.counts, other.counts, strict=True)]
        self.sum += other.sum

    def cumulative(self) -> Iterator[tuple[float, int]]:
        """(upper bound, how many values are no larger), the last bound infinite."""
        return zip((*BOUNDS, float("inf")), accumulate(self.counts), strict=True)

    def copy(self) -> "Histogram":
        return Histogram(self.counts, self.sum)


class Account:
    """What all requests of one key add up to. Tokens are counted as they are billed."""

    __slots__ = (
        "cached_tokens",
        "completion_tokens",
        "cost_nanodollars",
        "duration",
        "first_token",
        "prompt_tokens",
        "reasoning_tokens",
        "requests",
    )

    def __init__(self) -> None:
        self.requests = 0
        self.prompt_tokens = 0
        self.cached_tokens = 0
        self.completion_tokens = 0
        self.reasoning_tokens = 0
        self.cost_nanodollars = 0
        self.duration = Histogram()
        self.first_token = Histogram()

    def copy(self) -> "Account":
        same = Account()
        for name in self.__slots__:
            value = getattr(self, name)
            setattr(same, name, value.copy() if isinstance(value, Histogram) else value)
        return same


class Tally:
    """The accounts of one lab. The caller holds the records' lock.

    `given_back` are the tokens and the money, by model, that were taken out of the accounts again.
    """

    def __init__(self) -> None:
        self.accounts: dict[Key, Account] = {}
        self.given_back: dict[str, Account] = {}

    def add(self, visit: "Visit") -> None:
        """Count a closed request."""
        key = (visit.endpoint, visit.model or "", visit.status, visit.outcome, visit.fault or "")
        account = self.accounts.get(key)  # type: ignore[call-overload]  # equal to its Key
        if account is None:
            account = self._open(Key(*key))
        account.requests += 1
        account.duration.observe(visit.duration_s)
        if visit.first_token_s is not None:
            account.first_token.observe(visit.first_token_s)
        usage = visit.usage
        account.prompt_tokens += usage.prompt
        account.cached_tokens += usage.cached
        account.completion_tokens += usage.completion
        account.reasoning_tokens += usage.reasoning
        account.cost_nanodollars += visit.cost_nanodollars

    def give_back(self, key: Key, usage: "Usage", cost_nanodollars: int, visit: "Visit") -> None:
        """Take out of an account what a request does not cost any more.

        Args:
            key: what it was counted by; the request itself stays counted there.
            usage: what it used before, at that cost.
        """
        account = self.accounts.get(key) or self.accounts[_other(key)]
        given = self.given_back.setdefault(key.model, Account())
        for each, sign in ((account, -1), (given, 1)):
            each.prompt_tokens += sign * (usage.prompt - visit.usage.prompt)
            each.cached_tokens += sign * (usage.cached - visit.usage.cached)
            each.completion_tokens += sign * (usage.completion - visit.usage.completion)
            each.reasoning_tokens += sign * (usage.reasoning - visit.usage.reasoning)
            each.cost_nanodollars += sign * (cost_nanodollars - visit.cost_nanodollars)

    def _open(self, key: Key) -> Account:
        if len(self.accounts) >= MOST_KEYS:
            key = _other(key)
        return self.accounts.setdefault(key, Account())

    def copy(self) -> "Tally":
        same = Tally()
        same.accounts = {key: account.copy() for key, account in self.accounts.items()}
        same.given_back = {model: account.copy() for model, account in self.given_back.items()}
        return same


def _other(key: Key) -> Key:
    return key._replace(endpoint=OTHER, model="", fault="")

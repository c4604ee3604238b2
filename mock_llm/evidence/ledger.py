"""The ledger of a lab: what its requests cost, in integer nano-dollars.

The total is the exact sum of the lines. Memory is bounded: the newest `KEPT_LINES` requests have a
line each; older ones are carried forward in one line per account (day, key, model, user, feature,
and whether it was a batch).
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from mock_llm.evidence.prices import Usage

KEPT_LINES = 10_000
KEPT_ACCOUNTS = 20_000
OTHERS = "(others)"

Dimension = Literal["day", "key", "model", "user", "feature", "tier"]
DIMENSIONS: tuple[Dimension, ...] = ("day", "key", "model", "user", "feature", "tier")


class Account(NamedTuple):
    """What older lines are carried forward by; see `Line`."""

    model: str
    user: str
    feature: str
    day: str
    key: str
    tier: str


class Line(NamedTuple):
    """What one request cost, or, with `request_id` None, what `requests` older ones did together.

    `user` and `feature` are "" where the request named none. `day` is the date by the lab's clock
    (UTC), `key` the API key that paid, shortened. `tier` is "standard", "long" (the whole request
    at the long-context rates) or "batch" (at half price).
    """

    request_id: str | None
    model: str
    user: str
    feature: str
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_nanodollars: int
    requests: int = 1
    day: str = ""
    key: str = ""
    tier: str = "standard"
    reasoning_tokens: int = 0
    cache_write_tokens: int = 0

    @classmethod
    def of(
        cls,
        request_id: str | None,
        account: Account,
        requests: int,
        cost_nanodollars: int,
        prompt: int,
        cached: int,
        written: int,
        completion: int,
        reasoning: int,
    ) -> "Line":
        """The line of an account that used so many tokens."""
        model, user, feature, day, key, tier = account
        return cls(
            request_id, model, user, feature, prompt, cached, completion, cost_nanodollars,
            requests, day, key, tier, reasoning, written,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ledger:
    """The lines of a lab at one moment."""

    lines: Sequence[Line]

    @property
    def total_nanodollars(self) -> int:
        """The sum of the lines, in nano-dollars (10**-9 dollars)."""
        return sum(line.cost_nanodollars for line in self.lines)

    def by(self, dimension: Dimension) -> dict[str, int]:
        """Nano-dollars by one of `DIMENSIONS`; "" is who or what was not named.

        Raises:
            ValueError: for any other dimension.
        """
        if dimension not in DIMENSIONS:
            raise ValueError(f"the ledger knows {', '.join(DIMENSIONS)}, not {dimension!r}")
        sums: dict[str, int] = {}
        for line in self.lines:
            key: str = getattr(line, dimension)
            sums[key] = sums.get(key, 0) + line.cost_nanodollars
        return sums

    def to_dict(self) -> dict[str, Any]:
        """The ledger as plain data, as the admin interface sends it."""
        return {
            "total_nanodollars": self.total_nanodollars,
            **{f"by_{dimension}": self.by(dimension) for dimension in DIMENSIONS},
            "lines": [line._asdict() for line in self.lines],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Ledger":
        """What `to_dict` made, read back."""
        return cls([Line(**line) for line in data["lines"]])


class Spending(Protocol):
    """A closed request that cost something; see `mock_llm.evidence.visit.Visit`."""

    token: str
    usage: Usage
    cost_nanodollars: int

    @property
    def account(self) -> Account: ...


class Book:
    """Where a lab's costs are written down as they arise. The caller holds the records' lock.

    A `Line` is made only when somebody reads the ledger.
    """

    def __init__(self, kept: int = KEPT_LINES) -> None:
        self._kept = kept
        self._spent: deque[tuple[str, Account, Usage, int]] = deque()
        self._carried: dict[Account, list[int]] = {}

    def write(self, spending: Spending) -> None:
        """Add one request's cost."""
        cost = spending.cost_nanodollars
        self._spent.append((spending.token, spending.account, spending.usage, cost))
        if len(self._spent) > self._kept:
            self._carry_forward(*self._spent.popleft())

    def amend(self, spending: Spending, account: Account, usage: Usage, cost: int) -> None:
        """Change what a request cost; `account`, `usage` and `cost` are as they were written."""
        if not (usage.prompt or usage.completion):
            return  # it never had a line
        new = (spending.token, spending.account, spending.usage, spending.cost_nanodollars)
        is_free = not (spending.usage.prompt or spending.usage.completion)
        for place, (token, *_) in enumerate(self._spent):
            if token == spending.token:
                if is_free:
                    del self._spent[place]
                else:
                    self._spent[place] = new
                return
        self._carry(account, -1, usage, -cost)
        if not is_free:
            self._carry_forward(*new)

    def page(self) -> "Page":
        """All of it at this moment, as it is kept: far quicker than the lines themselves."""
        carried = [(account, tuple(sums)) for account, sums in self._carried.items()]
        return Page(carried, list(self._spent))

    def _carry_forward(self, token: str, account: Account, usage: Usage, cost: int) -> None:
        self._carry(account, 1, usage, cost)

    def _carry(self, account: Account, requests: int, usage: Usage, cost: int) -> None:
        """Add to an account, or, with requests -1, take from it."""
        sums = self._carried.get(account)
        if sums is None:
            if len(self._carried) >= KEPT_ACCOUNTS:
                # Users are named by the client, so their number has no bound of its own.
                account = Account(account[0], OTHERS, OTHERS, OTHERS, OTHERS, account[5])
            sums = self._carried.setdefault(account, [0] * 7)
        # Written out: this runs for each request of a long load.
        sums[0] += requests
        sums[1] += cost
        sums[2] += requests * usage.prompt
        sums[3] += requests * usage.cached
        sums[4] += requests * (usage.cache_write_5m + usage.cache_write_1h)
        sums[5] += requests * usage.completion
        sums[6] += requests * usage.reasoning
        if not sums[0]:
            del self._carried[account]


class Page(NamedTuple):
    """A book at one moment.

    `carried` has for each account: requests, nano-dollars, and prompt, cached, cache-written,
    completion and reasoning tokens. `spent` has for each request: the token of its id, its account,
    its usage and nano-dollars.
    """

    carried: Sequence[tuple[Account, tuple[int, ...]]]
    spent: Sequence[tuple[str, Account, Usage, int]]

    def ledger(self) -> Ledger:
        """The lines, what was carried forward first."""
        older = [Line.of(None, account, *sums) for account, sums in self.carried]
        lines = [
            Line.of(f"req_{token}", account, 1, cost, *_counts(usage))
            for token, account, usage, cost in self.spent
        ]
        return Ledger([*older, *lines])


def _counts(usage: Usage) -> tuple[int, int, int, int, int]:
    """Prompt, cached, written into a cache, completion, reasoning: tokens."""
    written = usage.cache_write_5m + usage.cache_write_1h
    return usage.prompt, usage.cached, written, usage.completion, usage.reasoning

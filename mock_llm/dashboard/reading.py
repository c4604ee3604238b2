"""What the dashboard reads of labs and their records."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from mock_llm.evidence.ledger import Account
from mock_llm.evidence.tally import Tally
from mock_llm.lab import Lab
from mock_llm.labs import Labs

if TYPE_CHECKING:
    from mock_llm.evidence.prices import Usage
    from mock_llm.evidence.records import Records
    from mock_llm.evidence.visit import Visit

# The newest labs are shown; a server that grades opens thousands.
MOST_LABS = 200
MOST_KEPT = 1 << 40


def all_labs(labs: Labs) -> list[Lab]:
    """Every lab, in the order in which they were opened; requests without a key come last."""
    opened = labs.all()
    return [*opened, labs.nobodys] if labs.nobodys.records.written else opened


class News(NamedTuple):
    """What was written down since a look, and what all that is written down adds up to."""

    total: int
    visits: "Sequence[Visit]"
    tally: Tally


def news(records: "Records", after: int, most: int) -> News:
    """What was written down after the first `after` requests; see `Records.closed`."""
    return News(*records.closed(after, most))


class Cost(NamedTuple):
    """What some requests of one account used, and what they cost."""

    account: Account
    requests: int
    prompt_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    completion_tokens: int
    cost_nanodollars: int


def total_and_costs(records: "Records") -> tuple[int, Iterator[Cost]]:
    """How many requests were written down, and what exactly these cost: the ledger's lines."""
    total, page = records.page()
    return total, chain(_carried(page.carried), _spent(page.spent))


def _carried(carried: Iterable[tuple[Account, tuple[int, ...]]]) -> Iterator[Cost]:
    for account, (requests, cost, prompt, cached, written, completion, _) in carried:
        yield Cost(account, requests, prompt, cached, written, completion, cost)


def _spent(spent: "Iterable[tuple[str, Account, Usage, int]]") -> Iterator[Cost]:
    for _, account, usage, cost in spent:
        written = usage.cache_write_5m + usage.cache_write_1h
        yield Cost(account, 1, usage.prompt, usage.cached, written, usage.completion, cost)


def kept(records: "Records", most: int | None = None) -> "list[Visit]":
    """The requests that are kept, or the newest of them, in order of arrival."""
    visits = news(records, 0, MOST_KEPT if most is None else most).visits
    return sorted(visits, key=lambda visit: visit.sequence)

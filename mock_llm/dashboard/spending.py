"""What a lab spent on whom and what, and what the provider's prompt cache saved.

The sums begin with the ledger and go on request by request, so that they are exact without a long
ledger being read again and again.
"""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

from mock_llm.dashboard.reading import Cost
from mock_llm.evidence.ledger import OTHERS, Account
from mock_llm.evidence.prices import PriceList

if TYPE_CHECKING:
    from mock_llm.evidence.visit import Visit

By = Literal["user", "feature", "model"]
DIMENSIONS: tuple[By, ...] = ("user", "feature", "model")
COLUMNS = (
    "requests",
    "prompt_tokens",
    "cached_tokens",
    "completion_tokens",
    "cost_nanodollars",
    "saved_nanodollars",
)
MOST_ACCOUNTS = 20_000

Row = list[int]  # in the order of COLUMNS


class Tables:
    """Rows by user, by feature and by model, and their total."""

    def __init__(self) -> None:
        self.by: dict[By, dict[str, Row]] = {dimension: {} for dimension in DIMENSIONS}
        self.total: Row = [0] * len(COLUMNS)

    def add(self, other: "Tables") -> None:
        """Add another lab's."""
        for dimension in DIMENSIONS:
            for name, row in other.by[dimension].items():
                self.add_row(dimension, name, row)
        _add_up(self.total, other.total)

    def add_row(self, dimension: By, name: str, more: Row) -> None:
        row = self.by[dimension].get(name)
        if row is None:
            self.by[dimension][name] = list(more)
        else:
            _add_up(row, more)


class Spending:
    """The spending of one lab, by the ledger's accounts, at `prices`."""

    def __init__(self, prices: PriceList) -> None:
        self.prices = prices
        self._rows: dict[Account, Row] = {}
        self._rates: dict[tuple[str, str, str], _Rates | None] = {}
        self._tables: Tables | None = None

    def begin(self, costs: Iterable[Cost]) -> None:
        """Forget what was added, and begin with a ledger's costs."""
        self._rows = {}
        for cost in costs:
            self._add(*cost)

    def add(self, visit: "Visit") -> None:
        """Add a closed request."""
        if visit.is_billed:
            usage = visit.usage
            self._add(
                visit.account,
                1,
                usage.prompt,
                usage.cached,
                usage.cache_write_5m + usage.cache_write_1h,
                usage.completion,
                visit.cost_nanodollars,
            )

    def tables(self) -> Tables:
        """The sums so far."""
        if self._tables is None:
            self._tables = Tables()
            for account, row in self._rows.items():
                for dimension in DIMENSIONS:
                    self._tables.add_row(dimension, getattr(account, dimension), row)
                _add_up(self._tables.total, row)
        return self._tables

    def _add(
        self,
        account: Account,
        requests: int,
        prompt: int,
        cached: int,
        written: int,
        completion: int,
        cost: int,
    ) -> None:
        self._tables = None
        saved = self._saved(account, prompt, completion, cost) if cached or written else 0
        row = self._rows.get(account)
        if row is None:
            row = self._open(account)
        row[0] += requests
        row[1] += prompt
        row[2] += cached
        row[3] += completion
        row[4] += cost
        row[5] += saved

    def _open(self, account: Account) -> Row:
        if len(self._rows) >= MOST_ACCOUNTS:
            # Users are named by the client, so their number has no bound of its own.
            account = account._replace(user=OTHERS, feature=OTHERS, key=OTHERS)
        return self._rows.setdefault(account, [0] * len(COLUMNS))

    def _saved(self, account: Account, prompt: int, completion: int, cost: int) -> int:
        """What a prompt cache saved against full price, in nano-dollars.

        Below 0 where a cache was written, at its higher price, and not read again.
        """
        tariff = (account.model, account.day, account.tier)
        if tariff not in self._rates:
            self._rates[tariff] = _full_rates(self.prices, *tariff)
        rates = self._rates[tariff]
        if rates is None:
            return 0
        full = prompt * rates.input + completion * rates.output
        return (full // 2 if rates.is_batch else full) - cost


class _Rates(NamedTuple):
    """What tokens cost without a prompt cache, in nano-dollars each."""

    input: int
    output: int
    is_batch: bool


def _full_rates(prices: PriceList, model: str, day: str, tier: str) -> _Rates | None:
    try:
        price = prices.on(model, date.fromisoformat(day))
    except (KeyError, ValueError):  # days that the ledger carried forward together
        return None
    if tier == "long" and price.long is not None:
        price = price.long
    return _Rates(price.input, price.output, tier == "batch")


def _add_up(row: Row, more: Row) -> None:
    for place, value in enumerate(more):
        row[place] += value

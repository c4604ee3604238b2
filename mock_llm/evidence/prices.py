"""What tokens cost, by model and day, in integer nano-dollars.

A nano-dollar is 10**-9 dollars: one dollar per million tokens is 1000 nano-dollars per token, so
every price in use is a whole number and a bill is a sum of whole numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from mock_llm.yamlfile import Table, read

SHIPPED = Path(__file__).parent.parent / "data" / "prices.yaml"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request.

    `cached` ones are part of `prompt`, as are those that were written into a cache to live five
    minutes or an hour; `reasoning` ones are part of `completion`.
    """

    prompt: int
    completion: int
    cached: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """What one model costs from a day on, in nano-dollars per token.

    Above `long_above` prompt tokens the whole request is billed by `long`; None means that the
    price is the same at any length.
    """

    since: date
    input: int
    cached: int
    output: int
    long_above: int | None = None
    long: "Price | None" = None
    cache_write_5m: int = 0
    cache_write_1h: int = 0

    def is_long(self, usage: Usage) -> bool:
        """Whether a request is billed by the long-context rates."""
        return self.long_above is not None and usage.prompt > self.long_above

    def cost(self, usage: Usage, *, batch: bool = False) -> int:
        """The bill for one request, in nano-dollars; a batch costs half, rounded up."""
        if batch:
            return (self.cost(usage) + 1) // 2
        if self.long and self.is_long(usage):
            return self.long.cost(usage)
        written = (
            usage.cache_write_5m * self.cache_write_5m + usage.cache_write_1h * self.cache_write_1h
        )
        fresh = usage.prompt - usage.cached - usage.cache_write_5m - usage.cache_write_1h
        read = usage.cached * self.cached
        return fresh * self.input + read + written + usage.completion * self.output


class PriceList:
    """Dated prices of every model."""

    def __init__(self, prices: Mapping[str, Sequence[Price]]) -> None:
        self._prices = {
            model: sorted(dated, key=lambda price: price.since) for model, dated in prices.items()
        }
        self._on = lru_cache(maxsize=1024)(self._look_up)

    def __contains__(self, model: str) -> bool:
        return model in self._prices

    def __len__(self) -> int:
        return len(self._prices)

    def on(self, model: str, day: date) -> Price:
        """The price in force on a day; before the first known day, the first.

        Raises:
            KeyError: the model has no price.
        """
        return self._on(model, day)

    def covering(self, models: Iterable[str]) -> "PriceList":
        """A list that has these models too: at the price of the model whose name theirs begins
        with (gpt-4-0613 costs what gpt-4 does), else for nothing."""
        more = {model: self._like(model) for model in models if model not in self}
        return PriceList({**self._prices, **more}) if more else self

    def also(self, more: Mapping[str, "Price | str"]) -> "PriceList":
        """A list that has these models too: each at its price, or at that of another model."""
        if not more:
            return self
        dated = {
            model: self._prices[each] if isinstance(each, str) else [each]
            for model, each in more.items()
        }
        return PriceList({**self._prices, **dated})

    def is_free(self, model: str) -> bool:
        """Whether a model in the list costs nothing, on any day."""
        return not any(each.input or each.output for each in self._prices[model])

    def _like(self, model: str) -> Sequence[Price]:
        known = [name for name in self._prices if model.startswith(f"{name}-")]
        return self._prices[max(known, key=len)] if known else [Price(date.min, 0, 0, 0)]

    def _look_up(self, model: str, day: date) -> Price:
        dated = self._prices[model]
        return next((price for price in reversed(dated) if price.since <= day), dated[0])


def load_prices(path: Path = SHIPPED) -> PriceList:
    """The price list in a file.

    Raises:
        SettingError: naming the file, the model and what is wrong with its prices.
    """
    file = read(path)
    prices = {model: [_price(each) for each in file.tables(model)] for model in file}
    file.only_known()
    for model, dated in prices.items():
        if not dated:
            raise file.fail(model, "has no price")
    return PriceList(prices)


def _price(table: Table) -> Price:
    since = table.day("since")
    if since is None:
        raise table.fail("since", "is missing")
    long_above = long = None
    if "long_context" in table:
        tier = table.table("long_context")
        long_above = tier.integer("above", least=1)
        long = _rates(tier, since)
        tier.only_known()
    price = _rates(table, since, long_above, long)
    table.only_known("long_context")
    return price


def _rates(
    table: Table, since: date, long_above: int | None = None, long: Price | None = None
) -> Price:
    paid = table.integer("input")
    return Price(
        since=since,
        input=paid,
        cached=table.integer("cached", paid),
        output=table.integer("output", 0),
        long_above=long_above,
        long=long,
        cache_write_5m=table.integer("cache_write_5m", paid),
        cache_write_1h=table.integer("cache_write_1h", paid),
    )

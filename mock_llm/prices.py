"""What tokens cost, by model and day, in integer nano-dollars.

A nano-dollar is 10**-9 dollars: one dollar per million tokens is 1000 nano-dollars per token, so
every price in use is a whole number and a bill is a sum of whole numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mock_llm.yamlfile import Table, read

SHIPPED = Path(__file__).parent / "data" / "prices.yaml"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request. `cached` ones are part of `prompt`."""

    prompt: int
    completion: int
    cached: int = 0


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

    def cost(self, usage: Usage) -> int:
        """The bill for one request, in nano-dollars."""
        if self.long and self.long_above is not None and usage.prompt > self.long_above:
            return self.long.cost(usage)
        fresh = usage.prompt - usage.cached
        return fresh * self.input + usage.cached * self.cached + usage.completion * self.output


class PriceList:
    """Dated prices of every model."""

    def __init__(self, prices: Mapping[str, Sequence[Price]]) -> None:
        self._prices = {
            model: sorted(dated, key=lambda price: price.since) for model, dated in prices.items()
        }

    def __contains__(self, model: str) -> bool:
        return model in self._prices

    def on(self, model: str, day: date) -> Price:
        """The price in force on a day; before the first known day, the first.

        Raises:
            KeyError: the model has no price.
        """
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
    )

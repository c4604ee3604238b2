"""Models of one's own: names beside the known ones, which behave and cost like one of them.

models:
  gpt-4o: gpt-6.1-terra                       # in all like this one
  gpt-4o-mini: {like: gpt-6-luna}             # the same, written out
  in-house:
    like: gpt-6.1-sol
    context_window: 32000                     # in tokens, as max_output
    price: {input: 2.5, cached: 1.25, output: 10}   # dollars per million tokens

Without `like` a name is like the model that `guess` finds for it. A price has `input` and, where
they differ from it or from 0, `cached`, `cache_write_5m`, `cache_write_1h` and `output`.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from mock_llm.evidence.prices import Price, PriceList
from mock_llm.model.models import Model
from mock_llm.yamlfile import SettingError, Table, with_hint

MOST_MODELS = 1_000
LONGEST_NAME = 200
_RATES = ("input", "cached", "cache_write_5m", "cache_write_1h", "output")
# What occurs in a name, and what such a model is like; the first that fits.
_GUESSES = (
    (("embedding-3-large",), "text-embedding-3-large"),
    (("embed",), "text-embedding-3-small"),
    (("moderation",), "omni-moderation-latest"),
    (("instruct",), "gpt-3.5-turbo-instruct"),
    (("claude", "haiku"), "claude-haiku-5-5"),
    (("claude", "opus"), "claude-opus-5-5"),
    (("claude",), "claude-sonnet-5-5"),
    (("mini",), "gpt-6-luna"),
    (("nano",), "gpt-6-luna"),
    (("small",), "gpt-6-luna"),
)
_USUAL = "gpt-6.1-terra"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OwnModel:
    """A model of one's own; None is what the model that it is like has."""

    like: str
    context_window: int | None = None
    max_output: int | None = None
    price: Price | None = None

    def to_dict(self) -> dict[str, Any]:
        """The model as a scenario writes it."""
        plain: dict[str, Any] = {"like": self.like}
        for key in ("context_window", "max_output"):
            if getattr(self, key) is not None:
                plain[key] = getattr(self, key)
        if self.price is not None:
            plain["price"] = {rate: getattr(self.price, rate) / 1000 for rate in _RATES}
        return plain


OwnModels = Mapping[str, OwnModel]


def guess(name: str) -> str:
    """The known model that a model of this name is like, where nobody says."""
    for parts, like in _GUESSES:
        if all(part in name.lower() for part in parts):
            return like
    return _USUAL


def parse_own_models(table: Table) -> OwnModels:
    """The models in a table.

    Raises:
        SettingError: naming the model, the key and what is wrong with it.
    """
    own: dict[str, OwnModel] = {}
    for name in table:
        if not 0 < len(name.strip()) <= LONGEST_NAME:
            raise table.fail(name[:40], f"a name has 1 to {LONGEST_NAME} characters")
        given = table.text_or_table(name)
        own[name] = OwnModel(given or guess(name)) if isinstance(given, str) else _one(name, given)
    if len(own) > MOST_MODELS:
        raise SettingError(f"{table.where}: at most {MOST_MODELS:,} models, got {len(own):,}")
    return own


def own_models(given: "Sequence[str] | Mapping[str, object]") -> OwnModels:
    """Models by name, as plain data or as a list of names.

    Raises:
        SettingError: naming the model, the key and what is wrong with it.
    """
    if isinstance(given, str):
        given = [given]
    named = given if isinstance(given, Mapping) else dict.fromkeys(given)
    return parse_own_models(Table.of(named, "models"))


def _one(name: str, table: Table) -> OwnModel:
    model = OwnModel(
        like=table.text("like", guess(name)),
        context_window=_count(table, "context_window"),
        max_output=_count(table, "max_output"),
        price=_price(table.table("price")) if "price" in table else None,
    )
    table.only_known("like", "context_window", "max_output", "price")
    return model


def _count(table: Table, key: str) -> int | None:
    return table.integer(key, least=1) if key in table else None


def _price(table: Table) -> Price:
    paid = table.number("input")
    price = Price(
        since=date.min,
        input=_nanodollars(table, "input", paid),
        cached=_nanodollars(table, "cached", paid),
        cache_write_5m=_nanodollars(table, "cache_write_5m", paid),
        cache_write_1h=_nanodollars(table, "cache_write_1h", paid),
        output=_nanodollars(table, "output", 0.0),
    )
    table.only_known()
    return price


def _nanodollars(table: Table, key: str, default: float) -> int:
    """Dollars per million tokens as whole nano-dollars per token."""
    thousandths = table.number(key, default, most=1e6) * 1000
    if abs(thousandths - round(thousandths)) > 1e-6:
        raise table.fail(key, "has more than three decimals: prices are whole nano-dollars a token")
    return round(thousandths)


def with_own(models: Mapping[str, Model], own: OwnModels, where: str) -> dict[str, Model]:
    """The models, and those of one's own after them.

    Raises:
        SettingError: one is like a model that there is not.
    """
    made = {name: _made(models, name, each, where) for name, each in own.items()}
    return {**models, **made}


def _made(models: Mapping[str, Model], name: str, own: OwnModel, where: str) -> Model:
    known = models.get(own.like)
    if known is None:
        served = ", ".join(sorted(models))
        raise SettingError(with_hint(f"{where}: {name}: like: {own.like!r} is none of {served}"))
    window = own.context_window or known.context_window
    return replace(
        known,
        id=name,
        like=known.like or known.id,
        shutdown_date=None,
        context_window=window,
        max_output=own.max_output or min(known.max_output, window),
    )


def priced(prices: PriceList, own: OwnModels) -> PriceList:
    """The price list with models of one's own."""
    return prices.also({name: each.price or each.like for name, each in own.items()})


@lru_cache(maxsize=256)
def note_unknown(name: str) -> None:
    """Tell whoever runs the server, once, how a model that somebody asked for can be had.

    `mock-llm serve` shows it; other programs show it if they log this module at level INFO.
    """
    _log.info(
        "There is no model %.100r here: its requests get a 404, as from the provider. To serve it: "
        "mock-llm serve --model %.100s=%s, or `models:` in the scenario.",
        name,
        name,
        guess(name),
    )

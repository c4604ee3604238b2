"""Limits on requests and tokens a minute, on requests at the same time, and on waiting batches.

Requests and tokens are two buckets that hold a minute's worth and refill evenly, on the lab's
clock. A request takes one request and, on admission, the tokens of its prompt and of the completion
that it asked for (`max_tokens`; nothing where it sets no limit). What it did not use comes back, or
what it used beyond is taken, as soon as its reply is complete. A request that does not fit is
refused and takes nothing; `Retry-After` is exactly the time until it would fit, if nobody else
comes in between.

As with latency, `models` and `tiers` have limits of their own, which replace those of the lab: a
model goes by its own, else by its tier's, which the tier's models share, else by those that stand
beside `models` and `tiers`, which all the others share. An empty table limits nothing.

Where no limits are set, the default ones are shown in the headers and counted, but not enforced.

Batches are no part of this: their lines take nothing. What they have instead is
`batch_queue_tokens`, the prompt tokens of all batches that have not ended.

`neighbours` are bursts of other tenants that share the limits, see `mock_llm.injected.load`: while
one lasts, its share of the buckets and of what refills them is theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mock_llm.injected.load import Burst, parse_bursts
from mock_llm.yamlfile import Table

REQUESTS_PER_MINUTE = 10_000
TOKENS_PER_MINUTE = 2_000_000
_OWN = (
    "requests_per_minute",
    "tokens_per_minute",
    "concurrent",
    "batch_queue_tokens",
    "neighbours",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a lab may use, or one tier or model of it. None stands for any number."""

    requests_per_minute: int = REQUESTS_PER_MINUTE
    tokens_per_minute: int = TOKENS_PER_MINUTE
    concurrent: int | None = None
    neighbours: tuple[Burst, ...] = ()
    enforced: bool = False
    batch_queue_tokens: int | None = None
    tiers: Mapping[str, "Limits"] = field(default_factory=dict, hash=False)
    models: Mapping[str, "Limits"] = field(default_factory=dict, hash=False)

    def with_model(self, model: str, limits: "Limits") -> "Limits":
        """These limits with one model's replaced."""
        return replace(self, models={**self.models, model: limits})

    def to_dict(self) -> dict[str, object]:
        """As a scenario file writes it; empty where nothing is enforced."""
        plain: dict[str, object] = {}
        if self.enforced:
            plain["requests_per_minute"] = self.requests_per_minute
            plain["tokens_per_minute"] = self.tokens_per_minute
            if self.concurrent is not None:
                plain["concurrent"] = self.concurrent
            if self.batch_queue_tokens is not None:
                plain["batch_queue_tokens"] = self.batch_queue_tokens
            if self.neighbours:
                plain["neighbours"] = [burst.to_dict() for burst in self.neighbours]
        if self.tiers:
            plain["tiers"] = {tier: each.to_dict() for tier, each in self.tiers.items()}
        if self.models:
            plain["models"] = {model: each.to_dict() for model, each in self.models.items()}
        return plain


def parse_limits(table: Table) -> Limits:
    """The limits in a table; an empty one enforces none.

    Raises:
        SettingError: naming the key and what is wrong with it.
    """
    tiers, models = table.table("tiers"), table.table("models")
    return replace(
        parse_own_limits(table),
        tiers={tier: parse_own_limits(tiers.table(tier)) for tier in tiers},
        models={model: parse_own_limits(models.table(model)) for model in models},
    )


def parse_own_limits(table: Table) -> Limits:
    """The same of one model, one tier or all that have none of their own.

    Raises:
        SettingError: naming the key and what is wrong with it.
    """
    limits = Limits()
    if any(key in table for key in _OWN):
        limits = Limits(
            requests_per_minute=table.integer("requests_per_minute", REQUESTS_PER_MINUTE, least=1),
            tokens_per_minute=table.integer("tokens_per_minute", TOKENS_PER_MINUTE, least=1),
            concurrent=_count(table, "concurrent"),
            batch_queue_tokens=_count(table, "batch_queue_tokens"),
            neighbours=parse_bursts(table),
            enforced=True,
        )
    table.only_known(*_OWN)
    return limits


def _count(table: Table, key: str) -> int | None:
    return table.integer(key, least=1) if key in table else None

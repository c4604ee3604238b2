"""What a question asks, once the words are gone: the slots that truth is computed from."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Literal
from zlib import crc32

Intent = Literal[
    "recommend", "best", "count", "bundle", "price", "has", "spec", "stock", "about",
    "compare", "total", "slogan", "description", "code",
]  # fmt: skip
Op = Literal["<", "<=", ">", ">=", "="]
End = Literal["min", "max"]

KINDS = ("factual", "reasoning", "creative", "code")

EASY = 0.35
HARD = 0.65
HARDEST = 0.8


@dataclass(frozen=True, order=True)
class Limit:
    """A bound on a number, in the attribute's own unit (cents for the price)."""

    attribute: str
    op: Op
    value: float

    def holds(self, value: float | None) -> bool:
        if value is None:
            return False
        match self.op:
            case "<":
                return value < self.value
            case "<=":
                return value <= self.value
            case ">":
                return value > self.value
            case ">=":
                return value >= self.value
            case "=":
                return value == self.value


@dataclass(frozen=True)
class Slots:
    """A question in structured form; equal slots are the same question in other words.

    Args:
        categories: one for recommend, best, count and most code; several for a bundle.
        products: ids, in the order asked for a total, sorted for a comparison.
        quantities: beside products, for a total.
        features: (feature, wanted), sorted; colours and brands are colour=… and brand=….
        limits: sorted.
        target: the attribute and the end that best and compare are about.
        attribute: what has and spec ask for.
        count: how many products to recommend.
        task: the programming task, or the tone of a creative text.
        number: the percentage or the n of a programming task.
    """

    intent: Intent
    categories: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    quantities: tuple[int, ...] = ()
    features: tuple[tuple[str, bool], ...] = ()
    limits: tuple[Limit, ...] = ()
    target: tuple[str, End] | None = None
    attribute: str | None = None
    count: int = 1
    task: str | None = None
    number: int | None = None

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # A prompt that comes again is looked up by its slots several times.
        return hash(tuple(getattr(self, field.name) for field in fields(self)))

    @cached_property
    def item(self) -> str:
        """A stable id that reads: recommend/headphones/+wireless/price_cents<10000."""
        parts: list[str] = [self.intent, *([self.task] if self.task else []), *self.categories]
        if self.quantities:
            pairs = zip(self.quantities, self.products, strict=True)
            parts += [f"{quantity}x{product}" for quantity, product in pairs]
        else:
            parts += self.products
        parts += [f"{'+' if wanted else '-'}{name}" for name, wanted in self.features]
        parts += [f"{limit.attribute}{limit.op}{limit.value:g}" for limit in self.limits]
        if self.target:
            parts.append(f"{self.target[1]}:{self.target[0]}")
        if self.attribute:
            parts.append(f"?{self.attribute}")
        if self.count > 1:
            parts.append(f"n={self.count}")
        if self.number is not None:
            parts.append(f"#{self.number}")
        return "/".join(parts)

    @cached_property
    def kind(self) -> str:
        """Looking one thing up is factual; weighing several constraints or products is not."""
        match self.intent:
            case "slogan" | "description":
                return "creative"
            case "code":
                return "code"
            case "recommend":
                return "factual" if self._constraints <= 2 and self.count == 1 else "reasoning"
            case "best" | "count" | "bundle" | "compare" | "total":
                return "reasoning"
        return "factual"

    @property
    def _constraints(self) -> int:
        ranges = {limit.attribute for limit in self.limits}
        return len(self.features) + len(ranges)

    @cached_property
    def difficulty(self) -> float:
        """How hard the question is, 0 to 0.8: a rule of thumb, the same on every machine.

        A base by intent, more for each constraint, product and negation, and for questions about
        one product up to 0.35 by how little known it is (a hash of its id stands for that).
        """
        negations = sum(not wanted for _, wanted in self.features)
        more = 0.12 * self._constraints + 0.08 * negations
        obscure = 0.0
        if len(self.products) == 1:
            obscure = 0.35 * (crc32(self.item.encode()) % 1000) / 1000
        base = {
            "price": 0.1, "stock": 0.15, "has": 0.25, "spec": 0.4, "about": 0.15,
            "recommend": 0.04 * len(self.limits) + 0.06 * (self.count - 1),
            "best": 0.3,
            "count": 0.45,
            "bundle": 0.6 + 0.1 * (len(self.categories) - 2),
            "compare": 0.3 + 0.15 * (len(self.products) - 2),
            "total": 0.15 + 0.1 * len(self.products) + 0.1 * sum(q > 1 for q in self.quantities),
            "slogan": 0.1,
            "description": 0.45,
            "code": CODE_DIFFICULTY.get(self.task or "", 0.3),
        }[self.intent]  # fmt: skip
        return round(min(max(base + more + obscure, 0.05), HARDEST), 3)


CODE_DIFFICULTY = {
    "filter": 0.1,
    "total": 0.3,
    "cheapest": 0.2,
    "average": 0.45,
    "top": 0.55,
    "discount": 0.65,
}

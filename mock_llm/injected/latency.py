"""How long a reply takes: time to its first token, then time per token. Seconds.

Each of the two is one of
- log-normal, by median and 99th percentile (`ttft_median_s`, `ttft_p99_s`): most replies come
  quickly and a few take several times as long, as with the real providers. A p99 that is left out
  equals the median (no spread);
- uniform, between `ttft_min_s` and `ttft_max_s`;
- constant: `ttft_s`.
For the time per token the names begin with `per_token`. What is left out is zero.

A pace may creep: `creep` lists points (`at_s` seconds after the pace came into force, `factor`),
between them the factor runs in a straight line, after the last one it stays.

All these are the provider's times; a lab's time scale says how much of them is really waited.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypedDict

from mock_llm.draws import Draw, spread
from mock_llm.model.models import Model
from mock_llm.yamlfile import Table

MOST_SPREAD = 1_000_000  # of a log-normal: times the median that one in a hundred takes


class CreepPoint(TypedDict):
    """How slow a pace is at one moment, as a multiple of its own times."""

    at_s: float
    factor: float


class Times(TypedDict, total=False):
    """What a pace can be told; see the module. `model` names one model, else it is everybody's."""

    ttft_s: float | None
    ttft_median_s: float | None
    ttft_p99_s: float | None
    ttft_min_s: float | None
    ttft_max_s: float | None
    per_token_s: float | None
    per_token_median_s: float | None
    per_token_p99_s: float | None
    per_token_min_s: float | None
    per_token_max_s: float | None
    creep: Sequence[CreepPoint] | None
    model: str | None


@dataclass(frozen=True, slots=True)
class Pace:
    """The times of one model, in seconds. A uniform one has a `max`, and no median."""

    ttft_median_s: float = 0.0
    ttft_p99_s: float = 0.0
    per_token_median_s: float = 0.0
    per_token_p99_s: float = 0.0
    ttft_min_s: float = 0.0
    ttft_max_s: float = 0.0
    per_token_min_s: float = 0.0
    per_token_max_s: float = 0.0
    creep: tuple[tuple[float, float], ...] = ()

    @property
    def instant(self) -> bool:
        return not (
            self.ttft_median_s or self.per_token_median_s or self.ttft_max_s or self.per_token_max_s
        )

    def arrivals(self, draw: Draw, tokens: int) -> list[float]:
        """When each token is there, in seconds after the request came; at least one time."""
        if self.instant:
            return [0.0] * max(tokens, 1)
        if self.ttft_max_s:
            moment = _between(self.ttft_min_s, self.ttft_max_s, draw.uniform("ttft"))
        else:
            moment = draw.lognormal("ttft", self.ttft_median_s, self.ttft_p99_s)
        times = [moment]
        if self.per_token_median_s == 0.0 == self.per_token_max_s:
            return times * max(tokens, 1)
        if self.per_token_max_s == 0.0 and self.per_token_p99_s == self.per_token_median_s:
            each = self.per_token_median_s
            return [moment + number * each for number in range(max(tokens, 1))]
        # One hash per token would cost more than the answer: the draw seeds a fast generator.
        fast = random.Random(draw.integer("per token", 1 << 48))  # noqa: S311
        if self.per_token_max_s:
            for _ in range(tokens - 1):
                moment += _between(self.per_token_min_s, self.per_token_max_s, fast.random())
                times.append(moment)
            return times
        gauss = fast.gauss
        sigma = spread(self.per_token_median_s, self.per_token_p99_s)
        for _ in range(tokens - 1):
            moment += self.per_token_median_s * math.exp(sigma * gauss())
            times.append(moment)
        return times

    def after(self, age: float) -> "Pace":
        """The pace so many seconds after it came into force, creep included."""
        factor = self._factor(age)
        slower = {name: getattr(self, name) * factor for name in _TIMES}
        return replace(self, creep=(), **slower)

    def _factor(self, age: float) -> float:
        if age <= self.creep[0][0]:
            return self.creep[0][1]
        for (begins, before), (ends, after) in pairwise(self.creep):
            if age < ends:
                return _between(before, after, (age - begins) / (ends - begins))
        return self.creep[-1][1]

    def to_dict(self) -> dict[str, object]:
        """As a scenario file writes it."""
        plain: dict[str, object] = {}
        for what in ("ttft", "per_token"):
            kinds = ("min", "max") if getattr(self, f"{what}_max_s") else ("median", "p99")
            plain |= {f"{what}_{kind}_s": getattr(self, f"{what}_{kind}_s") for kind in kinds}
        if self.creep:
            plain["creep"] = [{"at_s": at, "factor": factor} for at, factor in self.creep]
        return plain


_TIMES = tuple(
    f"{what}_{kind}_s" for what in ("ttft", "per_token") for kind in ("median", "p99", "min", "max")
)


@dataclass(frozen=True, slots=True)
class Latency:
    """The paces of a lab: by model, else by tier, else the default."""

    default: Pace = Pace()
    tiers: Mapping[str, Pace] = field(default_factory=dict)
    models: Mapping[str, Pace] = field(default_factory=dict)

    @property
    def instant(self) -> bool:
        """Whether no model makes anybody wait."""
        paces = (self.default, *self.tiers.values(), *self.models.values())
        return all(pace.instant for pace in paces)

    def of(self, model: Model) -> Pace:
        """The pace of one model."""
        return self.models.get(model.id) or self.tiers.get(model.tier) or self.default

    def with_pace(self, pace: Pace, model: str | None) -> "Latency":
        """A latency with one model's pace replaced, or, with model None, everybody's."""
        if model is None:
            return Latency(pace)
        return Latency(self.default, self.tiers, {**self.models, model: pace})

    def to_dict(self) -> dict[str, object]:
        """As a scenario file writes it."""
        return {
            "default": self.default.to_dict(),
            "tiers": {tier: pace.to_dict() for tier, pace in self.tiers.items()},
            "models": {model: pace.to_dict() for model, pace in self.models.items()},
        }


def parse_pace(table: Table) -> Pace:
    """The pace in a table.

    Raises:
        SettingError: a time is negative or no number, two distributions are given for the same
            time, or a larger value lies under its smaller one.
    """
    ttft = _times(table, "ttft")
    per_token = _times(table, "per_token")
    creep = _creep(table.tables("creep"))
    table.only_known()
    return Pace(*ttft[:2], *per_token[:2], *ttft[2:], *per_token[2:], creep=creep)


def _times(table: Table, what: str) -> tuple[float, float, float, float]:
    """Median, p99, min and max."""
    constant, low, high = f"{what}_s", f"{what}_min_s", f"{what}_max_s"
    median_key, p99_key = f"{what}_median_s", f"{what}_p99_s"
    fixed = table.number(constant) if constant in table else None
    most = table.number(high, 0.0)
    least = table.number(low, 0.0)
    median = table.number(median_key, 0.0)
    p99 = table.number(p99_key, median)
    if fixed is not None and (most or least or median or p99):
        raise table.fail(constant, "is constant, and cannot stand beside another distribution")
    if (most or least) and (median or p99):
        raise table.fail(high, f"is uniform, and cannot stand beside {median_key} or {p99_key}")
    if most < least:
        raise table.fail(high, f"is {most}, less than the minimum of {least}")
    if p99 < median:
        raise table.fail(p99_key, f"is {p99}, less than the median of {median}")
    if p99 > 0.0 and median == 0.0:
        raise table.fail(median_key, f"is missing beside {p99_key}")
    if p99 > MOST_SPREAD * median:
        raise table.fail(p99_key, f"is more than {MOST_SPREAD:,} times the median of {median}")
    return (median, p99, least, most) if fixed is None else (fixed, fixed, 0.0, 0.0)


def _creep(points: Sequence[Table]) -> tuple[tuple[float, float], ...]:
    creep: list[tuple[float, float]] = []
    for point in points:
        moment, factor = point.number("at_s"), point.number("factor")
        if creep and moment <= creep[-1][0]:
            raise point.fail("at_s", f"must be later than the point before, at {creep[-1][0]:g}")
        point.only_known()
        creep.append((moment, factor))
    return tuple(creep)


def parse_latency(table: Table) -> Latency:
    """The latency in a scenario.

    Raises:
        SettingError: naming the key and what is wrong with it.
    """
    tiers, models = table.table("tiers"), table.table("models")
    latency = Latency(
        default=parse_pace(table.table("default")),
        tiers={tier: parse_pace(tiers.table(tier)) for tier in tiers},
        models={model: parse_pace(models.table(model)) for model in models},
    )
    table.only_known("default", "tiers", "models")
    return latency


def _between(low: float, high: float, share: float) -> float:
    return low + (high - low) * share

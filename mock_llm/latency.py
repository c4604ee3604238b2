"""How long a reply takes: time to its first token, then time per token.

Both are log-normal, given by median and 99th percentile in seconds: most replies come quickly and
a few take several times as long, as with the real providers. What is left out is zero, and a p99
that is left out equals its median (no spread).
"""

import math
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from mock_llm.draws import Draw, spread
from mock_llm.models import Model
from mock_llm.yamlfile import Table


@dataclass(frozen=True, slots=True)
class Pace:
    """The times of one model, in seconds."""

    ttft_median_s: float = 0.0
    ttft_p99_s: float = 0.0
    per_token_median_s: float = 0.0
    per_token_p99_s: float = 0.0

    @property
    def instant(self) -> bool:
        return not self.ttft_median_s and not self.per_token_median_s

    def arrivals(self, draw: Draw, tokens: int) -> list[float]:
        """When each token is there, in seconds after the request came; at least one time."""
        if self.instant:
            return [0.0] * max(tokens, 1)
        moment = draw.lognormal("ttft", self.ttft_median_s, self.ttft_p99_s)
        times = [moment]
        if self.per_token_median_s == 0.0:
            return times * max(tokens, 1)
        # One hash per token would cost more than the answer: the draw seeds a fast generator.
        gauss = random.Random(draw.integer("per token", 1 << 48)).gauss  # noqa: S311
        sigma = spread(self.per_token_median_s, self.per_token_p99_s)
        for _ in range(tokens - 1):
            moment += self.per_token_median_s * math.exp(sigma * gauss())
            times.append(moment)
        return times


@dataclass(frozen=True, slots=True)
class Latency:
    """The paces of a lab: by model, else by tier, else the default."""

    default: Pace = Pace()
    tiers: Mapping[str, Pace] = field(default_factory=dict)
    models: Mapping[str, Pace] = field(default_factory=dict)

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
        return asdict(self)


def parse_pace(table: Table) -> Pace:
    """The pace in a table.

    Raises:
        SettingError: a time is negative, no number, or a p99 lies under its median.
    """
    times = []
    for what in ("ttft", "per_token"):
        median = table.number(f"{what}_median_s", 0.0)
        p99 = table.number(f"{what}_p99_s", median)
        if p99 < median:
            raise table.fail(f"{what}_p99_s", f"is {p99}, less than the median of {median}")
        if p99 > 0.0 and median == 0.0:
            raise table.fail(f"{what}_median_s", f"is missing beside {what}_p99_s")
        times += [median, p99]
    table.only_known()
    return Pace(*times)


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

"""Quantiles of many values in little memory, each within 2 percent of the true one.

The sketch counts values in buckets whose bounds grow by a constant factor, so that it can be added
to another one. Source: Masson, Rim and Lee, "DDSketch" (VLDB 2019), section 2.
"""

from collections.abc import Iterable
from math import ceil, log

_GROWTH = 1.04
_PER_LOG = 1 / log(_GROWTH)
_LEAST, _MOST = 1e-4, 1e5  # seconds; what lies outside is counted at these: 530 buckets at most
_MIDDLE = 2 / (1 + _GROWTH)


class Sketch:
    """How many values lie in each bucket. Values are seconds."""

    __slots__ = ("counts",)

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}

    def add(self, seconds: float) -> None:
        bucket = ceil(log(min(max(seconds, _LEAST), _MOST)) * _PER_LOG)
        self.counts[bucket] = self.counts.get(bucket, 0) + 1


def quantiles(sketches: Iterable[Sketch], shares: Iterable[float]) -> list[float] | None:
    """The quantiles of all values in some sketches together, in seconds; None without values.

    Args:
        shares: rising, each between 0 and 1; 0.5 is the median.
    """
    counts: dict[int, int] = {}
    for sketch in sketches:
        for bucket, count in sketch.counts.items():
            counts[bucket] = counts.get(bucket, 0) + count
    total = sum(counts.values())
    if not total:
        return None
    found: list[float] = []
    buckets = iter(sorted(counts.items()))
    seen, value = 0, 0.0
    for share in shares:
        while seen < max(1, ceil(share * total)):
            bucket, count = next(buckets)
            seen += count
            value = _MIDDLE * _GROWTH**bucket
        found.append(value)
    return found

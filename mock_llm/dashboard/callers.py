"""Who and what the requests of one lab were for: how many, how many failed, how long they took.

Clients name users and features, so both are bounded: who comes after `MOST_NAMES` others is counted
with the rest, and at most `MOST_TIMED` of them have latencies of their own in a minute.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mock_llm.dashboard.quantiles import Sketch
from mock_llm.dashboard.spending import DIMENSIONS, By
from mock_llm.dashboard.window import WINDOW_S
from mock_llm.evidence.ledger import OTHERS

if TYPE_CHECKING:
    from mock_llm.evidence.visit import Visit

MOST_NAMES = 20_000
MOST_TIMED = 500
_MINUTE_S = 60


class Named:
    """The requests of one lab by user, by feature or by model."""

    def __init__(self) -> None:
        self.counts: dict[str, list[int]] = {}  # requests, and how many of them failed
        self._minutes: dict[int, dict[str, Sketch]] = {}

    def add(self, minute: int, name: str, *, failed: bool, duration_s: float) -> None:
        """Count a request that ended in a minute of the server's clock."""
        counts = self.counts.get(name)
        if counts is None:
            if len(self.counts) >= MOST_NAMES:
                name = OTHERS
            counts = self.counts.setdefault(name, [0, 0])
        counts[0] += 1
        counts[1] += failed
        sketches = self._minutes.setdefault(minute, {})
        sketch = sketches.get(name)
        if sketch is None:
            if len(sketches) >= MOST_TIMED:
                return
            sketch = sketches[name] = Sketch()
        sketch.add(duration_s)

    def forget(self, oldest: int) -> None:
        """Drop the latencies of the minutes before one."""
        for old in [each for each in self._minutes if each < oldest]:
            del self._minutes[old]

    def sketches(self, name: str) -> Iterator[Sketch]:
        """The latencies of the last ten minutes, in seconds."""
        return (each[name] for each in self._minutes.values() if name in each)


class Callers:
    """The requests of one lab, whether they were billed or not."""

    def __init__(self) -> None:
        self.by: dict[By, Named] = {dimension: Named() for dimension in DIMENSIONS}

    def add(self, second: int, visit: "Visit") -> None:
        """Count a closed request in the second in which it ended."""
        minute, failed = second // _MINUTE_S, visit.outcome != "ok"
        for dimension, named in self.by.items():
            name = getattr(visit, dimension) or ""
            named.add(minute, name, failed=failed, duration_s=visit.duration_s)

    def forget(self, second: int) -> None:
        """Drop the latencies that are older than the window at a second."""
        for named in self.by.values():
            named.forget((second - WINDOW_S) // _MINUTE_S)

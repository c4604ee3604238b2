"""A bucket that holds a minute's worth of something and refills evenly, on the lab's clock."""

import math
from collections.abc import Sequence

from mock_llm.injected.load import Burst, share

_MOST_EDGES = 10_000
_MEMORY_S = 3600.0
_ROUNDING = 1e-6


class Bucket:
    """So many a minute, refilled evenly; full when it is new.

    Args:
        per_minute: what it holds, and what flows in within a minute.
        now: a moment of the lab's clock; the neighbours' windows begin then.
    """

    __slots__ = ("_at", "_began", "_bursts", "level", "per_minute")

    def __init__(self, per_minute: int, now: float, bursts: Sequence[Burst] = ()) -> None:
        self.per_minute = per_minute
        self.level = float(per_minute)
        self._at = self._began = now
        self._bursts = bursts

    def fill(self, now: float) -> None:
        """Let flow in what came since the last time."""
        if not self._bursts:
            if now > self._at:
                flow = (now - self._at) * self.per_minute / 60.0
                self.level = min(float(self.per_minute), self.level + flow)
            self._at = now
            return
        self._at = max(self._at, now - _MEMORY_S)
        for _ in range(_MOST_EDGES):
            most, edge = self._phase(self._at)
            if self._at >= now:
                break
            until = min(edge, now)
            self.level = min(most, self.level + (until - self._at) * most / 60.0)
            self._at = until
        self._at = now
        self.level = min(most, self.level)

    def take(self, now: float, amount: int) -> tuple[int, float]:
        """Take so much, or all that is there, where no neighbours are; what is left, and seconds
        until it is full."""
        most = self.per_minute
        level = self.level + (now - self._at) * most / 60.0 - amount
        if level > most - amount:
            level = float(most - amount)
        if level < 0.0:
            level = 0.0
        self.level = level
        self._at = now
        return int(level), (most - level) * 60.0 / most

    def wait(self, amount: float) -> float:
        """Seconds until so much is there, after `fill`; infinity if it never will be."""
        moment, level = self._at, self.level
        for _ in range(_MOST_EDGES):
            most, edge = self._phase(moment)
            level = min(most, level)
            if level >= amount - _ROUNDING:
                return moment - self._at
            if most > 0.0 and most >= amount:
                filled = moment + (amount - level) * 60.0 / most
                if filled <= edge:
                    return filled - self._at
            if edge == math.inf:
                break
            level = min(most, level + (edge - moment) * most / 60.0)
            moment = edge
        return math.inf

    @property
    def left(self) -> int:
        return max(0, int(self.level + _ROUNDING))

    @property
    def full_in_s(self) -> float:
        """Seconds until it is full; where neighbours never let it be, as if there were none."""
        if self._bursts and (wait := self.wait(self.per_minute)) < math.inf:
            return wait
        return (self.per_minute - self.level) * 60.0 / self.per_minute

    def _phase(self, moment: float) -> tuple[float, float]:
        """How much there is for this lab at a moment, and when that changes next."""
        if not self._bursts:
            return float(self.per_minute), math.inf
        age = moment - self._began
        edge = min(burst.window.next_edge(age) for burst in self._bursts)
        most = self.per_minute * (1.0 - share(self._bursts, age))
        return most, max(self._began + edge, math.nextafter(moment, math.inf))

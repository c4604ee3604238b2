"""Where a lab gets its time from: real, or set by hand in a test."""

import time
from typing import Protocol


class Clock(Protocol):
    """Two times in seconds: one that only moves forward, and one that a calendar knows."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; for measuring how long something took."""

    def wall(self) -> float:
        """Seconds since 1970-01-01 UTC; for dates, price lists and `created` fields."""


class SystemClock:
    """The machine's own clocks."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()


class ManualClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, wall: float = 1_795_000_000.0) -> None:
        self._wall = wall
        self._monotonic = 0.0

    def monotonic(self) -> float:
        return self._monotonic

    def wall(self) -> float:
        return self._wall

    def advance(self, seconds: float) -> None:
        """Move both times forward.

        Raises:
            ValueError: seconds is negative; time does not run backwards.
        """
        if seconds < 0:
            raise ValueError(f"cannot advance a clock by {seconds} seconds")
        self._monotonic += seconds
        self._wall += seconds

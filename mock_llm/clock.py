"""Where a lab gets its time from: real, set by hand in a test, or a lab's own.

A lab's clock rules everything that has a date or a rate: limits, budgets, batches, the windows of
faults, latency that creeps, `created` fields. It can be frozen and moved without waiting.

Waits are another matter: a latency, a hang or a queue holds its reply back for real seconds times
the lab's time scale, whatever the clock does. So a frozen clock lets nobody hang, and an advanced
one cuts no wait short.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol


class Clock(Protocol):
    """Two times in seconds: one that only moves forward, and one that a calendar knows."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; for measuring how long something took."""

    def wall(self) -> float:
        """Seconds since 1970-01-01 UTC; for dates, price lists and `created` fields."""


class SystemClock:
    """The machine's own clocks."""

    monotonic = staticmethod(time.monotonic)
    wall = staticmethod(time.time)


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
        _forward(seconds)
        self._monotonic += seconds
        self._wall += seconds


class LabClock:
    """A lab's own time: that of `source` until it is frozen or advanced. Safe from any thread.

    `monotonic` and `wall` are the source's own functions as long as nothing was changed: a clock
    that nobody touches costs nothing.

    Args:
        source: the server's clock.
    """

    monotonic: Callable[[], float]
    wall: Callable[[], float]

    def __init__(self, source: Clock | None = None) -> None:
        self._source: Clock = source or SystemClock()
        self._lock = threading.Lock()
        self._ahead = 0.0
        self._frozen_at: tuple[float, float] | None = None
        self._past: tuple[int, float, float] | None = None
        self._apply()

    @property
    def frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen_at is not None

    @property
    def ahead_s(self) -> float:
        """How many seconds it is ahead of the server's clock; negative if it is behind."""
        return self.monotonic() - self._source.monotonic()

    def freeze(self) -> None:
        """Stand still; `advance` still moves it."""
        with self._lock:
            if self._frozen_at is None:
                self._frozen_at = (self.monotonic(), self.wall())
                self._apply()

    def advance(self, seconds: float) -> None:
        """Move both times forward, frozen or not.

        Raises:
            ValueError: seconds is negative; time does not run backwards.
        """
        _forward(seconds)
        with self._lock:
            self._ahead += seconds
            if self._frozen_at is not None:
                monotonic, wall = self._frozen_at
                self._frozen_at = (monotonic + seconds, wall + seconds)
            self._apply()

    def resume(self) -> None:
        """Run on from where it stands."""
        with self._lock:
            if self._frozen_at is not None:
                self._ahead = self._frozen_at[0] - self._source.monotonic()
                self._frozen_at = None
                self._apply()

    def restore(self) -> None:
        """Show the server's time again, as a new lab does. This may set the clock back."""
        with self._lock:
            self._ahead, self._frozen_at = 0.0, None
            self._apply()

    @contextmanager
    def as_of(self, wall: float) -> Iterator[None]:
        """Let it be a moment that has passed, for the calling thread alone; one thread at a time.

        Args:
            wall: the moment, in seconds since 1970.
        """
        with self._lock:
            ago = self.wall() - wall
            self._past = (threading.get_ident(), self.monotonic() - ago, wall)
            self._apply()
        try:
            yield
        finally:
            with self._lock:
                self._past = None
                self._apply()

    def _apply(self) -> None:
        source, ahead = self._source, self._ahead
        if self._frozen_at is not None:
            monotonic, wall = self._frozen_at
            self.monotonic, self.wall = lambda: monotonic, lambda: wall
        elif ahead == 0.0:
            self.monotonic, self.wall = source.monotonic, source.wall
        else:
            self.monotonic = lambda: source.monotonic() + ahead
            self.wall = lambda: source.wall() + ahead
        if self._past is not None:
            thread, past_monotonic, past_wall = self._past
            now, now_wall, here = self.monotonic, self.wall, threading.get_ident
            self.monotonic = lambda: past_monotonic if here() == thread else now()
            self.wall = lambda: past_wall if here() == thread else now_wall()


def _forward(seconds: float) -> None:
    if not 0.0 <= seconds < float("inf"):
        raise ValueError(f"cannot advance a clock by {seconds} seconds")

"""The seam of the whole course: a question and a deadline go in, an answer comes out.

Everything that answers has this one shape. The model client answers by asking a model, the cache
answers from memory or asks what it wraps, the fallback asks one and then another. Each is a ring
around the next, and none of them knows how many rings there are. Nothing to fill in here: read it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True)
class Question:
    """What a customer asks, and how long the answer may be (in tokens)."""

    text: str
    user_id: str
    max_tokens: int = 200
    locale: str = "en"


@dataclass(frozen=True)
class Answer:
    """What came back, and what an engineer wants to know about it.

    `cost_nanodollars` is what this answer cost us now: 0 from the cache. `degraded` says that it
    is not the answer we wanted to give, only the best that could be had in time.
    """

    text: str
    model: str
    source: Literal["model", "cache"] = "model"
    cost_nanodollars: int = 0
    degraded: bool = False


class Deadline:
    """A moment that a request must not outlive. Monotonic seconds, so no clock change moves it."""

    def __init__(self, expires_at: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.expires_at = expires_at
        self._clock = clock

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> "Deadline":
        """The deadline `seconds` from now."""
        return cls(clock() + seconds, clock)

    def remaining(self) -> float:
        """Seconds left; 0.0 once it has passed."""
        return max(0.0, self.expires_at - self._clock())

    def share(self, part: float) -> "Deadline":
        """An earlier deadline that leaves the rest of the time to somebody else.

        `part` is between 0 and 1: `share(0.7)` of a deadline in 5 s ends in 3.5 s.
        """
        return Deadline(self._clock() + self.remaining() * part, self._clock)


class Answerer(Protocol):
    """Anything that answers before a deadline, or raises one of the errors in `errors.py`."""

    async def answer(self, question: Question, deadline: Deadline) -> Answer: ...

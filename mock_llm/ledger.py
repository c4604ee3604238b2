"""The ledger of a lab: what its requests cost, in integer nano-dollars.

The total is the exact sum of the lines. Memory is bounded: the newest `KEPT_LINES` requests have a
line each; older ones are carried forward in one line per model, user and feature.
"""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

KEPT_LINES = 100_000
KEPT_ACCOUNTS = 20_000
OTHERS = "(others)"

Dimension = Literal["model", "user", "feature"]
DIMENSIONS: tuple[Dimension, ...] = ("model", "user", "feature")


@dataclass(frozen=True, slots=True)
class Line:
    """What one request cost, or, with `request_id` None, what `requests` older ones did together.

    `user` and `feature` are "" where the request named none.
    """

    request_id: str | None
    model: str
    user: str
    feature: str
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_nanodollars: int
    requests: int = 1

    @property
    def account(self) -> tuple[str, str, str]:
        return (self.model, self.user, self.feature)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The lines of a lab at one moment."""

    lines: Sequence[Line]

    @property
    def total_nanodollars(self) -> int:
        """The sum of the lines, in nano-dollars (10**-9 dollars)."""
        return sum(line.cost_nanodollars for line in self.lines)

    def by(self, dimension: Dimension) -> dict[str, int]:
        """Nano-dollars by "model", "user" or "feature"; "" is who or what was not named.

        Raises:
            ValueError: for any other dimension.
        """
        if dimension not in DIMENSIONS:
            raise ValueError(f"the ledger knows {', '.join(DIMENSIONS)}, not {dimension!r}")
        sums: dict[str, int] = {}
        for line in self.lines:
            key: str = getattr(line, dimension)
            sums[key] = sums.get(key, 0) + line.cost_nanodollars
        return sums

    def to_dict(self) -> dict[str, Any]:
        """The ledger as plain data, as the admin interface sends it."""
        return {
            "total_nanodollars": self.total_nanodollars,
            **{f"by_{dimension}": self.by(dimension) for dimension in DIMENSIONS},
            "lines": [asdict(line) for line in self.lines],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Ledger":
        """What `to_dict` made, read back."""
        return cls([Line(**line) for line in data["lines"]])


class Book:
    """Where a lab's costs are written down as they arise."""

    def __init__(self, kept: int = KEPT_LINES) -> None:
        self._kept = kept
        self._lines: deque[Line] = deque()
        self._carried: dict[tuple[str, str, str], Line] = {}
        self._lock = threading.Lock()

    def write(self, line: Line) -> None:
        """Add one request's cost."""
        with self._lock:
            self._lines.append(line)
            if len(self._lines) > self._kept:
                self._carry_forward(self._lines.popleft())

    def ledger(self) -> Ledger:
        """The lines so far, what was carried forward first."""
        with self._lock:
            return Ledger([*self._carried.values(), *self._lines])

    def _carry_forward(self, line: Line) -> None:
        account = line.account
        if account not in self._carried and len(self._carried) >= KEPT_ACCOUNTS:
            # Users are named by the client, so their number has no bound of its own.
            account = (line.model, OTHERS, OTHERS)
        before = self._carried.get(account, Line(None, *account, 0, 0, 0, 0, 0))
        self._carried[account] = Line(
            None,
            *account,
            before.prompt_tokens + line.prompt_tokens,
            before.cached_tokens + line.cached_tokens,
            before.completion_tokens + line.completion_tokens,
            before.cost_nanodollars + line.cost_nanodollars,
            before.requests + line.requests,
        )

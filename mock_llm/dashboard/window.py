"""The last ten minutes of one lab: counts by second, latencies by ten seconds. Bounded memory."""

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import TYPE_CHECKING

from mock_llm.dashboard.quantiles import Sketch, quantiles

if TYPE_CHECKING:
    from mock_llm.evidence.visit import Visit

WINDOW_S = 600
SLOT_S = 10
RATE_S = 10
PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

# What is counted in each second.
COUNTED = (
    "requests",
    "failed",
    "cost_nanodollars",
    "prompt_tokens",
    "completion_tokens",
)
_NOTHING = (0,) * len(COUNTED)


class Window:
    """What was read lately, by whole seconds of the server's own clock."""

    def __init__(self) -> None:
        self._seconds: dict[int, list[int]] = {}
        self._slots: dict[int, tuple[Sketch, Sketch]] = {}

    def add(self, second: int, visit: "Visit") -> None:
        """Count a closed request in the second in which it ended."""
        counts = self._seconds.get(second)
        if counts is None:
            counts = self._seconds[second] = list(_NOTHING)
        usage = visit.usage
        counts[0] += 1
        if visit.outcome != "ok":
            counts[1] += 1
        counts[2] += visit.cost_nanodollars
        counts[3] += usage.prompt
        counts[4] += usage.completion
        slot = second // SLOT_S
        sketches = self._slots.get(slot)
        if sketches is None:
            sketches = self._slots[slot] = (Sketch(), Sketch())
        sketches[0].add(visit.duration_s)
        if visit.first_token_s is not None:
            sketches[1].add(visit.first_token_s)

    def add_unread(self, seconds: Sequence[int], counts: Sequence[int]) -> None:
        """Count requests that were not read one by one, spread evenly over some seconds."""
        for place, second in enumerate(seconds):
            row = self._seconds.setdefault(second, list(_NOTHING))
            for column, count in enumerate(counts):
                before = count * place // len(seconds)
                row[column] += count * (place + 1) // len(seconds) - before

    def forget(self, second: int) -> None:
        """Drop what is older than the window at a second."""
        for old in [each for each in self._seconds if each < second - WINDOW_S]:
            del self._seconds[old]
        for old in [each for each in self._slots if each < (second - WINDOW_S) // SLOT_S]:
            del self._slots[old]

    def seconds(self) -> Iterable[tuple[int, Sequence[int]]]:
        return self._seconds.items()

    def counts(self, second: int) -> Sequence[int]:
        return self._seconds.get(second, _NOTHING)

    def sketches(self, slot: int) -> tuple[Sketch, Sketch] | None:
        return self._slots.get(slot)


def series(windows: Iterable[Window], second: int) -> dict[str, list[int]]:
    """The counts of some windows together, second by second, for the whole seconds before one."""
    columns = [[0] * WINDOW_S for _ in COUNTED]
    begins = second - WINDOW_S
    for window in windows:
        for each, counts in window.seconds():
            if begins <= each < second:
                for column, count in zip(columns, counts, strict=True):
                    column[each - begins] += count
    return dict(zip(COUNTED, columns, strict=True))


def rate(windows: Iterable[Window], second: int) -> float:
    """Requests a second, over the last whole `RATE_S` seconds."""
    total = sum(
        window.counts(each)[0] for window in windows for each in range(second - RATE_S, second)
    )
    return total / RATE_S


def latencies(windows: Sequence[Window], second: int) -> dict[str, list[float | None]]:
    """Percentiles of the durations and the median time to first token by slot, in seconds.

    The last slot is the one that is still being filled.
    """
    last = second // SLOT_S
    found: dict[str, list[float | None]] = {name: [] for name in (*PERCENTILES, "first_token_p50")}
    for slot in range(last - WINDOW_S // SLOT_S + 1, last + 1):
        both = [each for window in windows if (each := window.sketches(slot)) is not None]
        durations = quantiles((pair[0] for pair in both), PERCENTILES.values())
        first = quantiles((pair[1] for pair in both), (0.5,))
        for name, value in zip(PERCENTILES, durations or repeat(None), strict=False):
            found[name].append(value)
        found["first_token_p50"].append(first[0] if first else None)
    return found


def last_minute(windows: Sequence[Window], second: int) -> dict[str, dict[str, float] | None]:
    """Percentiles over the last minute: of durations and of times to first token, in seconds."""
    return lately(windows, second, 60)


def lately(
    windows: Sequence[Window], second: int, span_s: int = WINDOW_S
) -> dict[str, dict[str, float] | None]:
    """The same over the last so many seconds."""
    slots = range((second - span_s) // SLOT_S, second // SLOT_S + 1)
    both = [
        pair for window in windows for slot in slots if (pair := window.sketches(slot)) is not None
    ]
    return {
        "duration": _named(both, lambda pair: pair[0]),
        "first_token": _named(both, lambda pair: pair[1]),
    }


_Pair = tuple[Sketch, Sketch]


def _named(pairs: Sequence[_Pair], part: Callable[[_Pair], Sketch]) -> dict[str, float] | None:
    found = quantiles(map(part, pairs), PERCENTILES.values())
    return dict(zip(PERCENTILES, found, strict=True)) if found else None

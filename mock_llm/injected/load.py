"""A provider of limited capacity: latency grows with the load, then goodput collapses.

`capacity` requests are served at once and up to `queue` more wait their turn; further ones are
turned away at once (503). Every request that waits makes the service slower by the share
`slowdown`. One that would wait longer than `timeout_s` is given up by the provider (503).

Whoever leaves does not make the queue shorter: the provider works off what it was asked. So once
clients give up and ask again, it is busy with replies that nobody reads, and the share of replies
that are (the goodput) falls far below the capacity.

`neighbours` are bursts of other tenants, each holding a `share` of the capacity in its window; one
place is always left.

A queue belongs to one lab: a load test slows nobody else. It lives where the waits do, in real
seconds, already scaled; only the windows of neighbours follow the lab's clock.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Required, TypedDict

from mock_llm.injected.windows import Window, parse_window
from mock_llm.refusals import Refusal
from mock_llm.yamlfile import Table


class BurstTimes(TypedDict, total=False):
    """A burst as it is written down."""

    share: Required[float]
    from_s: float
    until_s: float
    repeat_s: float


@dataclass(frozen=True, slots=True)
class Burst:
    """What other tenants take in a window: a share between 0 and 1."""

    share: float
    window: Window

    def to_dict(self) -> dict[str, float]:
        """As a scenario file writes it."""
        return {"share": self.share, **self.window.to_dict()}


@dataclass(frozen=True, slots=True)
class Load:
    """How much a provider can do at once. Capacity 0 stands for "any"."""

    capacity: int = 0
    queue: int = 0
    slowdown: float = 0.0
    timeout_s: float | None = None
    neighbours: tuple[Burst, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """As a scenario file writes it; empty for any capacity."""
        if not self.capacity:
            return {}
        plain: dict[str, object] = {
            "capacity": self.capacity,
            "queue": self.queue,
            "slowdown": self.slowdown,
        }
        if self.timeout_s is not None:
            plain["timeout_s"] = self.timeout_s
        if self.neighbours:
            plain["neighbours"] = [burst.to_dict() for burst in self.neighbours]
        return plain


MOST_PLACES = 10_000  # a lab has not as many open requests


class Queue:
    """The requests that a lab's provider is busy with. The caller holds the lab's lock.

    First come, first served, by `capacity` places. Nothing ever has to wake up: when a request
    comes it is known when its turn is, because the ones before it are worked off whatever happens.
    """

    def __init__(self, load: Load) -> None:
        self._load = load
        self._free_at = [0.0] * load.capacity
        self._starts: list[float] = []

    def enter(self, now: float, service_s: float, age: float, scale: float) -> tuple[float, float]:
        """Take a place for a request.

        Args:
            now: real seconds of a clock that only moves forward.
            service_s: how long it takes if nobody waits, in real seconds.
            age: seconds since the load came into force, by the lab's clock.
            scale: the lab's time scale, for `timeout_s`.

        Returns:
            how long it waits for its turn, in real seconds, and the factor by which it is slower.

        Raises:
            Refusal: the queue is full, or the provider would give the request up.
        """
        load = self._load
        waiting = self._waiting(now)
        places = max(1, load.capacity - int(load.capacity * share(load.neighbours, age) + 0.5))
        place = min(range(places), key=self._free_at.__getitem__)
        wait = max(0.0, self._free_at[place] - now)
        if wait > 0.0:
            if waiting >= load.queue:
                raise _overloaded(f"{load.queue} requests are waiting already")
            if load.timeout_s is not None and wait > load.timeout_s * scale:
                raise Overdue(load.timeout_s)
            waiting += 1
            heapq.heappush(self._starts, now + wait)
        factor = 1.0 + load.slowdown * waiting
        self._free_at[place] = now + wait + service_s * factor
        return wait, factor

    def _waiting(self, now: float) -> int:
        while self._starts and self._starts[0] <= now:
            heapq.heappop(self._starts)
        return len(self._starts)


class Overdue(Exception):  # what became of a request, not a mistake
    """The provider gives up a request after it has waited so many of the provider's seconds."""

    def __init__(self, after_s: float) -> None:
        super().__init__(after_s)
        self.after_s = after_s

    def refusal(self) -> Refusal:
        """What the client gets once they are over."""
        return _overloaded(f"the request waited {self.after_s:g} s for its turn")


def share(bursts: Sequence[Burst], age: float) -> float:
    """What other tenants take at a moment, at most all."""
    if not bursts:
        return 0.0
    return min(1.0, sum(burst.share for burst in bursts if burst.window.holds(age)))


def _overloaded(why: str) -> Refusal:
    return Refusal(
        "unavailable", f"The engine is currently overloaded ({why}), please try again later."
    )


def parse_load(table: Table) -> Load:
    """The load in a table; an empty one stands for any capacity.

    Raises:
        SettingError: naming the key and what is wrong with it.
    """
    if not any(key in table for key in table):
        return Load()
    load = Load(
        capacity=table.integer("capacity", least=1, most=MOST_PLACES),
        queue=table.integer("queue", 0, most=MOST_PLACES),
        slowdown=table.number("slowdown", 0.0),
        timeout_s=table.number("timeout_s") if "timeout_s" in table else None,
        neighbours=parse_bursts(table),
    )
    table.only_known("queue", "slowdown", "timeout_s")
    return load


def parse_bursts(table: Table) -> tuple[Burst, ...]:
    """The bursts under the key `neighbours`.

    Raises:
        SettingError: naming the burst, its key and what is wrong with it.
    """
    bursts = []
    for each in table.tables("neighbours"):
        bursts.append(Burst(each.number("share", most=1.0), parse_window(each)))
        each.only_known("from_s", "until_s", "repeat_s")
    return tuple(bursts)

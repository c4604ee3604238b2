"""What came of a question before, found again by what is drawn: exact, and far cheaper.

The same question asked again gives another of a few dozen answers, by a handful of draws ("is it
right", "which product", "which phrase"). Everything between the draws is certain. So what was drawn
on the way to an answer is kept as a tree: each fork names a draw, each branch an outcome, each leaf
what came of it. The next time only the draws are made; a path that nobody took yet is worked out
and added. Draws that are real numbers have no branches: what needs one is worked out each time.
"""

import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Generic, TypeVar

from mock_llm.draws import Draw

T = TypeVar("T")
MOST_LEAVES = 20_000


class Leaves:
    """Bounds the leaves of many trees together: beyond the bound all of them start anew."""

    def __init__(self, most: int = MOST_LEAVES) -> None:
        self._most = most
        self._count = 0
        self._lock = threading.Lock()
        self.season = 0

    def grow(self) -> None:
        """Count one more leaf."""
        with self._lock:
            self._count += 1
            if self._count > self._most:
                self._count = 0
                self.season += 1


class _Fork:
    """One draw: `n` options, or, with n 0, whether something happens that has this probability."""

    __slots__ = ("branches", "label", "n", "probability")

    def __init__(self, label: str, n: int, probability: float) -> None:
        self.label = label
        self.n = n
        self.probability = probability
        self.branches: dict[int, object] = {}


class Outcomes(Generic[T]):
    """What came of one question, by its draws.

    Args:
        work_out: gives the answer for a draw; it may depend on nothing else that changes.
        leaves: shared by all trees of a server.
    """

    __slots__ = ("_leaves", "_root", "_season", "_work_out")

    def __init__(self, work_out: Callable[[Draw], T], leaves: Leaves) -> None:
        self._work_out = work_out
        self._leaves = leaves
        self._season = leaves.season
        self._root: object = None

    def of(self, draw: Draw) -> T:
        """What comes of a draw; the same object for the same outcomes."""
        if self._season != self._leaves.season:
            self._season, self._root = self._leaves.season, None
        node = self._root
        while isinstance(node, _Fork):
            n = node.n
            outcome = (
                draw.integer(node.label, n) if n else draw.chance(node.label, node.probability)
            )
            node = node.branches.get(outcome)
        if isinstance(node, _Leaf):
            value: T = node.value
            return value
        return self._explore(draw)

    def _explore(self, draw: Draw) -> T:
        recorded = _Recorded(draw)
        value = self._work_out(recorded)
        if recorded.is_certain:
            self._add(recorded.taken, value)
        return value

    def _add(self, taken: "list[tuple[str, int, float, int]]", value: T) -> None:
        leaf = _Leaf(value)
        self._leaves.grow()
        if not taken:
            self._root = leaf
            return
        if not isinstance(self._root, _Fork):
            label, n, probability, _ = taken[0]
            self._root = _Fork(label, n, probability)
        fork = self._root
        for (_, _, _, outcome), (label, n, probability, _) in pairwise(taken):
            following = fork.branches.get(outcome)
            if not isinstance(following, _Fork):
                following = fork.branches[outcome] = _Fork(label, n, probability)
            fork = following
        fork.branches[taken[-1][3]] = leaf


class _Leaf:
    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class _Recorded(Draw):
    """A draw that notes what it gave."""

    __slots__ = ("is_certain", "taken")

    def __init__(self, draw: Draw) -> None:
        self._subject = draw._subject
        self.is_certain = True
        self.taken: list[tuple[str, int, float, int]] = []

    def uniform(self, label: str) -> float:
        self.is_certain = False
        return super().uniform(label)

    def integer(self, label: str, n: int) -> int:
        outcome = super().integer(label, n)
        self.taken.append((label, n, 0.0, outcome))
        return outcome

    def chance(self, label: str, probability: float) -> bool:
        outcome = Draw.uniform(self, label) < probability
        self.taken.append((label, 0, probability, outcome))
        return outcome

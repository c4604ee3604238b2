"""A prompt cache by marks: beginnings of prompts that a model need not read again for a while.

The rules are those that Anthropic documents for its cache. A prompt is a row of blocks; a mark on a
block asks to keep everything up to it. A beginning that is kept is found again if the same blocks
come again, at a mark or up to `LOOKBACK` blocks before one. Reading a beginning renews its life.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from mock_llm.clock import Clock

FIVE_MINUTES = 300
ONE_HOUR = 3600
LOOKBACK = 20
KEPT_BEGINNINGS = 10_000


@dataclass(frozen=True, slots=True)
class Beginning:
    """A prompt up to one of its blocks: a digest of what it says, and its tokens.

    `life_s` is set if the block is marked: for how many seconds the beginning shall be kept.
    """

    digest: bytes
    tokens: int
    life_s: int | None = None


@dataclass(frozen=True, slots=True)
class Cached:
    """How many of a prompt's tokens were read from the cache, and written to live so long."""

    read: int = 0
    written_5m: int = 0
    written_1h: int = 0


NOTHING = Cached()


class MarkedCache:
    """The beginnings that one lab keeps. Safe to use from any thread.

    Args:
        clock: what tells how old a beginning is.
        kept: so many beginnings at most; those that were not used for longest make room.
    """

    def __init__(self, clock: Clock, kept: int = KEPT_BEGINNINGS) -> None:
        self._clock = clock
        self._kept = kept
        self._entries: OrderedDict[bytes, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def use(self, beginnings: Sequence[Beginning], least: int) -> Cached:
        """Read the longest beginning that is kept, and keep those that are marked.

        Args:
            beginnings: of one prompt, block by block.
            least: a beginning of fewer tokens is not kept.
        """
        marks = [
            place
            for place, each in enumerate(beginnings)
            if each.life_s is not None and each.tokens >= least
        ]
        if not marks:
            return NOTHING
        with self._lock:
            now = self._clock.monotonic()
            found = self._longest(beginnings, marks, now)
            if found is not None:
                self._keep(beginnings[found].digest, FIVE_MINUTES, now)
            for place in marks:
                self._keep(beginnings[place].digest, beginnings[place].life_s or 0, now)
        return _counted(beginnings, marks, found)

    def _longest(
        self, beginnings: Sequence[Beginning], marks: Sequence[int], now: float
    ) -> int | None:
        for mark in reversed(marks):
            for place in range(mark, max(mark - LOOKBACK, -1), -1):
                ends, _ = self._entries.get(beginnings[place].digest, (now, 0))
                if ends > now:
                    return place
        return None

    def _keep(self, digest: bytes, life_s: int, now: float) -> None:
        """Keep a beginning from now on; one that is still kept has the life that it was given."""
        ends, given = self._entries.get(digest, (now, 0))
        life_s = given if ends > now else life_s
        self._entries[digest] = (now + life_s, life_s)
        self._entries.move_to_end(digest)
        while len(self._entries) > self._kept:
            self._entries.popitem(last=False)


def _counted(beginnings: Sequence[Beginning], marks: Sequence[int], found: int | None) -> Cached:
    read = 0 if found is None else beginnings[found].tokens
    written = {FIVE_MINUTES: 0, ONE_HOUR: 0}
    done = read
    for place in marks:
        tokens, life_s = beginnings[place].tokens, beginnings[place].life_s
        if tokens > done and life_s is not None:
            written[life_s] += tokens - done
            done = tokens
    return Cached(read, written[FIVE_MINUTES], written[ONE_HOUR])

"""What a lab writes down about its requests: journal, ledger, tally and budgets, as one.

Everything is written in one step when a request closes, so that they never differ. A lab that is
reset gets new records; a request that was under way then still belongs to the old ones.
"""

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mock_llm.clock import Clock
from mock_llm.evidence.budgets import Budget, Budgets
from mock_llm.evidence.days import day_of
from mock_llm.evidence.journal import KEPT_ENTRIES, Entry, Journal, Room
from mock_llm.evidence.keys import short
from mock_llm.evidence.ledger import KEPT_LINES, Book, Ledger, Page
from mock_llm.evidence.prices import PriceList, Usage
from mock_llm.evidence.tally import Key, Tally

if TYPE_CHECKING:
    from mock_llm.evidence.disk import DiskJournal
    from mock_llm.evidence.visit import Visit


class Records:
    """The records of one lab since it was opened or reset. Safe to use from any thread.

    Args:
        api_key: the lab's own key.
        opened: when the lab was opened, by its clock's `monotonic`.
        clock: the lab's time.
        prices: what its requests cost.
        room: the memory that all journals of a server share.
        disk: where every request is written down as well, if anywhere.
        leave: called by each request that closes, once, after it was written down.
    """

    __slots__ = (
        "_amended",
        "_book",
        "_budgets",
        "_disk",
        "_is_forgotten",
        "_journal",
        "_lock",
        "_tally",
        "api_key",
        "clock",
        "leave",
        "opened",
        "prices",
    )

    def __init__(
        self,
        api_key: str,
        *,
        opened: float,
        clock: Clock,
        prices: PriceList,
        room: Room,
        leave: Callable[[], None],
        disk: "DiskJournal | None" = None,
        kept_entries: int = KEPT_ENTRIES,
        kept_lines: int = KEPT_LINES,
    ) -> None:
        self.api_key = api_key
        self.clock = clock
        self.prices = prices
        self.opened = opened
        self._disk = disk
        self.leave = leave
        self._lock = threading.Lock()
        self._journal = Journal(kept_entries, room)
        self._book = Book(kept_lines)
        self._tally = Tally()
        self._budgets = Budgets()
        self._is_forgotten = False
        self._amended = 0

    def write(self, visit: "Visit") -> None:
        """Write down a request that has just closed."""
        with self._lock:
            if visit.is_billed:
                self._book.write(visit)
            if self._budgets:
                self._budgets.settle(visit)
            if not self._is_forgotten:
                self._journal.write(visit)
            self._tally.add(visit)
            if self._disk is not None:
                self._disk.write(short(self.api_key), visit)

    def amend(self, visit: "Visit", change: Callable[[], None]) -> None:
        """Write a closed request down anew, once `change` has taken back what it did not use."""
        with self._lock:
            account, usage, cost = visit.account, visit.usage, visit.cost_nanodollars
            key = Key.of(visit)
            self._journal.amend(visit, change)
            self._book.amend(visit, account, usage, cost)
            self._budgets.correct(visit, visit.cost_nanodollars - cost)
            self._tally.give_back(key, usage, cost, visit)
            self._amended += 1
            if self._disk is not None:
                self._disk.amend(short(self.api_key), visit)

    @property
    def amended(self) -> int:
        """How often a request was written down anew."""
        return self._amended

    def entries(self, after: int = 0) -> list[Entry]:
        """The requests that are kept, in order of arrival, from one sequence number on."""
        with self._lock:
            kept = self._journal.after(after)
        return [visit.entry() for visit in kept]

    def ledger(self) -> Ledger:
        return self.page()[1].ledger()  # made outside of the lock: requests wait for that

    def page(self) -> tuple[int, Page]:
        """How many requests were written down, and the ledger's page with what they cost."""
        with self._lock:
            return self._journal.written, self._book.page()

    @property
    def written(self) -> int:
        """How many requests were written down, those included that are no longer kept."""
        return self._journal.written

    def closed(self, after: int, most: int) -> "tuple[int, list[Visit], Tally]":
        """What was written down after the first `after` requests, in the order of closing.

        Unlike sequence numbers, which count arrivals, this misses none that took long.

        Args:
            most: how many requests to give at most; the newest are.

        Returns:
            how many were written down in all, the requests, and the counts so far.
        """
        with self._lock:
            total = self._journal.written
            newest = self._journal.newest(min(most, total - after))
            return total, newest, self._tally.copy()

    def tally(self) -> Tally:
        """The counts so far."""
        with self._lock:
            return self._tally.copy()

    def forget(self) -> None:
        """Give the memory back that the journal holds; it keeps nothing more."""
        with self._lock:
            self._is_forgotten = True
            self._journal.clear()

    def budgets(self) -> list[Budget]:
        with self._lock:
            return self._budgets.list()

    def set_budgets(self, budgets: Sequence[Budget]) -> None:
        """Replace all budgets; what was spent before counts in the new ones too."""
        with self._lock:
            self._budgets = Budgets(budgets, self._book.page().ledger())

    def left(self) -> list[tuple[Budget, int]]:
        """What each budget leaves today, in nano-dollars."""
        today = day_of(self.clock.wall())
        with self._lock:
            return list(self._budgets.left(today))

    @property
    def has_budgets(self) -> bool:
        return bool(self._budgets)

    def exhausted(self, visit: "Visit") -> Budget | None:
        """The budget that leaves nothing for a request, if one does."""
        if not self._budgets:
            return None
        with self._lock:
            return self._budgets.exhausted(visit)

    def set_aside(self, visit: "Visit", usage: Usage) -> Budget | None:
        """Count what a request is going to cost, before any of it is sent.

        Returns:
            the budget that leaves nothing for it by now, if one does; then nothing is counted.
        """
        if not self._budgets:
            return None
        cost = visit.price().cost(usage, batch=visit.batch)
        with self._lock:
            if (budget := self._budgets.exhausted(visit)) is None:
                self._budgets.set_aside(visit, cost)
            return budget

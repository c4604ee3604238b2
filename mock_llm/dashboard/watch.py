"""What the dashboard knows of one lab: it reads what is new, and only when somebody looks.

Requests are read one by one, at most `MOST_READ` at a look. What is more than that has neither
latencies nor repeats, but counts and costs all the same: totals are the tally's, and then the
spending begins anew with the ledger.
"""

import logging
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from mock_llm.dashboard.callers import Callers
from mock_llm.dashboard.reading import news, total_and_costs
from mock_llm.dashboard.repeats import Repeats
from mock_llm.dashboard.spending import Spending
from mock_llm.dashboard.window import COUNTED, Window
from mock_llm.evidence.budgets import Budget
from mock_llm.evidence.keys import short
from mock_llm.evidence.tally import Tally
from mock_llm.lab import Lab

if TYPE_CHECKING:
    from mock_llm.evidence.visit import Visit

_log = logging.getLogger("mock_llm")

MOST_READ = 20_000
# The ledger is read no more often than takes this share of a core.
LEDGER_SHARE = 0.02


class Failure(NamedTuple):
    """How requests failed. `cause` is a fault's kind or a refusal's reason, "" where unknown."""

    outcome: str
    cause: str
    status: int


class Totals:
    """A tally, summed up."""

    def __init__(self, tally: Tally) -> None:
        accounts = tally.accounts
        self.requests = sum(each.requests for each in accounts.values())
        self.failed = sum(each.requests for key, each in accounts.items() if key.outcome != "ok")
        self.prompt_tokens = sum(each.prompt_tokens for each in accounts.values())
        self.cached_tokens = sum(each.cached_tokens for each in accounts.values())
        self.completion_tokens = sum(each.completion_tokens for each in accounts.values())
        self.cost_nanodollars = sum(each.cost_nanodollars for each in accounts.values())
        self.failures: dict[Failure, int] = {}
        for key, account in accounts.items():
            if key.outcome != "ok":
                kind = Failure(key.outcome, key.fault, key.status)
                self.failures[kind] = self.failures.get(kind, 0) + account.requests


class Watch:
    """One lab as it was at the last look.

    `problem` says why it could not be read, "" if it could; then there is nothing else to see.
    """

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.problem = ""
        self._looked: float | None = None
        self._start_over()

    def _start_over(self) -> None:
        self.records = self.lab.records
        self.window = Window()
        self.callers = Callers()
        self.repeats = Repeats()
        self.budgets: list[tuple[Budget, int]] = []
        self._refusals: dict[Failure, int] = {}
        self.spending = Spending(self.records.prices)
        self.totals = Totals(Tally())
        self.unread = 0
        self._read = 0
        self._is_spending_exact = True
        self._spent_until = 0
        self._ledger_again = 0.0
        self._amended = 0

    def look(self, now: float, most: int = MOST_READ) -> int:
        """Read what is new; returns how many requests were read.

        Args:
            now: the server's monotonic time, in seconds, whatever the lab's clock says.
            most: how many requests to read.
        """
        try:
            read = self._look(now, most)
        except Exception as error:  # whatever is wrong with one lab, the others are shown
            self._start_over()
            problem = f"{type(error).__name__}: {error}"
            if problem != self.problem:
                self.problem = problem
                _log.exception("The dashboard cannot read the lab of %s.", short(self.lab.api_key))
            return 0
        self.problem = ""
        return read

    def _look(self, now: float, most: int) -> int:
        read = 0
        self.lab.catch_up()
        if self.lab.records is not self.records:
            self._start_over()
        self.spending.prices = self.records.prices  # a scenario may have brought models
        before, self._looked = self._looked, now
        if self.records.written != self._read:
            read = self._read_new(now, before, min(most, MOST_READ))
        self.window.forget(int(now))
        self.callers.forget(int(now))
        self.budgets = self.records.left()
        if self.records.amended != self._amended:  # a request costs less than when it was read
            self._amended, self._is_spending_exact = self.records.amended, False
        if not self._is_spending_exact and now >= self._ledger_again:
            self._read_ledger(now)
        return read

    def failures(self) -> dict[Failure, int]:
        """How often requests failed in which way; the tally's counts, which know no reasons, with
        the reasons that were read."""
        counts = dict(self.totals.failures)
        for why, count in self._refusals.items():
            counts[why] = counts.get(why, 0) + count
            counts[why._replace(cause="")] = counts.get(why._replace(cause=""), 0) - count
        return {why: count for why, count in counts.items() if count > 0}

    def _read_new(self, now: float, before: float | None, most: int) -> int:
        total, visits, tally = news(self.records, self._read, most)
        unread = total - self._read - len(visits)
        totals_before, self.totals = self.totals, Totals(tally)
        self._read = total
        labs_now = self.records.clock.monotonic()
        # A lab's clock may be moved: what is new ended after the last look all the same.
        oldest = now - before if before is not None else float("inf")
        add, add_caller = self.window.add, self.callers.add
        add_repeat, spend = self.repeats.add, self.spending.add
        first = total - len(visits)
        for place, visit in enumerate(visits, first + 1):
            age = labs_now - visit.received - visit.duration_s
            ended = int(now - min(max(age, 0.0), oldest))
            add(ended, visit)
            add_caller(ended, visit)
            add_repeat(visit)
            if place > self._spent_until:  # else the ledger had it
                spend(visit)
            if visit.error is not None and visit.fault is None:
                why = Failure(visit.outcome, visit.error, visit.status)
                self._refusals[why] = self._refusals.get(why, 0) + 1
        if unread:
            self.unread += unread
            self._is_spending_exact = self._is_spending_exact and first <= self._spent_until
            if before is not None:
                self._count_unread(visits, totals_before, range(int(before), int(now)))
        return len(visits)

    def _count_unread(self, visits: "Sequence[Visit]", before: Totals, seconds: range) -> None:
        read = (
            len(visits),
            sum(visit.outcome != "ok" for visit in visits),
            sum(visit.cost_nanodollars for visit in visits),
            sum(visit.usage.prompt for visit in visits),
            sum(visit.usage.completion for visit in visits),
        )
        counts = [
            getattr(self.totals, name) - getattr(before, name) - known
            for name, known in zip(COUNTED, read, strict=True)
        ]
        self.window.add_unread(seconds or [seconds.start], counts)

    def _read_ledger(self, now: float) -> None:
        began = perf_counter()
        self._spent_until, costs = total_and_costs(self.records)
        self.spending.begin(costs)
        self._is_spending_exact = True
        self._ledger_again = now + (perf_counter() - began) / LEDGER_SHARE

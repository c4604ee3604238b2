"""The room: every lab of a server as the page shows it, built when it is asked for."""

import secrets
import threading
import time
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from mock_llm.dashboard.breakdown import breakdown
from mock_llm.dashboard.reading import MOST_LABS, all_labs
from mock_llm.dashboard.spending import COLUMNS, DIMENSIONS, Tables
from mock_llm.dashboard.watch import Failure, Watch
from mock_llm.dashboard.window import SLOT_S, last_minute, lately, latencies, rate, series
from mock_llm.evidence.budgets import Budget
from mock_llm.evidence.keys import short
from mock_llm.lab import Lab
from mock_llm.labs import Labs

# Many pages that look at the same share one answer; one that took long is shared for longer, so
# that no more than a fifth of the time goes into looking.
SHARED_S = 0.4
SHARED_TIMES = 4
_MOST_SHARED = 64
# Requests to read for one answer, of all labs together, and of each lab when that is used up.
MOST_READ = 40_000
LEAST_READ = 100


class UnknownLab(LookupError):
    """No lab has this id (any more): it was made up, or the server was restarted."""


class _View(NamedTuple):
    """Some labs at one look: what every page that shows them has in common."""

    at: float
    until: float
    watches: "Sequence[Watch]"
    plain: dict[str, Any]


class Room:
    """The labs of one server. Safe to use from any thread.

    Labs are named by ids that say nothing about their keys and change when the server restarts.
    """

    def __init__(self, labs: Labs) -> None:
        self._labs = labs
        self._secret = secrets.token_bytes(32)
        self._watches: dict[str, Watch] = {}
        self._lock = threading.Lock()
        self._views: dict[str, _View] = {}
        self._answers: dict[tuple[str, str], tuple[float, bytes]] = {}

    def id_of(self, lab: Lab) -> str:
        """The name of a lab on the page."""
        return blake2b(lab.api_key.encode(), digest_size=8, key=self._secret).hexdigest()

    def lab(self, id: str) -> Lab:
        """The lab with an id.

        Raises:
            UnknownLab: there is none.
        """
        for lab in all_labs(self._labs):
            if self.id_of(lab) == id:
                return lab
        raise UnknownLab("There is no such lab on this server (any more).")

    def labs(self) -> list[Lab]:
        """Every lab of the server."""
        return all_labs(self._labs)

    def feed(self, own: Lab | None = None, chosen: Lab | None = None) -> bytes:
        """What the page shows, as JSON.

        Args:
            own: the one lab that may be seen; None for all.
            chosen: whose details are wanted; None for those of all labs that may be seen.
        """
        asked = (own.api_key if own else "", self.id_of(chosen) if chosen else "")
        with self._lock:
            now = time.monotonic()
            answer = self._answers.get(asked)
            if answer is None or now >= answer[0]:
                built = self._answer(own, chosen, now)
                answer = self._answers[asked] = (_good_until(now), built)
                _keep_newest(self._answers)
            return answer[1]

    def forget(self) -> None:
        """Look anew for the next answer: something was changed."""
        with self._lock:
            self._answers.clear()
            self._views.clear()

    def _answer(self, own: Lab | None, chosen: Lab | None, now: float) -> bytes:
        view = self._view(own, now)
        second = int(view.at)
        watches = view.watches
        if chosen is not None:
            watches = [self._watch(chosen)]
            if watches[0] not in view.watches:
                watches[0].look(view.at)
        return orjson.dumps(
            {
                "at_s": time.time(),
                **view.plain,
                "chosen": self.id_of(chosen) if chosen else None,
                "details": self._details(watches, second),
            }
        )

    def _view(self, own: Lab | None, now: float) -> "_View":
        """All labs that may be seen, as they are now or were just now."""
        key = own.api_key if own else ""
        view = self._views.get(key)
        if view is None or now >= view.until:
            view = self._views[key] = self._look([own] if own else all_labs(self._labs), now)
            _keep_newest(self._views)
        return view

    def _look(self, labs: Sequence[Lab], now: float) -> "_View":
        watches = [self._watch(lab) for lab in labs[-MOST_LABS:]]
        left = MOST_READ
        for watch in watches:
            left -= watch.look(now, max(left, LEAST_READ))
        plain = {
            "labs_not_shown": len(labs) - len(watches),
            "room": _summary(watches, int(now)),
            "labs": [self._row(watch, int(now)) for watch in watches],
        }
        return _View(now, _good_until(now), watches, plain)

    def _watch(self, lab: Lab) -> Watch:
        watch = self._watches.get(lab.api_key)
        if watch is None:
            watch = self._watches[lab.api_key] = Watch(lab)
            while len(self._watches) > 2 * MOST_LABS:
                del self._watches[next(iter(self._watches))]
        return watch

    def _row(self, watch: Watch, second: int) -> dict[str, Any]:
        lab = watch.lab
        return {
            "id": self.id_of(lab),
            "key": short(lab.api_key),
            "scenario": lab.scenario().name,
            "faults_in_force": len(lab.faults()),
            "problem": watch.problem or None,
            "duration": lately([watch.window], second)["duration"],
            **_summary([watch], second),
        }

    def _details(self, watches: Sequence[Watch], second: int) -> dict[str, Any]:
        windows = [watch.window for watch in watches]
        spent = Tables()
        for watch in watches:
            spent.add(watch.spending.tables())
        return {
            "series": series(windows, second),
            "now": _now(watches, second),
            "latency": {"slot_s": SLOT_S, "filled_s": second % SLOT_S} | latencies(windows, second),
            "by": {
                dimension: breakdown(
                    spent.by[dimension], [watch.callers.by[dimension] for watch in watches]
                )
                for dimension in DIMENSIONS
            },
            "ledger": dict(zip(COLUMNS, spent.total, strict=True)),
            "failures": _failures(watches),
            "budgets": [
                self._budget(watch, budget, left)
                for watch in watches
                for budget, left in watch.budgets
            ],
            "repeats": {
                "requests": sum(watch.repeats.requests for watch in watches),
                "nanodollars": sum(watch.repeats.nanodollars for watch in watches),
            },
            "unread": sum(watch.unread for watch in watches),
        }

    def _budget(self, watch: Watch, budget: Budget, left: int) -> dict[str, Any]:
        scope = {
            name: value
            for name in ("model", "user", "feature", "key")
            if (value := getattr(budget, name)) is not None
        }
        return {
            "lab": self.id_of(watch.lab),
            "key": short(watch.lab.api_key),
            "limit_nanodollars": budget.limit_nanodollars,
            "left_nanodollars": left,
            "per": budget.per,
            "scope": scope,
        }


_SUMMED = (
    "requests",
    "failed",
    "prompt_tokens",
    "cached_tokens",
    "completion_tokens",
    "cost_nanodollars",
)


def _summary(watches: Sequence[Watch], second: int) -> dict[str, Any]:
    windows = [watch.window for watch in watches]
    totals = {name: sum(getattr(watch.totals, name) for watch in watches) for name in _SUMMED}
    lately = [window.counts(each) for window in windows for each in range(second - 60, second + 1)]
    return {
        **totals,
        "underway": sum(watch.lab.underway for watch in watches),
        "requests_per_s": rate(windows, second),
        "last_minute": {
            "requests": sum(counts[0] for counts in lately),
            "failed": sum(counts[1] for counts in lately),
            **last_minute(windows, second),
        },
    }


def _good_until(began: float) -> float:
    ends = time.monotonic()
    return ends + max(SHARED_S, SHARED_TIMES * (ends - began))


def _keep_newest(answers: dict[Any, Any]) -> None:
    if len(answers) > _MOST_SHARED:
        del answers[next(iter(answers))]


def _now(watches: Sequence[Watch], second: int) -> dict[str, int]:
    """What the second that has just begun adds to the series."""
    return {"cost_nanodollars": sum(watch.window.counts(second)[2] for watch in watches)}


def _failures(watches: Sequence[Watch]) -> list[dict[str, Any]]:
    counts: dict[Failure, int] = {}
    for watch in watches:
        for why, count in watch.failures().items():
            counts[why] = counts.get(why, 0) + count
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return [{**why._asdict(), "requests": count} for why, count in rows]

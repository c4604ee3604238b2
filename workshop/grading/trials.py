"""The attendee's test file on many services: several at a time, in an order drawn secretly."""

from __future__ import annotations

import random
import secrets
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from workshop.grading.attendee_tests import LOST, PytestRun
from workshop.grading.finished import FINISHED
from workshop.grading.workers import Workers

# A run is mostly waiting, and waits for a processor like all that runs beside it.
_AT_ONCE = 5
NOT_RUN = PytestRun(LOST)
"""Stands for a run that could not have mattered any more: there is nothing to say of it."""


class Trials:
    """Runs on the right service (FINISHED) and on wrong ones.

    A run on a wrong service is ended as soon as the rest of it cannot matter: a test that passes on
    the right service has failed on this one, or nothing passes on the right one.
    """

    def __init__(self, workers: Workers, file: str) -> None:
        self._workers = workers
        self._file = file
        self._lock = threading.Lock()
        self._counts: set[str] | None = None

    def run(self, services: Sequence[str]) -> list[PytestRun]:
        """One run for each service, in their order.

        A later call knows what an earlier one has shown of the right service.
        """
        order = list(range(len(services)))
        random.Random(secrets.randbits(64)).shuffle(order)  # noqa: S311 (seeded with a secret)
        right = services.count(FINISHED)
        on_right: list[PytestRun] = []

        def run(place: int) -> PytestRun:
            if services[place] != FINISHED:
                return self._on_wrong(services[place])
            run = self._on_right()
            with self._lock:
                on_right.append(run)
                # One lost run is enough to know that nothing counts.
                if len(on_right) == right or not run.ended:
                    self._counts = counting(on_right)
            return run

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            runs = dict(zip(order, pool.map(run, order), strict=True))
        return [runs[place] for place in range(len(services))]

    def _on_right(self) -> PytestRun:
        if self._nothing_counts():
            return NOT_RUN
        return self._workers.pytest(self._file, package_from=FINISHED)

    def _on_wrong(self, service: str) -> PytestRun:
        if self._nothing_counts():
            return NOT_RUN
        return self._workers.pytest(self._file, package_from=service, enough=self._is_enough)

    def _nothing_counts(self) -> bool:
        return self._counts is not None and not self._counts

    def _is_enough(self, outcomes: Mapping[str, str]) -> bool:
        counts = self._counts
        if counts is None:
            return False
        return not counts or any(outcomes.get(name) == "failed" for name in counts)


def counting(on_right: Sequence[PytestRun]) -> set[str]:
    """The tests that pass in every run on the right service; none if one of the runs was lost."""
    if not all(run.ended for run in on_right):
        return set()
    return set.intersection(*(run.passing for run in on_right))


def fickle(runs: Sequence[PytestRun]) -> list[str]:
    """The tests that did not do the same in every run on one and the same service."""
    names = {name for run in runs for name in run.outcomes}
    return sorted(n for n in names if len({run.outcomes.get(n) for run in runs}) > 1)

"""The `own_tests` fixture: the attendee's tests, tried on the right service and on wrong ones."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from workshop.grading.attendee_failure import OwnWords
from workshop.grading.attendee_tests import PytestRun
from workshop.grading.finished import FINISHED, MUTANT
from workshop.grading.trials import NOT_RUN, Trials, counting, fickle
from workshop.grading.workers import Workers

# A test that passes by chance would "catch" a wrong service by chance: it has to be lucky often.
RIGHT_RUNS = 3
# An honest test that measures time may fail once on a busy machine. So few fickle tests just do
# not count, and then a catch has to be seen again; more than that is a file that draws lots.
_MAX_FICKLE = 2
_CONFIRMATIONS = 2


class OwnTests:
    """Runs each service once and remembers. `expected` are the wrong ones known to be asked for,
    so that they run among the right ones, in a secret order. `quotes` the failures' own words:
    for the attendee alone, since a test can say whatever it finds."""

    def __init__(
        self, workers: Workers, file: str, expected: Iterable[str], *, quotes: bool
    ) -> None:
        self._workers = workers
        self._quotes = quotes
        self._file = file
        self._expected = tuple(expected)
        self._trials = Trials(workers, file)
        self._right: list[PytestRun] = []
        self._wrong: dict[str, PytestRun] = {}
        self._told = False

    def require_right(self) -> set[str]:
        """The names of the tests that pass on the right service, every time.

        Raises AssertionError in the learner's words if there is none.
        """
        assert self._file in self._workers.shared.snapshot.files, f"{self._file} is missing"
        self._run_all()
        lost = next((run for run in self._right if not run.ended and run is not NOT_RUN), None)
        assert lost is None, f"{self._file} does not run to its end on the right service" + (
            self._because(lost) if lost else ""
        )
        wavering = fickle(self._right)
        assert len(wavering) <= _MAX_FICKLE, (
            f"{self._file}: on the same, right service {self._name(wavering[0])} and "
            f"{len(wavering) - 1} more sometimes pass and sometimes fail, so their verdict says "
            "nothing"
        )
        good = counting(self._right)
        assert good, f"{self._file}: no test passes on the right service" + self._because(
            self._right[0]
        )
        return good

    def require_catch(self, wrong_answer: str) -> None:
        """Raises AssertionError unless a test that passes on the right service fails here."""
        good = self.require_right()
        run = self._run_wrong(wrong_answer)
        says = next(
            a.says for a in self._workers.shared.part.wrong_answers if a.name == wrong_answer
        )
        service = f"a service that {says}"
        assert run.ended, (
            f"on {service}, {self._file} does not come to an end{self._because(run)}; "
            "a test should fail there, not hang or crash"
        )
        caught = good & run.failing
        if caught and fickle(self._right):
            caught &= self._seen_again(wrong_answer)
        assert caught, f"none of your tests notices {service}{self._not_counted(run, good)}"

    def _not_counted(self, run: PytestRun, good: set[str]) -> str:
        """Once for all wrong services: which tests do not count, and why."""
        if self._told or not run.failing - good:
            return ""
        self._told = True
        why = self._because(self._right[0])
        return f"; what fails on the right service too does not count{why}"

    def _run_all(self) -> None:
        if not self._right:
            wrong = [MUTANT + name for name in self._expected]
            runs = self._trials.run([FINISHED] * RIGHT_RUNS + wrong)
            self._right = runs[:RIGHT_RUNS]
            self._wrong = dict(zip(self._expected, runs[RIGHT_RUNS:], strict=True))

    def _run_wrong(self, name: str) -> PytestRun:
        if name not in self._wrong:
            (self._wrong[name],) = self._trials.run([MUTANT + name])
        return self._wrong[name]

    def _seen_again(self, name: str) -> set[str]:
        """The tests that fail on the wrong service whenever it is tried again."""
        again = self._trials.run([MUTANT + name] * _CONFIRMATIONS)
        return set.intersection(*(run.failing for run in again))

    def _because(self, run: PytestRun) -> str:
        why = run.first_failure
        if not self._quotes:
            why = run.lost_because or self._own_words.place(run.place)
        return f": {why}" if why else ""

    def _name(self, test: str) -> str:
        return test if self._quotes else self._own_words.test(test)

    @functools.cached_property
    def _own_words(self) -> OwnWords:
        return OwnWords(self._workers.shared.snapshot.files, self._file)

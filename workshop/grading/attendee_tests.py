"""What a run of the attendee's own tests showed, and how far it can be believed.

The run happens in a worker that holds the attendee's test file, so its outcomes are the word of a
process that the file controls: a file may claim to pass, or to fail. Lying pays only for a file
that knows which service it is running on, because the right service must pass every time and a
wrong one must fail. What keeps that from it: each run has a fresh process and folder and the same
environment, the right service runs three times among the wrong ones in an order drawn secretly,
and what runs is compiled code that is another each time (see `disguise`).
Tests that pass and fail on one and the same service do not count, more than two of them spoil the
file, and one alone makes every catch be seen twice more: drawing lots does not pay.
A file can still analyse that code and judge it, which is harder than to test it. Where the system
has no walls (see `isolation`), it can find the solutions and leave a note for the next run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workshop.grading.attendee_failure import Place
from workshop.grading.faults import (
    SubmissionDied,
    SubmissionProblem,
    SubmissionTimeout,
    plain_text,
)

LOST = -1
SOME_FAILED = 1
_MAX_TESTS = 1000


@dataclass(frozen=True)
class PytestRun:
    """One run. `exit_code` is pytest's, or -1 if the run was lost or ran out of time."""

    exit_code: int
    outcomes: Mapping[str, str] = field(default_factory=dict)
    """Test name to "passed", "failed", "error" or "skipped"."""
    first_failure: str = ""
    """In the run's own words, which may quote whatever it could read."""
    place: Place = field(default_factory=Place)
    lost_because: str = ""
    """Why the run was lost, in words of ours."""

    @property
    def ended(self) -> bool:
        """Whether pytest came to its end and had tests to run."""
        return self.exit_code in (0, SOME_FAILED)

    @property
    def passing(self) -> set[str]:
        """The names of the tests that passed."""
        return {name for name, outcome in self.outcomes.items() if outcome == "passed"}

    @property
    def failing(self) -> set[str]:
        """The names of the tests that failed."""
        return {name for name, outcome in self.outcomes.items() if outcome == "failed"}


class Heard:
    """The outcomes that a run tells of while it goes on, none of them trusted to be readable."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}

    def __call__(self, message: Mapping[str, Any]) -> None:
        if len(self.outcomes) < _MAX_TESTS:
            self.outcomes[str(message.get("test"))] = str(message.get("outcome"))

    def cut_short(self) -> PytestRun:
        """The run as far as it was heard, ended because the rest could not change anything."""
        return PytestRun(SOME_FAILED, self.outcomes)


def from_answer(answer: object) -> PytestRun:
    """From a worker's answer, none of which is trusted to have the right shape."""
    fields: dict[str, Any] = answer if isinstance(answer, dict) else {}
    exit_code, first = fields.get("exit_code"), fields.get("first_failure")
    outcomes = fields.get("outcomes")
    if not isinstance(exit_code, int) or isinstance(exit_code, bool) or exit_code < 0:
        return _lost("gave no readable result")
    return PytestRun(
        exit_code,
        {str(name): str(outcome) for name, outcome in outcomes.items()}
        if isinstance(outcomes, dict)
        else {},
        plain_text(first) if isinstance(first, str) else "",
        Place.from_answer(fields.get("place")),
    )


def lost_run(problem: SubmissionProblem) -> PytestRun:
    """A run that never came to its end."""
    if isinstance(problem, SubmissionDied):
        return _lost(problem.why, str(problem))
    if isinstance(problem, SubmissionTimeout):
        return _lost(str(problem))
    return _lost("broke off", str(problem))


def _lost(why: str, in_its_words: str | None = None) -> PytestRun:
    first = f"the test run {why if in_its_words is None else in_its_words}"
    return PytestRun(LOST, first_failure=first, lost_because=f"the test run {why}")

"""What a run of the attendee's own tests showed, and how far it can be believed.

The run happens in a worker that holds the attendee's test file, so its counts are the word of a
process that the file controls: a file may claim to pass, or to fail. Lying pays only for a file
that knows which service it is running on, because the right service must pass every time and a
wrong one must fail. What keeps that from it: each run has a fresh process and folder and the same
environment, the right service runs at least twice among the wrong ones in an order drawn secretly,
and every source file ends in a comment drawn by chance, so that equal bytes give nothing away.
Tests that pass and fail on one and the same service do not count, more than two of them spoil the
file, and one alone makes every catch be seen twice more: drawing lots does not pay.
A file can still read the source and judge that, which is code review instead of testing, and one
run can leave a note for the next outside its folder until the next issue closes the file system.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workshop.grading.faults import SubmissionProblem, SubmissionTimeout, plain_text

LOST = -1


@dataclass(frozen=True)
class PytestRun:
    """Counts of one run. `exit_code` is pytest's, or -1 if the run was lost or ran out of time."""

    passed: int
    failed: int
    errors: int
    exit_code: int
    first_failure: str
    skipped: int = 0
    timed_out: bool = False
    outcomes: Mapping[str, str] = field(default_factory=dict)
    """Test name to "passed", "failed", "error" or "skipped"."""

    @property
    def failing(self) -> set[str]:
        """The names of the tests that failed."""
        return {name for name, outcome in self.outcomes.items() if outcome == "failed"}

    @property
    def completed(self) -> bool:
        """Whether pytest came to its end with every test collected and set up."""
        return self.exit_code in (0, 1) and self.errors == 0

    @property
    def all_passed(self) -> bool:
        """Accepts the service: at least one test passed, none failed; a skip is not a pass."""
        return self.completed and self.exit_code == 0 and self.passed > 0 and self.failed == 0

    @property
    def caught(self) -> bool:
        """Refuses the service by a failing test; not by a crash, an error or a time-out."""
        return self.completed and self.exit_code == 1 and self.failed > 0


def from_answer(answer: object) -> PytestRun:
    """From a worker's answer, none of which is trusted to have the right shape."""
    fields: dict[str, Any] = answer if isinstance(answer, dict) else {}
    counts = {}
    for name in ("passed", "failed", "errors", "skipped", "exit_code"):
        value = fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            return PytestRun(0, 0, 1, LOST, "the test run gave no readable result")
        counts[name] = value
    first, outcomes = fields.get("first_failure"), fields.get("outcomes")
    return PytestRun(
        passed=counts["passed"],
        failed=counts["failed"],
        errors=counts["errors"],
        exit_code=counts["exit_code"],
        skipped=counts["skipped"],
        first_failure=plain_text(first) if isinstance(first, str) else "",
        outcomes={str(name): str(outcome) for name, outcome in outcomes.items()}
        if isinstance(outcomes, dict)
        else {},
    )


def lost_run(problem: SubmissionProblem) -> PytestRun:
    """A run that never came to its end."""
    timed_out = isinstance(problem, SubmissionTimeout)
    return PytestRun(0, 0, 1, LOST, f"the test run {problem}", timed_out=timed_out)

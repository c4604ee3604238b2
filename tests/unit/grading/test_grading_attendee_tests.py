"""How far a run of the attendee's tests is believed."""

from __future__ import annotations

import pytest

from workshop.grading.attendee_tests import LOST, Heard, PytestRun, from_answer, lost_run
from workshop.grading.faults import SubmissionTimeout
from workshop.grading.trials import counting, fickle

FINE = {"exit_code": 0, "first_failure": "", "outcomes": {"test_it": "passed"}}
FAILED = PytestRun(1, {"test_it": "failed"})


def test_an_answer_gives_the_tests_that_passed_and_failed() -> None:
    run = from_answer(FINE | {"outcomes": {"test_a": "passed", "test_b": "failed"}})
    assert (run.passing, run.failing, run.ended) == ({"test_a"}, {"test_b"}, True)


@pytest.mark.parametrize("exit_code", [2, 3, 4, 5])
def test_pytest_that_was_interrupted_or_found_nothing_has_not_ended(exit_code: int) -> None:
    assert not from_answer(FINE | {"exit_code": exit_code}).ended


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, FINE | {"exit_code": "0"}, FINE | {"exit_code": True}, FINE | {"exit_code": -1}],
)
def test_an_answer_of_another_shape_is_a_lost_run(answer: object) -> None:
    run = from_answer(answer)
    assert run.exit_code == LOST
    assert not run.ended


def test_a_run_that_ran_out_of_time_has_not_ended() -> None:
    run = lost_run(SubmissionTimeout(10))
    assert run == PytestRun(
        LOST,
        first_failure="the test run did not answer within 10 s",
        lost_because="the test run did not answer within 10 s",
    )
    assert not run.ended


def test_a_run_cut_short_keeps_what_was_heard_of_it() -> None:
    heard = Heard()
    heard({"test": "test_it", "outcome": "failed"})
    assert heard.cut_short() == FAILED


def test_a_run_that_tells_of_endless_tests_is_heard_a_thousand_times() -> None:
    heard = Heard()
    for number in range(5000):
        heard({"test": f"test_{number}", "outcome": "failed"})
    assert len(heard.outcomes) == 1000


def test_a_test_counts_that_passes_on_the_right_service_every_time() -> None:
    passed = from_answer(FINE | {"outcomes": {"test_it": "passed", "test_other": "passed"}})
    assert counting([passed, passed]) == {"test_it", "test_other"}
    assert counting([passed, FAILED]) == set()
    assert fickle([passed, FAILED]) == ["test_it", "test_other"]


def test_nothing_counts_when_a_run_on_the_right_service_was_lost() -> None:
    assert counting([from_answer(FINE), lost_run(SubmissionTimeout(1))]) == set()

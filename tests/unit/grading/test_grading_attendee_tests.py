"""How far a run of the attendee's tests is believed."""

from __future__ import annotations

import pytest

from workshop.grading.attendee_tests import LOST, PytestRun, from_answer, lost_run
from workshop.grading.faults import SubmissionTimeout

FINE = {"passed": 2, "failed": 0, "errors": 0, "skipped": 0, "exit_code": 0, "first_failure": ""}


def test_all_passed_wants_a_pass_and_nothing_else() -> None:
    assert from_answer(FINE).all_passed
    for change in ({"passed": 0, "skipped": 2}, {"errors": 1}, {"failed": 1}, {"exit_code": 5}):
        assert not from_answer(FINE | change).all_passed


def test_a_catch_wants_a_failure_of_a_run_that_came_to_its_end() -> None:
    caught = FINE | {"failed": 1, "exit_code": 1}
    assert from_answer(caught).caught
    for change in ({"errors": 1}, {"exit_code": 2}, {"failed": 0}):
        assert not from_answer(caught | change).caught


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, FINE | {"passed": "2"}, FINE | {"failed": True}, FINE | {"passed": -1}],
)
def test_an_answer_of_another_shape_is_a_lost_run(answer: object) -> None:
    assert from_answer(answer).exit_code == LOST


def test_a_run_that_ran_out_of_time_is_neither_passed_nor_caught() -> None:
    run = lost_run(SubmissionTimeout(10))
    assert run == PytestRun(
        0, 0, 1, LOST, "the test run did not answer within 10 s", timed_out=True
    )
    assert not run.all_passed
    assert not run.caught

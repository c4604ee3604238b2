"""Points and states from what the tests showed."""

from __future__ import annotations

import pytest

from workshop.grading.results import condense, score
from workshop.parts import Check, Task

TASK = Task(
    id="t",
    title="A task",
    section="1.1",
    kind="core",
    minutes=1,
    points=10,
    file="a.py",
    hints=("h",),
    checks=(Check("one", "one holds", 6), Check("two", "two holds", 4)),
)


def event(check: str, outcome: str, reason: str = "") -> dict[str, object]:
    return {"checks": [check], "outcome": outcome, "reason": reason}


def test_a_check_needs_all_its_tests_to_pass() -> None:
    result = score(
        TASK,
        [event("t.one", "passed"), event("t.one", "failed", "no"), event("t.two", "passed")],
        None,
    )
    assert (result.state, result.points, result.reasons) == ("partial", 4, ["no"])


def test_a_skipped_test_is_no_evidence_but_does_not_spoil_the_others() -> None:
    some = [
        event("t.one", "passed"),
        event("t.one", "skipped", "no redis"),
        event("t.two", "passed"),
    ]
    assert score(TASK, some, None).state == "passed"
    none = [event("t.one", "skipped", "no redis"), event("t.two", "passed")]
    result = score(TASK, none, None)
    assert (result.state, result.points, result.reasons) == ("not_graded", 0, ["no redis"])


def test_a_check_without_any_test_is_not_graded() -> None:
    result = score(TASK, [event("t.one", "passed")], None)
    assert result.state == "not_graded"
    assert result.reasons == ["no test was found for the check t.two"]


def test_trouble_outweighs_failures() -> None:
    events = [event("t.one", "failed", "no"), event("t.two", "trouble", "mock did not start")]
    result = score(TASK, events, None)
    assert (result.state, result.reasons) == ("not_graded", ["mock did not start"])


def test_when_nothing_is_begun_what_follows_from_the_gap_is_left_out() -> None:
    gap = "a.py, line 3: not written yet"
    events = [event("t.one", "failed", gap), event("t.two", "failed", "got 500")]
    assert score(TASK, events, None).reasons == [gap]


@pytest.mark.parametrize(
    "whole",
    [
        "a.py, line 1: ImportError: cannot import name 'x'",
        "b.py, line 9: SyntaxError",
        "b.py is missing",
    ],
)
def test_a_file_that_cannot_be_used_is_told_beside_gaps(whole: str) -> None:
    gap = "a.py, line 3: not written yet"
    events = [event("t.one", "failed", gap), event("t.two", "failed", whole)]
    assert score(TASK, events, None).reasons == [gap, whole]


def test_events_of_other_tasks_are_passed_over() -> None:
    events = [event("u.x", "failed", "no"), event("t.one", "passed"), event("t.two", "passed")]
    assert score(TASK, events, None).state == "passed"


def test_gaps_of_one_file_make_one_reason() -> None:
    assert condense(
        [
            "a.py, line 9: not written yet",
            "other",
            "a.py, line 3: not written yet",
            "a.py, line 9: not written yet",
            "b.py, line 1: not written yet",
            "other",
        ]
    ) == [
        "a.py, lines 3 and 9: not written yet",
        "other",
        "b.py, line 1: not written yet",
    ]


def test_one_loop_is_told_once_whichever_of_its_lines_it_was_in() -> None:
    late = "did not answer within 11 s ({}, line {})"
    assert condense([late.format("a.py", 2), late.format("a.py", 1), late.format("b.py", 2)]) == [
        late.format("a.py", 2),
        late.format("b.py", 2),
    ]


def test_more_than_six_reasons_are_counted() -> None:
    found = condense(str(number) for number in range(10))
    assert found == ["0", "1", "2", "3", "4", "and 5 more like these"]

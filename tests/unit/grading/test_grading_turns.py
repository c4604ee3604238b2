"""In which order the tasks of a grade are tried."""

from __future__ import annotations

import pytest

from workshop.grading.engine import _in_turn, _shares
from workshop.parts import find_part, repository_root

TASKS = list(find_part(repository_root(), "2").tasks)
OWN = {"tests", "more_tests"}


def names(hidden: bool) -> list[set[str]]:
    turns = _in_turn(_shares(TASKS), hidden)
    return [{task.id for share in turn for task in share.tasks} for turn in turns]


def test_in_a_grade_the_tests_of_ones_own_come_when_all_else_is_over() -> None:
    everything = {task.id for task in TASKS}
    assert names(hidden=True) == [everything - OWN, OWN]


def test_in_a_check_nothing_waits() -> None:
    assert names(hidden=False) == [{task.id for task in TASKS}, set()]


@pytest.mark.parametrize("hidden", [True, False])
def test_a_file_that_is_alone_is_dealt_out(hidden: bool) -> None:
    alone = [task for task in TASKS if task.id == "client"]
    shares = [share for turn in _in_turn(_shares(alone), hidden) for share in turn]
    assert [(share.number, share.of) for share in shares] == [(0, 3), (1, 3), (2, 3)]

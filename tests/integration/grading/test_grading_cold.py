"""The way without a warm process, which Windows and macOS take: the same protocol and results."""

from __future__ import annotations

import pytest

from workshop.grading import Engine
from workshop.grading.launch import COLD_VARIABLE, can_fork_warm


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv(COLD_VARIABLE, "1")
    assert not can_fork_warm()
    return Engine()


def test_a_finished_submission_earns_all_points_without_a_warm_process(cold, toy, submit) -> None:
    with cold:
        result = cold.grade(toy, submit(), tasks=["sums", "web"], hidden=True)
    assert [(task.state, task.points) for task in result.tasks] == [("passed", 10), ("passed", 5)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import os\n\nos._exit(0)\n", "ended its own process (exit code 0)"),
        ("while True:\n    pass\n", "did not answer within 2 s"),
        ("while True:\n    print('x' * 65536)\n", "printed more than 1 MB and was stopped"),
        ("def total(prices):\n    raise NotImplementedError\n", "line 2: not written yet"),
    ],
)
def test_what_fails_says_the_same_without_a_warm_process(
    cold, toy, submit, source, expected
) -> None:
    with cold:
        result = cold.grade(toy, submit({"shop/prices.py": source}), tasks=["sums"])
    assert result.points == 0
    assert expected in " ".join(result.tasks[0].reasons)

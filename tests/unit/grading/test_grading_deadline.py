"""A limit is put off by the time in which there was no processor, and by no more than that."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from workshop.grading import deadline
from workshop.grading.deadline import MOST_TIMES, Deadline, stalled_s

LIMIT_S = 0.2


@pytest.fixture
def pressure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "cpu"
    monkeypatch.setattr(deadline, "PRESSURE", file)
    return file


def waited(file: Path, seconds: float) -> None:
    total = round(seconds * 1_000_000)
    file.write_text(
        f"some avg10=9.91 avg60=8.00 avg300=2.00 total={total}\n"
        "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"
    )


def test_what_the_system_tells_is_in_seconds(pressure: Path) -> None:
    waited(pressure, 8851.589910)
    assert stalled_s() == 8851.589910


@pytest.mark.parametrize("text", [None, "", "full avg10=0.00 total=5\n", "some total=x\n"])
def test_a_system_that_tells_nothing_puts_nothing_off(pressure: Path, text: str | None) -> None:
    if text is not None:
        pressure.write_text(text)
    limit = Deadline(LIMIT_S)
    assert 0 < limit.left_s() <= LIMIT_S
    time.sleep(LIMIT_S)
    assert limit.left_s() == 0


def test_what_was_waited_for_a_processor_does_not_count(pressure: Path) -> None:
    waited(pressure, 100)
    limit = Deadline(LIMIT_S)
    time.sleep(LIMIT_S)
    assert limit.left_s() == 0
    waited(pressure, 100 + LIMIT_S)
    assert 0 < limit.left_s() <= LIMIT_S


def test_endless_work_comes_to_its_end_on_the_busiest_machine(pressure: Path) -> None:
    waited(pressure, 0)
    limit = Deadline(LIMIT_S)
    waited(pressure, 1_000)
    assert LIMIT_S < limit.left_s() <= MOST_TIMES * LIMIT_S

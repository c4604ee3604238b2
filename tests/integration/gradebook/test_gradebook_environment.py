"""What a graded submission finds in /proc of whoever grades it: nothing."""

from __future__ import annotations

import sys

import pytest
from toy_class import ToyClass

from workshop.grading.engine import Engine
from workshop.grading.isolation import VARIABLE
from workshop.grading.launch import REDIS_VARIABLE

MARK = "only-the-grader-knows"
LOOKS_AROUND = f"""
from pathlib import Path


def total(numbers):
    found = []
    for file in [*Path("/proc").glob("*/environ"), *Path("/proc").glob("*/cmdline")]:
        try:
            text = file.read_text()
        except OSError:
            continue
        found += [word for word in text.split(chr(0)) if {MARK!r} in word]
    read = len(Path("/proc/self/environ").read_text())
    raise RuntimeError(f"read {{bool(read)}}, found {{found}}")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
@pytest.mark.parametrize("walls", ["", "none"], ids=["walls", "no walls"])
def test_a_worker_reads_nothing_of_the_graders_environment(
    toy: ToyClass, monkeypatch: pytest.MonkeyPatch, walls: str
) -> None:
    folder = toy.hand_in("eve", {"tally/total.py": LOOKS_AROUND})
    monkeypatch.setenv(VARIABLE, walls)
    monkeypatch.setenv(REDIS_VARIABLE, f"redis://:{MARK}@127.0.0.1:1/0")
    monkeypatch.setenv("SOME_TOKEN", MARK)
    with Engine() as engine:
        (task, *_) = engine.grade(toy.part, folder, tasks=["total"], hidden=True).tasks
    assert any("read True, found []" in reason for reason in task.reasons), task.reasons

"""Stopped in the middle, or started twice: nothing graded is lost, nothing half graded is kept."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import grade_process
import pytest
from toy_class import NEVER_ENDS, PART, Grade, KeptEngine, Outcome, ToyClass

from workshop.bootstrap_turn import turn
from workshop.gradebook.course import Course
from workshop.parts import Part

FULL = {"total": "10", "mean": "5", "why": "", "where": ""}
TIMEOUT_S = 120


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill"])
def test_a_second_run_goes_on_where_the_first_was_stopped(
    toy: ToyClass, engine: KeptEngine, grade: Grade, how: signal.Signals
) -> None:
    toy.hand_in("ada")
    toy.hand_in("bob", {"tally/total.py": NEVER_ENDS})
    toy.hand_in("eve")
    with grade_process.start(toy.root, with_engine=how == signal.SIGINT) as process:
        grade_process.read_until(process, "1/3 ada")
        process.send_signal(how)
        _, said = process.communicate(timeout=TIMEOUT_S)
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "1 of 3 are graded and kept, and in grading/grades.csv. Next: " in said
        assert toy.points() == {"ada": FULL}
        assert "workshop grade 1" in said
        assert "Traceback" not in said
    else:
        assert process.returncode == -signal.SIGKILL
    kept = [path.parent.name for path in (toy.root / "grading/results").glob(f"*/{PART}.json")]
    assert kept == ["ada"]
    assert toy.gradebook_points()["ada"]["total"] == 10

    toy.hand_in("bob")
    outcome = grade()

    assert outcome.code == 0
    assert sorted(engine.asked) == ["bob", "eve"]
    assert toy.points() == dict.fromkeys(("ada", "bob", "eve"), FULL)
    assert {student: points["total"] for student, points in toy.gradebook_points().items()} == (
        dict.fromkeys(("ada", "bob", "eve"), 10)
    )


def test_an_interrupt_that_python_swallowed_stops_it_all_the_same(
    toy: ToyClass, generous: KeptEngine, grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    for student in ("ada", "bob", "eve"):
        toy.hand_in(student)

    def swallow(course: Course, part: Part, student: str) -> None:
        # As in a callback of a weak reference: what is raised there is printed, and that is all.
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        autograde(course, part, student)

    autograde = Course.autograde
    with monkeypatch.context() as patch:
        patch.setattr(Course, "autograde", swallow)
        outcome = grade()
    assert outcome.code == 130
    assert "are graded and kept" in outcome.err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert grade().code == 0
    assert toy.points() == dict.fromkeys(("ada", "bob", "eve"), FULL)


@pytest.mark.parametrize("step", ["autograde", "feedback"])
def test_stopped_while_it_saves_it_saves_the_next_time_without_grading_again(
    toy: ToyClass,
    generous: KeptEngine,
    grade: Grade,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    toy.hand_in("ada")
    toy.hand_in("bob")

    def interrupted(*_: Any) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Course, step, interrupted)
        assert grade().code == 130
    generous.asked.clear()

    assert grade().code == 0
    assert "ada" not in generous.asked or "bob" not in generous.asked
    assert toy.points() == dict.fromkeys(("ada", "bob"), FULL)
    assert "15 of 15 points" in toy.feedback("ada")[0]


def test_stopped_while_it_grades_again_it_keeps_what_was_known(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    grade()
    record = toy.root / "grading" / "results" / "ada" / f"{PART}.json"
    before = record.read_bytes()
    generous.fails_for["ada"] = KeyboardInterrupt()
    assert grade("--again").code == 130
    assert record.read_bytes() == before


def class_stopped_after_ada(
    toy: ToyClass, engine: KeptEngine, grade: Grade, *words: str
) -> Outcome:
    """Three are graded, then graded again with `words` until somebody types Ctrl-C."""
    for student in ("ada", "bob", "eve"):
        toy.hand_in(student)
    grade()
    for student in ("bob", "eve"):
        engine.fails_for[student] = KeyboardInterrupt()
    outcome = grade(*words)
    assert outcome.code == 130
    engine.fails_for.clear()
    engine.asked.clear()
    engine.tasks.clear()
    return outcome


@pytest.mark.parametrize(
    ("words", "tasks"), [(("--again",), None), (("--regrade-task", "mean"), ["mean"])]
)
def test_grading_again_goes_on_with_whom_it_had_not_reached(
    toy: ToyClass,
    generous: KeptEngine,
    grade: Grade,
    words: tuple[str, ...],
    tasks: list[str] | None,
) -> None:
    said = class_stopped_after_ada(toy, generous, grade, *words).err
    assert said.endswith("Next: python3 -m workshop grade 1 goes on\n")
    assert grade("--student", "ada").code == 0
    assert generous.asked == [], "who has been graded again is up to date"
    assert grade().code == 0
    assert sorted(generous.asked) == ["bob", "eve"]
    assert [asked and list(asked) for asked in generous.tasks] == [tasks, tasks]
    generous.asked.clear()
    assert grade().code == 0
    assert generous.asked == []
    assert not list((toy.root / "grading" / "results").glob("*.again.json"))


def test_a_task_asked_for_in_a_course_that_has_changed_since_means_all_tasks(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    class_stopped_after_ada(toy, generous, grade, "--regrade-task", "mean")
    tests = toy.part.folder / "hidden_tests" / "test_kept_back.py"
    tests.write_text(tests.read_text("utf-8") + "# corrected\n", "utf-8")
    grade()
    assert sorted(generous.asked) == ["ada", "bob", "eve"]
    assert generous.tasks == [None] * 3


def test_the_task_that_a_correction_was_about_is_gone_on_with_alone(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    for student in ("ada", "bob"):
        toy.hand_in(student)
    grade()
    tests = toy.part.folder / "hidden_tests" / "test_kept_back.py"
    tests.write_text(tests.read_text("utf-8") + "# corrected\n", "utf-8")
    generous.fails_for["bob"] = KeyboardInterrupt()
    assert grade("--regrade-task", "mean").code == 130
    generous.fails_for.clear()
    generous.asked.clear()
    generous.tasks.clear()
    grade()
    assert generous.asked == ["bob"]
    assert [list(asked or ()) for asked in generous.tasks] == [["mean"]]


def test_the_hint_keeps_who_and_how_and_leaves_out_what_starts_over(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    for student in ("ada", "bob", "Zoë O'Neil"):
        toy.hand_in(student)
    names = ("--student", "bob", "--student", "Zoë O'Neil")
    generous.fails_for["bob"] = generous.fails_for["Zoë O'Neil"] = KeyboardInterrupt()
    said = grade("--again", *names, "--jobs", "3", "--json").err
    hint = said.rsplit("Next: ", 1)[1].removesuffix(" goes on\n")
    words = shlex.split(hint)
    assert words[-6:] == ["--student", "bob", "--student", "Zoë O'Neil", "--jobs=3", "--json"]
    assert words[-8:-6] == ["grade", "1"]


def test_stopped_before_it_was_noted_whom_to_grade_again_the_hint_still_says_it(
    toy: ToyClass, generous: KeptEngine, grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.hand_in("ada")
    grade()

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Course, "ensure_assignment", interrupted)
    said = grade("--regrade-task", "mean", "--again").err
    assert "grade 1 --regrade-task=mean --again goes on" in said


def test_two_at_once_wait_for_each_other_and_grade_each_submission_once(toy: ToyClass) -> None:
    toy.hand_in("ada")
    toy.hand_in("bob")
    with turn(toy.root / "grading" / ".lock", lambda: None):
        both = [grade_process.start(toy.root, "--json", with_engine=False) for _ in "12"]
        for process in both:
            grade_process.read_until(process, "another `workshop grade` is at work here; waiting")
        assert not (toy.root / "grading" / "results").exists()
    fresh = sorted(_fresh(process) for process in both)
    assert fresh == [[], ["ada", "bob"]]
    assert toy.points() == dict.fromkeys(("ada", "bob"), FULL)


def _fresh(process: subprocess.Popen[str]) -> list[str]:
    """Whom it graded."""
    printed, said = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0, said
    return [one["student"] for one in json.loads(printed)["students"] if one["fresh"]]

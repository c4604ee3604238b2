"""`workshop reset` keeps what it replaces; `workshop progress` shows the last checks."""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

import pytest

from workshop import progress, reset
from workshop.bootstrap_paths import Clone
from workshop.bootstrap_stop import Stop
from workshop.parts import Check, Part, Task
from workshop.workspace import update_workspace

PART = "part2_service"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    for name in ("service/config.py", "service/cache.py", "lesson.ipynb"):
        path = tmp_path / "exercises" / PART / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"shipped {name}\n")
    clone = Clone(tmp_path)
    update_workspace(clone.exercises, clone.work)
    monkeypatch.setattr(reset, "this_clone", lambda: clone)
    return clone


def run_reset(*words: str) -> int:
    parser = argparse.ArgumentParser()
    reset.add_arguments(parser)
    return reset.run(parser.parse_args(list(words)))


def test_one_file_is_restored_and_what_was_there_is_kept(
    clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, other = (clone.work / PART / "service" / name for name in ("config.py", "cache.py"))
    mine.write_text("mine\n")
    other.write_text("also mine\n")
    assert run_reset("2", "--file", "service/config.py", "--yes") == 0
    assert mine.read_text() == "shipped service/config.py\n"
    assert other.read_text() == "also mine\n"
    (kept,) = (clone.work / ".backups").glob(f"*/{PART}/service/config.py")
    assert kept.read_text() == "mine\n"
    assert str(kept.parents[2]) in capsys.readouterr().out


def test_a_part_is_restored_with_its_deleted_files_and_without_its_marks(clone: Clone) -> None:
    (clone.work / PART / "service/config.py").write_text("mine\n")
    (clone.work / PART / "lesson.ipynb").unlink()
    (clone.work / PART / "notes.md").write_text("mine\n")
    progress.record(PART, {"part": PART, "tasks": []}, work=clone.work)
    assert run_reset("part2", "--yes") == 0
    assert (clone.work / PART / "lesson.ipynb").is_file()
    assert (clone.work / PART / "notes.md").read_text() == "mine\n"
    assert not (clone.work / progress.result_path(PART)).exists()


def test_two_resets_in_one_second_keep_both_backups(clone: Clone) -> None:
    for text in ("first\n", "second\n"):
        (clone.work / PART / "service/config.py").write_text(text)
        run_reset("2", "--yes")
    kept = sorted(
        path.read_text() for path in (clone.work / ".backups").glob(f"*/{PART}/service/config.py")
    )
    assert kept == ["first\n", "second\n"]


def test_a_reset_asks_first(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    (clone.work / PART / "service/config.py").write_text("mine\n")
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    assert run_reset("2") == 1
    assert (clone.work / PART / "service/config.py").read_text() == "mine\n"
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert run_reset("2") == 0
    assert (clone.work / PART / "service/config.py").read_text() != "mine\n"


def test_without_anyone_to_ask_nothing_is_reset(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    (clone.work / PART / "service/config.py").write_text("mine\n")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(Stop) as stop:
        run_reset("2")
    assert stop.value.next_step.endswith("reset 2 --yes")


@pytest.mark.parametrize(
    ("words", "hint"),
    [(["7"], "part2_service"), (["2", "--file", "service/confg.py"], "service/config.py")],
)
def test_what_is_not_there_is_answered_with_what_is(
    clone: Clone, words: list[str], hint: str
) -> None:
    with pytest.raises(Stop) as stop:
        run_reset(*words)
    assert hint in stop.value.reason + stop.value.next_step


def a_part() -> Part:
    tasks = tuple(
        Task(name, name.title(), "2.1", "core", 5, points, "service/config.py", ("look",),
             (Check("c", "works", points),))
        for name, points in (("settings", 16), ("cache", 20))
    )  # fmt: skip
    return Part(PART, 2, "Service", 45, "service", ("service/*.py",), (), tasks, (), (), Path(PART))


def task(name: str, points: int, state: str) -> dict[str, object]:
    return {"id": name, "points": points, "max_points": 16, "state": state, "reasons": []}


def test_before_any_check_every_task_is_unchecked(tmp_path: Path) -> None:
    (shown,) = progress.progress_of([a_part()], tmp_path)
    assert (shown["points"], shown["max_points"]) == (0, 36)
    assert {task["state"] for task in shown["tasks"]} == {"not_checked"}


def test_checking_one_task_keeps_what_is_known_of_the_others(tmp_path: Path) -> None:
    both = [task("settings", 16, "passed"), task("cache", 0, "failed")]
    progress.record(PART, {"part": PART, "points": 16, "tasks": both}, work=tmp_path)
    one = [task("cache", 12, "partial")]
    progress.record(PART, {"part": PART, "points": 12, "tasks": one}, work=tmp_path)
    (shown,) = progress.progress_of([a_part()], tmp_path)
    assert [(t["id"], t["points"]) for t in shown["tasks"]] == [("settings", 16), ("cache", 12)]
    assert shown["points"] == 28
    assert shown["checked_at"]


def test_a_check_that_could_not_grade_takes_nothing_away(tmp_path: Path) -> None:
    progress.record(PART, {"tasks": [task("settings", 16, "passed")]}, work=tmp_path)
    progress.record(PART, {"tasks": [task("settings", 0, "not_graded")]}, work=tmp_path)
    (shown,) = progress.progress_of([a_part()], tmp_path)
    assert shown["tasks"][0]["state"] == "passed"


def test_the_json_is_all_that_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "this_clone", lambda: Clone(tmp_path))
    monkeypatch.setattr(progress, "all_parts", lambda root: [a_part()])
    assert progress.run(argparse.Namespace(json=True)) == 0
    assert json.loads(capsys.readouterr().out)["parts"][0]["part"] == PART


def test_the_table_ends_in_the_next_task(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    progress.record(PART, {"tasks": [task("settings", 16, "passed")]}, work=tmp_path / "work")
    monkeypatch.setattr(progress, "this_clone", lambda: Clone(tmp_path))
    monkeypatch.setattr(progress, "all_parts", lambda root: [a_part()])
    assert progress.run(argparse.Namespace(json=False)) == 0
    text = capsys.readouterr().out
    assert "16/36" in text
    assert text.rstrip().endswith("check 2 --task cache --hints")

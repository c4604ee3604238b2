"""What becomes of an attendee's work when the course changes under it."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from workshop import workspace
from workshop.bootstrap_paths import Clone
from workshop.bootstrap_stop import Stop
from workshop.workspace import bring_up_to_date, said_of, update_workspace, where_left_off
from workshop.workspace_manifest import manifest_path

CONFIG = "part2_service/service/config.py"
LESSON = "part2_service/lesson.ipynb"


def put(root: Path, path: str, text: str) -> Path:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def notebook(*sources: str, outputs: list[object] | None = None, count: int | None = None) -> str:
    cells = [
        {
            "cell_type": "code",
            "source": source,
            "outputs": outputs or [],
            "execution_count": count,
            "metadata": {},
        }
        for source in sources
    ]
    return json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    put(tmp_path, f"exercises/{CONFIG}", "shipped 1\n")
    put(tmp_path, f"exercises/{LESSON}", notebook("ask(1)"))
    return Clone(tmp_path)


def test_the_first_round_copies_everything(clone: Clone) -> None:
    put(clone.exercises, "part2_service/service/__pycache__/config.cpython-311.pyc", "x")
    update = update_workspace(clone.exercises, clone.work)
    assert sorted(update.added) == [LESSON, CONFIG]
    assert (clone.work / CONFIG).read_text() == "shipped 1\n"
    assert not list(clone.work.rglob("*.pyc"))


def test_a_second_round_does_and_says_nothing(clone: Clone) -> None:
    update_workspace(clone.exercises, clone.work)
    assert said_of(update_workspace(clone.exercises, clone.work), clone.work) == []


def test_a_file_left_as_it_was_is_updated(clone: Clone) -> None:
    update_workspace(clone.exercises, clone.work)
    put(clone.exercises, CONFIG, "shipped 2\n")
    assert update_workspace(clone.exercises, clone.work).updated == [CONFIG]
    assert (clone.work / CONFIG).read_text() == "shipped 2\n"


def test_a_changed_file_stays_when_the_course_did_not_change(clone: Clone) -> None:
    update_workspace(clone.exercises, clone.work)
    put(clone.work, CONFIG, "mine\n")
    assert said_of(update_workspace(clone.exercises, clone.work), clone.work) == []
    assert (clone.work / CONFIG).read_text() == "mine\n"


def test_a_file_changed_on_both_sides_stays_and_the_new_one_lies_beside_it(clone: Clone) -> None:
    update_workspace(clone.exercises, clone.work)
    put(clone.work, CONFIG, "mine\n")
    put(clone.exercises, CONFIG, "shipped 2\n")
    lines = said_of(update_workspace(clone.exercises, clone.work), clone.work)
    assert (clone.work / CONFIG).read_text() == "mine\n"
    assert (clone.work / "part2_service/service/config.new.py").read_text() == "shipped 2\n"
    assert any("config.new.py" in line for line in lines)
    assert said_of(update_workspace(clone.exercises, clone.work), clone.work) == []


def test_a_later_edition_replaces_the_one_beside_unless_it_was_changed(clone: Clone) -> None:
    update_workspace(clone.exercises, clone.work)
    put(clone.work, CONFIG, "mine\n")
    beside = clone.work / "part2_service/service/config.new.py"
    for edition in ("shipped 2\n", "shipped 3\n"):
        put(clone.exercises, CONFIG, edition)
        update_workspace(clone.exercises, clone.work)
        assert beside.read_text() == edition
    beside.write_text("half merged\n")
    put(clone.exercises, CONFIG, "shipped 4\n")
    update_workspace(clone.exercises, clone.work)
    assert beside.read_text() == "half merged\n"
    assert beside.with_name("config.new2.py").read_text() == "shipped 4\n"


def test_both_sides_making_the_same_change_is_no_conflict(clone: Clone) -> None:
    update_workspace(clone.exercises, clone.work)
    put(clone.work, CONFIG, "fixed\n")
    put(clone.exercises, CONFIG, "fixed\n")
    assert said_of(update_workspace(clone.exercises, clone.work), clone.work) == []
    put(clone.exercises, CONFIG, "shipped 3\n")
    assert update_workspace(clone.exercises, clone.work).updated == [CONFIG]


def test_a_file_of_theirs_where_the_course_puts_a_new_one_stays(clone: Clone) -> None:
    update_workspace(clone.exercises, clone.work)
    put(clone.work, "part2_service/notes.md", "mine\n")
    put(clone.exercises, "part2_service/notes.md", "shipped\n")
    update_workspace(clone.exercises, clone.work)
    assert (clone.work / "part2_service/notes.md").read_text() == "mine\n"
    assert (clone.work / "part2_service/notes.new.md").read_text() == "shipped\n"


def test_a_deleted_file_stays_deleted_and_the_way_back_is_said(clone: Clone) -> None:
    update_workspace(clone.exercises, clone.work)
    (clone.work / CONFIG).unlink()
    put(clone.exercises, CONFIG, "shipped 2\n")
    lines = said_of(update_workspace(clone.exercises, clone.work), clone.work)
    assert not (clone.work / CONFIG).exists()
    assert any("reset part2_service --file service/config.py" in line for line in lines)


def test_a_part_deleted_as_a_whole_comes_back(clone: Clone) -> None:
    update_workspace(clone.exercises, clone.work)
    (clone.work / CONFIG).unlink()
    (clone.work / CONFIG).parent.rmdir()
    (clone.work / LESSON).unlink()
    (clone.work / LESSON).parent.rmdir()
    assert sorted(update_workspace(clone.exercises, clone.work).added) == [LESSON, CONFIG]


def test_a_file_the_course_drops_goes_only_if_it_was_left_as_it_was(clone: Clone) -> None:
    put(clone.exercises, "part2_service/a.py", "a\n")
    put(clone.exercises, "part2_service/b.py", "b\n")
    update_workspace(clone.exercises, clone.work)
    put(clone.work, "part2_service/b.py", "mine\n")
    (clone.exercises / "part2_service/a.py").unlink()
    (clone.exercises / "part2_service/b.py").unlink()
    assert update_workspace(clone.exercises, clone.work).removed == ["part2_service/a.py"]
    assert not (clone.work / "part2_service/a.py").exists()
    assert (clone.work / "part2_service/b.py").read_text() == "mine\n"


def test_a_notebook_that_was_only_run_is_updated_and_its_outputs_kept(clone: Clone) -> None:
    update_workspace(clone.exercises, clone.work)
    ran = notebook("ask(1)", outputs=[{"output_type": "stream", "text": "42"}], count=7)
    put(clone.work, LESSON, ran)
    put(clone.exercises, LESSON, notebook("ask(2)"))
    update = update_workspace(clone.exercises, clone.work)
    assert update.updated == [LESSON]
    assert (clone.work / LESSON).read_text() == notebook("ask(2)")
    assert update.backup is not None
    assert (update.backup / LESSON).read_text() == ran


def test_a_notebook_whose_cells_were_changed_stays(clone: Clone) -> None:
    update_workspace(clone.exercises, clone.work)
    put(clone.work, LESSON, notebook("ask(1)", "my_own_cell()"))
    put(clone.exercises, LESSON, notebook("ask(2)"))
    update = update_workspace(clone.exercises, clone.work)
    assert update.beside == {LESSON: "part2_service/lesson.new.ipynb"}
    assert "my_own_cell" in (clone.work / LESSON).read_text()


def test_a_lost_manifest_loses_no_work(clone: Clone) -> None:
    update_workspace(clone.exercises, clone.work)
    put(clone.work, CONFIG, "mine\n")
    manifest_path(clone.work).write_text("{ not json")
    update_workspace(clone.exercises, clone.work)
    assert (clone.work / CONFIG).read_text() == "mine\n"


def test_an_interrupted_round_goes_on_without_taking_anything_for_changed(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = workspace.write_atomically, []

    def full_at_the_second(path: Path, content: bytes) -> None:
        calls.append(path)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        real(path, content)

    monkeypatch.setattr(workspace, "write_atomically", full_at_the_second)
    with pytest.raises(Stop, match="disk is full"):
        bring_up_to_date(clone)
    monkeypatch.setattr(workspace, "write_atomically", real)
    update = update_workspace(clone.exercises, clone.work)
    assert update.added == [CONFIG]
    assert update.beside == {}


def test_without_exercises_the_way_to_get_them_is_said(tmp_path: Path) -> None:
    with pytest.raises(Stop) as stop:
        bring_up_to_date(Clone(tmp_path))
    assert "exercises" in stop.value.reason
    assert "git checkout" in stop.value.next_step


def test_the_first_lesson_opens_when_none_was_worked_on(clone: Clone) -> None:
    put(clone.exercises, "part10_last/lesson.ipynb", notebook("x"))
    put(clone.exercises, "part1_first/lesson.ipynb", notebook("x"))
    update_workspace(clone.exercises, clone.work)
    assert where_left_off(clone) == "part1_first/lesson.ipynb"


def test_the_lesson_worked_on_last_opens(clone: Clone) -> None:
    put(clone.exercises, "part1_first/lesson.ipynb", notebook("x"))
    put(clone.exercises, "part3_later/lesson.ipynb", notebook("x"))
    update_workspace(clone.exercises, clone.work)
    put(clone.work, CONFIG, "mine\n")
    assert where_left_off(clone) == LESSON

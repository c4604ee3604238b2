"""A submission's record: what the engine found, kept, and never a zero for what is not known."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from gradebook_doubles import PART_ID, CannedEngine, graded, handed_in, part_in

from workshop.gradebook.records import (
    Record,
    is_current,
    load_record,
    make_record,
    record_file,
    save_record,
)
from workshop.gradebook.submissions import Submission, course_digest
from workshop.grading.results import Result
from workshop.parts import Part


@pytest.fixture
def part(tmp_path: Path) -> Part:
    return part_in(tmp_path / "modules" / PART_ID)


@pytest.fixture
def ada(tmp_path: Path) -> Submission:
    folder = tmp_path / "grading" / "submitted" / "ada" / PART_ID
    (folder / "tally").mkdir(parents=True)
    (folder / "tally" / "total.py").write_text("x = 1\n")
    (folder / "lesson.ipynb").write_bytes(handed_in())
    return Submission("ada", folder)


def states(record: Record, part: Part) -> dict[str, tuple[str, int]]:
    return {task.id: (task.state, task.points) for task in record.tasks(part)}


@pytest.mark.parametrize("mean", [5, 3, 0, None])
def test_a_record_comes_back_as_it_was_saved(
    tmp_path: Path, part: Part, ada: Submission, mean: int | None
) -> None:
    record = make_record(CannedEngine(lambda part: graded(part, mean=mean)), part, ada)
    save_record(tmp_path, part, record)
    assert load_record(tmp_path, "ada", part) == record


def test_a_record_of_what_could_not_be_graded_comes_back_too(
    tmp_path: Path, part: Part, ada: Submission
) -> None:
    record = make_record(broken(), part, ada)
    save_record(tmp_path, part, record)
    assert load_record(tmp_path, "ada", part) == record


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}", b'{"result": 5}', b'{"result": {"tasks": 5}}'],
)
def test_a_record_that_cannot_be_read_is_none(tmp_path: Path, part: Part, text: bytes) -> None:
    file = record_file(tmp_path, "ada", part)
    file.parent.mkdir(parents=True)
    file.write_bytes(text)
    assert load_record(tmp_path, "ada", part) is None


def test_a_record_with_less_or_more_in_it_is_none(
    tmp_path: Path, part: Part, ada: Submission
) -> None:
    whole = asdict(make_record(CannedEngine(), part, ada))
    file = record_file(tmp_path, "ada", part)
    file.parent.mkdir(parents=True)
    less = {key: value for key, value in whole.items() if key != "course"}
    for text in (less, whole | {"of_the_future": 1}):
        file.write_text(json.dumps(text))
        assert load_record(tmp_path, "ada", part) is None


def test_a_record_of_other_tasks_is_none(tmp_path: Path, part: Part, ada: Submission) -> None:
    save_record(tmp_path, part, make_record(CannedEngine(), part, ada))
    assert load_record(tmp_path, "ada", part) is not None
    for tasks in (part.tasks[:1], part.tasks[::-1]):
        assert load_record(tmp_path, "ada", replace(part, tasks=tasks)) is None


def test_the_record_of_somebody_else_or_of_another_part_is_none(
    tmp_path: Path, part: Part, ada: Submission
) -> None:
    record = make_record(CannedEngine(), part, ada)
    for foreign in (replace(record, student="grace"), replace(record, part="part2_other")):
        file = record_file(tmp_path, "ada", part)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(foreign)))
        assert load_record(tmp_path, "ada", part) is None


def broken() -> CannedEngine:
    def fall(part: Part) -> Result:
        raise RuntimeError("the engine fell over")

    return CannedEngine(fall)


def test_an_engine_that_raises_is_trouble_and_no_zero(part: Part, ada: Submission) -> None:
    record = make_record(broken(), part, ada)
    assert record.result is None
    assert record.trouble == "RuntimeError: the engine fell over"
    assert not record.complete
    assert states(record, part) == {"total": ("not_graded", 0), "mean": ("not_graded", 0)}
    assert all(task.reasons == [record.trouble] for task in record.tasks(part))


def test_ctrl_c_is_no_trouble_of_the_submission(part: Part, ada: Submission) -> None:
    def interrupt(part: Part) -> Result:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_record(CannedEngine(interrupt), part, ada)


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31mred", "caf\udce9"])
def test_a_name_that_cannot_be_printed_could_not_be_graded(
    tmp_path: Path, part: Part, ada: Submission, name: str
) -> None:
    engine = CannedEngine()
    record = make_record(engine, part, replace(ada, student=name))
    assert record.result is None
    assert "cannot be printed" in record.trouble
    assert engine.asked == []
    assert record.student.isprintable()
    save_record(tmp_path, part, record)


def test_a_record_is_current_until_the_submission_or_the_course_changes(
    part: Part, ada: Submission
) -> None:
    record = make_record(CannedEngine(), part, ada)
    assert is_current(record, ada, part, course_digest(part))
    assert not is_current(record, ada, part, "another course")
    assert not is_current(None, ada, part, course_digest(part))
    (ada.folder / "tally" / "total.py").write_text("x = 2\n")
    assert not is_current(record, ada, part, course_digest(part))


def test_what_could_not_be_graded_is_never_current(part: Part, ada: Submission) -> None:
    for engine in (broken(), CannedEngine(lambda part: graded(part, mean=None))):
        record = make_record(engine, part, ada)
        assert not is_current(record, ada, part, course_digest(part))


class Unreadable(Submission):
    """A submission on a disk that fails."""

    def digest(self, part: Part) -> str:
        raise PermissionError(13, "Permission denied")


def test_a_submission_that_cannot_be_read_any_more_is_trouble_of_its_own(
    part: Part, ada: Submission
) -> None:
    record = make_record(CannedEngine(), part, ada)
    gone = Unreadable(ada.student, ada.folder)
    assert not is_current(record, gone, part, course_digest(part))
    assert "Permission denied" in make_record(CannedEngine(), part, gone).trouble


def test_a_regraded_task_is_merged_into_what_was_known(part: Part, ada: Submission) -> None:
    earlier = make_record(CannedEngine(lambda part: graded(part, total=0, mean=0)), part, ada)
    engine = CannedEngine()
    record = make_record(engine, part, ada, regrade=["mean"], earlier=earlier)
    assert engine.asked == [["mean"]]
    assert states(record, part) == {"total": ("failed", 0), "mean": ("passed", 5)}


def test_a_changed_submission_is_graded_whole_even_if_one_task_was_asked_for(
    part: Part, ada: Submission
) -> None:
    earlier = make_record(CannedEngine(lambda part: graded(part, total=0, mean=0)), part, ada)
    (ada.folder / "tally" / "total.py").write_text("x = 2\n")
    engine = CannedEngine()
    record = make_record(engine, part, ada, regrade=["mean"], earlier=earlier)
    assert engine.asked == [None]
    assert states(record, part) == {"total": ("passed", 10), "mean": ("passed", 5)}


def test_one_task_of_a_submission_that_was_never_graded_means_all_of_it(
    part: Part, ada: Submission
) -> None:
    for earlier in (None, make_record(broken(), part, ada)):
        engine = CannedEngine()
        record = make_record(engine, part, ada, regrade=["mean"], earlier=earlier)
        assert engine.asked == [None]
        assert record.complete


def test_an_engine_that_raises_while_one_task_is_regraded_takes_no_other_points(
    part: Part, ada: Submission
) -> None:
    earlier = make_record(CannedEngine(), part, ada)
    record = make_record(broken(), part, ada, regrade=["mean"], earlier=earlier)
    assert not record.complete
    assert all(state == "not_graded" for state, _ in states(record, part).values())

"""What was lost or came late is brought back by the next `workshop grade`, without grading anew."""

from __future__ import annotations

import shutil

from toy_class import Grade, KeptEngine, ToyClass

from workshop.gradebook.notebook import RUBRIC


def test_feedback_that_somebody_removed_is_written_again(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    grade()
    before = toy.feedback("ada")
    folder = toy.root / "grading" / "reports" / "ada" / toy.part.id
    (folder / "feedback.md").unlink()  # nbgrader's own feedback button does that
    grade()
    assert toy.feedback("ada") == before
    shutil.rmtree(folder)
    grade()
    assert toy.feedback("ada") == before
    assert generous.asked == ["ada"]


def test_a_graded_notebook_that_somebody_removed_is_made_again(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    grade()
    before = toy.graded_notebook("ada")
    shutil.rmtree(toy.root / "grading" / "autograded" / "ada")
    grade()
    assert toy.graded_notebook("ada") == before
    assert generous.asked == ["ada"]


def test_a_time_stamp_that_comes_later_reaches_the_gradebook(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    folder = toy.hand_in("ada")
    grade()
    (folder / "timestamp.txt").write_text("2026-11-20 10:11:12 UTC", encoding="utf-8")
    grade()
    with toy.gradebook() as gradebook:
        stamp = gradebook.find_submission(toy.part.id, "ada").timestamp
    assert str(stamp) == "2026-11-20 10:11:12"
    assert generous.asked == ["ada"]


def test_a_notebook_that_cannot_be_read_is_named_at_the_end_and_in_the_grades(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada", notebook=lambda _: b"\x89PNG")
    said = " ".join(grade().out.split())
    assert "ada: no written answers: the notebook cannot be read" in said
    assert "the notebook cannot be read" in toy.rows()["ada"]["why"]["reason"]


def test_whoever_grades_sees_the_rubric_under_the_answer_and_the_learner_does_not(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    grade()
    cells = toy.graded_notebook("ada")["cells"]
    rubrics = [cell for cell in cells if cell["metadata"].get(RUBRIC)]
    written = toy.part.written
    assert len(rubrics) == len(written)
    for cell, question in zip(rubrics, written, strict=True):
        text = "".join(cell["source"])
        assert all(line in text for line in question.rubric.strip().splitlines())
        above = cells[cells.index(cell) - 1]["metadata"]["nbgrader"]
        assert above["grade_id"] == question.id
    markdown, html = toy.feedback("ada")
    assert "What to look for" not in markdown + html

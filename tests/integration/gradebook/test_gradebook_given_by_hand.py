"""Points and comments that people give in formgrader: kept, counted and shown."""

from __future__ import annotations

from toy_class import Grade, KeptEngine, ToyClass, answer

from workshop.gradebook.course import NOTEBOOK


def test_points_and_a_comment_given_by_hand_are_counted_and_shown_by_the_next_grade(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    assert "written answers of 1 wait" in " ".join(grade().out.split())
    toy.give("ada", "why", 3.5, "Well said,\n\nbut short.")
    toy.give("ada", "where", 0)
    toy.give("ada", "total", 7)

    assert grade().code == 0

    assert generous.asked == ["ada"]
    assert toy.points()["ada"] == {"total": "7", "mean": "5", "why": "3.5", "where": "0"}
    assert {toy.rows()["ada"][task]["state"] for task in ("why", "where", "total")} == {"by_hand"}
    markdown, html = toy.feedback("ada")
    assert "| why | in your own words | 3.5/5 | given by hand |" in markdown
    assert "- `Well said, but short.`" in markdown
    assert "**12 of 15 points** for the tasks." in markdown
    assert "Not counted yet" not in markdown
    assert "Well said," in html
    assert "Score: 3.5 / 5.0" in " ".join(html.split())


def test_what_was_given_by_hand_survives_a_new_submission_and_grading_again(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    grade()
    toy.give("ada", "why", 4, "Well said.")
    toy.give("ada", "mean", 1)
    given = {"total": "10", "mean": "1", "why": "4", "where": ""}

    grade("--again")
    assert toy.points()["ada"] == given

    toy.hand_in("ada", notebook=lambda made: answer(made, {"why": "Another answer."}))
    grade()
    assert generous.asked == ["ada"] * 3
    assert toy.points()["ada"] == given
    assert toy.rows()["ada"]["why"]["reason"] == "Well said."
    assert "Well said." in toy.feedback("ada")[0]
    assert "Another answer." in toy.feedback("ada")[1]


def test_extra_credit_counts(toy: ToyClass, generous: KeptEngine, grade: Grade) -> None:
    toy.hand_in("ada")
    grade()
    toy.give("ada", "why", 4)
    with toy.gradebook() as gradebook:
        for task in ("why", "total"):
            gradebook.find_grade(task, NOTEBOOK, toy.part.id, "ada").extra_credit = 2
        gradebook.db.commit()
    grade()
    assert toy.points()["ada"] == {"total": "12", "mean": "5", "why": "6", "where": ""}


def test_points_given_by_hand_to_what_could_not_be_graded_count(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    generous.fails_for["ada"] = RuntimeError("the engine fell over")
    grade()
    toy.give("ada", "total", 8)
    grade()
    assert toy.points()["ada"] == {"total": "8", "mean": "", "why": "", "where": ""}
    assert toy.rows()["ada"]["mean"]["state"] == "not_graded"

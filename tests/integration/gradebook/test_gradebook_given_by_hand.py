"""Points and comments that people give in formgrader: kept, counted and shown."""

from __future__ import annotations

import json

import pytest
from bs4 import BeautifulSoup
from toy_class import PART, Grade, KeptEngine, ToyClass, answer

from workshop.gradebook.course import NOTEBOOK, Course
from workshop.gradebook.given import Given


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
    assert "> Well said,\n>\n> but short." in markdown
    assert "**12 of 15 points** for the tasks." in markdown
    assert "Written answers: **3.5 of 8 by hand**." in markdown
    assert "Not counted yet" not in markdown
    assert "Well said," in html
    assert "<b>3.5/5</b> given by hand" in " ".join(html.split())


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
    assert toy.rows()["ada"]["why"]["comment"] == "Well said."
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


def test_only_what_a_person_wrote_is_a_comment(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada", edition="exercises")
    grade()
    assert {row["comment"] for row in toy.rows()["ada"].values()} == {""}
    assert "No response." not in toy.feedback("ada")[0]
    assert "| why | in your own words | 0/5 | nothing written |" in toy.feedback("ada")[0]
    toy.give("ada", "why", comment="A pity.")
    grade()
    comments = {task: row["comment"] for task, row in toy.rows()["ada"].items()}
    assert comments == {"total": "", "mean": "", "why": "A pity.", "where": ""}
    toy.give("ada", "why", comment="")
    grade()
    assert toy.rows()["ada"]["why"]["comment"] == ""


def states(toy: ToyClass) -> dict[str, str]:
    return {task: row["state"] for task, row in toy.rows()["ada"].items()}


def flagged(toy: ToyClass) -> set[str]:
    """What formgrader asks to look at."""
    with toy.gradebook() as gradebook:
        found = gradebook.find_submission_notebook(NOTEBOOK, PART, "ada").grades
        return {grade.name for grade in found if grade.needs_manual_grade}


def given_for_both(toy: ToyClass, grade: Grade) -> None:
    toy.hand_in("ada")
    grade()
    toy.give("ada", "why", 4, "Well said.")
    toy.give("ada", "where", 2)
    grade()


def test_an_answer_that_changed_after_points_were_given_is_said_to_and_no_other(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    given_for_both(toy, grade)
    toy.hand_in("ada", notebook=lambda made: answer(made, {"why": "Another answer."}))

    outcome = grade()

    assert outcome.code == 0
    assert states(toy)["why"] == "look_again"
    assert states(toy)["where"] == "by_hand"
    assert (toy.points()["ada"]["why"], toy.points()["ada"]["where"]) == ("4", "2")
    assert "the answer changed after" in toy.rows()["ada"]["why"]["reason"]
    assert flagged(toy) == {"why"}, "formgrader says the same"
    said = " ".join(outcome.out.split())
    assert "ada: changed after points were given by hand: why" in said
    assert "points of 1 need a second look" in said
    markdown, html = toy.feedback("ada")
    assert "| why | in your own words | 4/5 | given by hand, changed since |" in markdown
    assert "| where | in your own words | 2/3 | given by hand |" in markdown
    page = BeautifulSoup(html, "html.parser")
    footers = [" ".join(footer.get_text().split()) for footer in page.select(".panel-footer")]
    changed = "The answer changed after these points were given."
    assert footers == [f"Comments: {changed} Well said."]

    toy.give("ada", "why", 1)  # or Resolve, which sets the flag alone
    said = " ".join(grade().out.split())
    assert states(toy)["why"] == "by_hand"
    assert "changed after points" not in said
    assert "changed" not in toy.feedback("ada")[0]


@pytest.mark.parametrize("words", [(), ("--again",), ("--regrade-task", "mean")])
def test_an_answer_that_changed_stays_so_until_somebody_looks(
    toy: ToyClass, generous: KeptEngine, grade: Grade, words: tuple[str, ...]
) -> None:
    given_for_both(toy, grade)
    toy.hand_in("ada", notebook=lambda made: answer(made, {"why": "Another answer."}))
    grade()
    grade(*words)
    assert flagged(toy) == {"why"}
    toy.hand_in("ada")
    grade(*words)
    assert flagged(toy) == set(), "what the points were given for is back"


def test_grading_again_or_new_code_makes_nobody_look_at_the_same_answers(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    given_for_both(toy, grade)
    toy.give("ada", "mean", 1)
    grade("--again")
    assert flagged(toy) == set()
    toy.hand_in("ada", {"tally/mean.py": "def mean(numbers):\n    return 0\n"})
    grade()
    assert states(toy) == {
        "total": "passed",
        "mean": "look_again",
        "why": "by_hand",
        "where": "by_hand",
    }
    assert "now: 5 of 5" in toy.rows()["ada"]["mean"]["reason"]


def test_without_a_notebook_every_hand_given_point_is_looked_at_again_and_stays_so(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    given_for_both(toy, grade)
    toy.hand_in("ada", notebook=lambda _: None)
    for words in ((), ("--again",)):
        grade(*words)
        assert flagged(toy) == {"why", "where"}
        assert "the notebook is missing" in toy.rows()["ada"]["why"]["reason"]
    assert (toy.points()["ada"]["why"], toy.points()["ada"]["where"]) == ("4", "2")


def test_stopped_between_gradebook_and_file_it_asks_once_too_often_and_never_too_seldom(
    toy: ToyClass, generous: KeptEngine, grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_for_both(toy, grade)
    toy.hand_in("ada", notebook=lambda made: answer(made, {"why": "Another answer."}))

    def stopped(self: Given) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Given, "save", stopped)
        assert grade().code == 130
    grade()
    assert "why" in flagged(toy)


def test_each_gradebook_has_its_own_points_by_hand(
    toy: ToyClass, generous: KeptEngine, grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_for_both(toy, grade)
    url = toy.another_gradebook()
    with monkeypatch.context() as patch:
        patch.setenv("WORKSHOP_GRADEBOOK_URL", url)
        toy.hand_in("ada", notebook=lambda made: answer(made, {"why": "Another answer."}))
        grade()
    (file,) = (toy.root / "grading" / "results").rglob("*.given")
    assert set(json.loads(file.read_text())) == {
        Course(toy.root).db_key,
        Course(toy.root, url).db_key,
    }
    grade()
    assert flagged(toy) == {"why"}

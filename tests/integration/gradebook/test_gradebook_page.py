"""The page that a learner gets: what nobody has graded is no zero, and points are said once."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup
from toy_class import Grade, KeptEngine, ToyClass, answer

from workshop.gradebook.course import Course

WRONG = "def total(numbers):\n    return -1\n"
FELL_OVER = "RuntimeError: the engine fell over"


def page_of(toy: ToyClass) -> BeautifulSoup:
    folder = toy.root / "grading" / "reports" / "ada" / toy.part.id
    return BeautifulSoup((folder / "lesson.html").read_text("utf-8"), "html.parser")


def words(toy: ToyClass) -> str:
    """All that can be read on the page."""
    return " ".join(page_of(toy).get_text().split())


def texts(toy: ToyClass, selector: str) -> list[str]:
    return [" ".join(found.get_text().split()) for found in page_of(toy).select(selector)]


def index(toy: ToyClass) -> list[str]:
    """The lines at its top."""
    return texts(toy, "#toc li")


def headings(toy: ToyClass) -> list[str]:
    """What stands above each graded cell."""
    found = texts(toy, ".nbgrader_cell > .panel-heading")
    return [heading.removesuffix(" (Top)") for heading in found]


def test_a_task_that_could_not_be_graded_is_no_zero_anywhere(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    generous.fails_for["ada"] = RuntimeError("the engine fell over")
    grade()
    markdown, _ = toy.feedback("ada")
    page = words(toy)
    for text in (markdown.replace("*", ""), page):
        assert "No task graded yet." in text
        assert "Not counted yet: total, mean, why, where." in text
        assert FELL_OVER in text
        assert not re.search(r"\b0(\.0)? ?(/|of) ?\d", text)
    assert "Part 1: A tally (no task graded yet)" in page
    assert "The checks: –/10 ? not graded" in page
    assert headings(toy)[0] == "total: Sums that are right –/10 ? not graded"
    assert "Score" not in page


def test_the_index_names_each_task_and_says_its_points(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    grade()
    assert index(toy) == [
        "total: Sums that are right: 10/10 ✓ passed",
        "in your own words: why: –/5 not yet graded by hand",
        "mean: What is in the middle: 5/5 ✓ passed",
        "in your own words: where: –/3 not yet graded by hand",
    ]
    assert "Test cell" not in words(toy)
    assert [link["href"] for link in page_of(toy).select("#toc a")] == [
        "#total",
        "#why",
        "#mean",
        "#where",
    ]


def test_answers_that_wait_for_a_person_are_said_to_be_so(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada", notebook=lambda made: answer(made, {"where": "YOUR ANSWER"}))
    grade()
    assert headings(toy)[1] == "in your own words: why –/5 not yet graded by hand"
    assert "Written answers: not yet graded by hand" in words(toy)
    assert "| why | in your own words | –/5 | not yet graded by hand |" in toy.feedback("ada")[0]


def test_an_answer_that_was_left_blank_was_graded_by_nobody(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada", edition="exercises")
    grade()
    markdown, _ = toy.feedback("ada")
    assert "Written answers: **nothing written, 0 of 8**." in markdown
    assert "| why | in your own words | 0/5 | nothing written |" in markdown
    assert "by hand" not in markdown + words(toy)
    assert headings(toy)[1] == "in your own words: why 0/5 nothing written"


def test_points_by_hand_stand_above_what_the_checks_found(
    toy: ToyClass, engine: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada", {"tally/total.py": WRONG})
    grade()
    toy.give("ada", "total", 7)
    grade()
    markdown, _ = toy.feedback("ada")
    assert headings(toy)[0] == "total: Sums that are right 7/10 given by hand"
    assert index(toy)[0] == "total: Sums that are right: 7/10 given by hand"
    assert "The checks: 0/10 ✗ not yet" in words(toy)
    assert "the points were given by hand; the checks found: 0 of 10" in markdown
    assert toy.rows()["ada"]["total"]["reason"].startswith("the points were given by hand; ")
    assert "12 of 15 points" in words(toy)


def test_a_title_is_no_markup(toy: ToyClass, generous: KeptEngine, grade: Grade) -> None:
    title = "Sums <b>bold</b> & more"
    file = toy.part.folder / "part.toml"
    file.write_text(file.read_text("utf-8").replace("Sums that are right", title), "utf-8")
    toy.hand_in("ada")
    grade()
    assert f"total: {title}: 10/10" in index(toy)[0]


def test_without_the_result_nothing_is_made_up(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    grade()
    (toy.root / "grading" / "results" / "ada" / f"{toy.part.id}.json").unlink()
    Course(toy.root).feedback(toy.part, "ada")
    assert headings(toy)[0] == "total: Sums that are right –/10 ? not graded"

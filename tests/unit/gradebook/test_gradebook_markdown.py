"""feedback.md: points, states and reasons, as text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from gradebook_doubles import PART_ID, part_in
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from workshop.gradebook.feedback import markdown, write_markdown
from workshop.gradebook.grades import Grade
from workshop.parts import Part


@pytest.fixture
def part(tmp_path: Path) -> Part:
    return part_in(tmp_path / "modules" / PART_ID)


def grades(reason: str = "", comment: str = "") -> list[Grade]:
    return [
        Grade("ada", PART_ID, "total", 4.0, 10.0, "partial", reason),
        Grade("ada", PART_ID, "mean", None, 5.0, "not_graded", "the engine fell over"),
        Grade("ada", PART_ID, "why", 4.0, 5.0, "by_hand", "", comment),
        Grade("ada", PART_ID, "where", None, 3.0, "waiting", ""),
    ]


def page(text: str) -> BeautifulSoup:
    return BeautifulSoup(markdown2html_mistune(text), "html.parser")


def test_it_shows_points_states_and_reasons_and_what_to_type_next(part: Part) -> None:
    text = markdown(part, grades("total([]) should be 0", "well said"))
    assert "**4 of 10 points** for the tasks." in text
    assert "Written answers: **4 of 8 by hand, 1 not yet graded**." in text
    assert "Not counted yet: mean, where." in text
    assert "| total | Sums | 4/10 | ◐ partly |" in text
    assert "| mean | Means | –/5 | ? not graded |" in text
    assert "| why | in your own words | 4/5 | given by hand |" in text
    assert "| where | in your own words | –/3 | not yet graded by hand |" in text
    assert "- `total([]) should be 0`" in text
    assert "> well said" in text
    assert "check 1 --task total --hints" in text
    assert "--task mean" not in text


@pytest.mark.parametrize(
    "reason",
    [
        "ValueError: <script>alert(1)</script>",
        "ends `code` and ```fences``` <img src=x onerror=alert(1)>",
        "two\n\n# lines <b>bold</b>",
        "[a link](javascript:alert(1))",
        "`",
    ],
)
def test_a_reason_is_text_whatever_stands_in_it(part: Part, reason: str) -> None:
    shown = page(markdown(part, grades(reason)))
    assert shown.find_all(["script", "img", "b"]) == []
    assert {link.get("href", "")[:1] for link in shown.find_all("a")} <= {"#"}
    assert len(shown.find_all("h1")) == 1
    items = shown.find_all("li")
    assert len(items) >= 2
    assert all([tag.name for tag in item.find_all()] == ["code"] for item in items)


def test_a_graders_comment_is_markdown(part: Part) -> None:
    comment = "**Well** said,\n\n- but `List<int>` is *short*\n\n```\n<b>code</b> ![x](y)\n```"
    shown = page(markdown(part, grades(comment=comment))).blockquote
    assert shown is not None
    assert [tag.get_text() for tag in shown.find_all(["strong", "em"])] == ["Well", "short"]
    assert [tag.get_text().strip() for tag in shown.find_all("code")] == [
        "List<int>",
        "<b>code</b> ![x](y)",
    ]
    assert len(shown.find_all("li")) == 1


@pytest.mark.parametrize(
    "comment",
    [
        "<script src=https://x.test/a.js></script><img src=https://x.test/a.png>",
        "![a picture](https://x.test/a.png) ![another][1]\n\n[1]: https://x.test/a.png",
        "<!-- the rest is gone",
        "`<b>` <b>bold</b> `",
        "```\nnever closed <b>",
    ],
)
def test_a_comment_brings_no_tags_and_loads_nothing(part: Part, comment: str) -> None:
    shown = page(markdown(part, grades(comment=f"{comment}\n\nThe end.")))
    assert shown.find_all(["script", "img", "b"]) == []
    assert "The end." in shown.get_text()
    assert "where" in shown.get_text()


def test_points_that_were_given_before_the_work_changed_say_so(part: Part) -> None:
    rows = [*grades()[:2], Grade("ada", PART_ID, "why", 4.0, 5.0, "look_again", "it changed")]
    text = markdown(part, rows)
    assert "| why | in your own words | 4/5 | given by hand, changed since |" in text
    assert "Changed after points were given by hand, to be looked at again: why." in text
    assert "- `it changed`" in text


def test_answers_that_nobody_has_read_are_said_to_be_so(part: Part) -> None:
    rows = [replace(row, points=None, state="waiting") for row in grades()[2:]]
    assert "Written answers: **not yet graded by hand**." in markdown(part, rows)
    assert "Written answers" not in markdown(part, grades()[:2])


def test_without_a_graded_task_no_points_are_counted(part: Part) -> None:
    rows = [replace(row, points=None, state="not_graded") for row in grades()[:2]]
    text = markdown(part, rows)
    assert "**No task graded yet.**" in text
    assert "Not counted yet: total, mean." in text
    assert "0 of 0" not in text


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (("failed", "failed"), "nothing written, 0 of 8"),
        (("failed", "waiting"), "not yet graded by hand, 1 left blank"),
        (("by_hand", "failed"), "2 of 8 by hand, 1 left blank"),
        (("by_hand", "waiting"), "2 of 8 by hand, 1 not yet graded"),
        (("by_hand", "by_hand"), "4 of 8 by hand"),
    ],
)
def test_what_people_gave_is_told_from_what_nobody_had_to_read(
    part: Part, states: tuple[str, str], said: str
) -> None:
    points = {"failed": 0.0, "waiting": None, "by_hand": 2.0}
    rows = [
        replace(row, points=points[state], state=state)
        for row, state in zip(grades()[2:], states, strict=True)
    ]
    assert f"Written answers: **{said}**." in markdown(part, rows)


def test_it_can_be_written_whatever_the_reasons_hold(tmp_path: Path, part: Part) -> None:
    file = write_markdown(tmp_path / "reports", part, grades("caf\udce9"))
    assert "caf?" in file.read_text(encoding="utf-8")

"""What a learner is shown: reasons, nothing of the hidden tests, and no markup of anybody's."""

from __future__ import annotations

import html as html_lib
import json
import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from toy_class import PART, Grade, KeptEngine, ToyClass, answer, graded_cells, what_runs

from workshop.gradebook import session
from workshop.gradebook.course import Course
from workshop.gradebook.session import Session
from workshop.gradebook.submissions import submissions_of
from workshop.grading.engine import Engine

SCRIPT = "<script>alert('{}')</script><img src=x onerror=alert(1)>"
WRONG = {
    # Right for the visible tests; the hidden one adds up three of a kind.
    "forgets-doubles": "def total(numbers):\n    return sum(set(numbers))\n",
    "raises": "def total(numbers):\n    raise ValueError('no numbers today')\n",
    "does-not-load": "def total(:\n",
    "looks-at-its-caller": (
        "import sys, traceback\n\n\ndef total(numbers):\n"
        "    raise ValueError(''.join(traceback.format_stack()))\n"
    ),
    "ends": "import os\n\n\ndef total(numbers):\n    os._exit(3)\n",
    "markup": f"def total(numbers):\n    raise ValueError({SCRIPT.format('exception')!r})\n",
}


@pytest.fixture(scope="module")
def graded(built: Path, warm: Engine, tmp_path_factory: pytest.TempPathFactory) -> ToyClass:
    """A class in which everybody got `total` wrong, in a way of their own."""
    root = tmp_path_factory.mktemp("wrong") / "course"
    shutil.copytree(built, root)
    toy = ToyClass(root)
    for student, text in WRONG.items():
        toy.hand_in(student, {"tally/total.py": text})
    course = Course(root)
    course.ensure_assignment(toy.part)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "Engine", lambda: KeptEngine(warm.grade))
        with Session(course, toy.part) as run:
            for one in run.run(submissions_of(root, toy.part)):
                assert one.unsaved == ""
    return toy


def test_reasons_are_there_and_nothing_of_the_hidden_tests(graded: ToyClass) -> None:
    hidden = (graded.part.folder / "hidden_tests" / "test_kept_back.py").read_text("utf-8")
    secrets = [line.strip() for line in hidden.splitlines() if "unseen_by_learners" in line]
    assert len(secrets) == 2
    secrets += ["test_kept_back", "hidden_tests", "test_three_of_a_kind", "Traceback (most"]
    secrets += [str(graded.part.folder)]
    for student in WRONG:
        for text in graded.feedback(student):
            assert [secret for secret in secrets if secret in text] == [], student
    reasons = {
        "forgets-doubles": "three equal numbers should add up to three times the number",
        "raises": "tally/total.py, line 2: ValueError: no numbers today",
        "does-not-load": "tally/total.py, line 1: SyntaxError",
    }
    for student, reason in reasons.items():
        for text in graded.feedback(student):
            assert reason in text, student
    for text in graded.feedback("ends"):
        assert "ended" in text


def test_a_reason_is_no_markup(graded: ToyClass) -> None:
    markdown, html = graded.feedback("markup")
    assert "`tally/total.py, line 2: ValueError: <script>alert('exception')" in markdown
    assert what_runs(html) == what_runs(graded.feedback("raises")[1])
    assert "alert('exception')" in html
    outputs = [cell.get("outputs") for cell in graded_cells(graded.graded_notebook("markup"))]
    assert "alert('exception')" in html_lib.unescape(json.dumps(outputs))
    assert "<script" not in json.dumps(outputs)
    assert "&lt;tbody&gt;" not in html
    assert "&lt;br&gt;" not in html


def test_an_answer_and_a_file_are_no_markup(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    link = " [a link](javascript:alert(1)) </pre></div>\n\n# 100 points"
    toy.hand_in("harmless")
    toy.hand_in(
        "eve",
        {
            "tally/total.py": f"# ```\n# {SCRIPT.format('file')}\n```\n{SCRIPT.format('file')}\n",
            "tally/``` <script>alert(1)<.py": "x = 1\n",
        },
        notebook=lambda made: answer(made, {"why": SCRIPT.format("answer") + link}),
    )
    assert grade().code == 0
    html = toy.feedback("eve")[1]
    assert what_runs(html) == what_runs(toy.feedback("harmless")[1])
    for what in ("answer", "file"):
        assert (
            f"alert('{what}')" in html.replace("&#39;", "'").replace("&#x27;", "'") or what in html
        )
    assert "<h1" not in html.split("in your own words: why</span>")[1]


def test_a_page_made_anew_in_formgrader_takes_no_feedback_away(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    assert grade().code == 0
    before = toy.feedback("ada")
    toy.give("ada", "why", 3, "Well said.")
    Course(toy.root).feedback(toy.part, "ada")
    markdown, html = toy.feedback("ada")
    assert "Well said." in markdown
    assert "Well said." in html
    assert "Well said." not in "".join(before)


def loaded(html: str) -> list[str]:
    """What a browser fetches for a page."""
    page = BeautifulSoup(html, "html.parser")
    found = [str(tag.get("src") or tag.get("href")) for tag in page.find_all(["script", "link"])]
    found += [str(tag.get(name)) for tag in page.find_all() for name in ("src", "srcset")]
    found += re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")\s]+)", html)
    return [url for url in found if re.match(r"(https?:)?//", url)]


def test_feedback_loads_nothing_from_the_network_and_runs_nothing(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada", notebook=lambda made: answer(made, {"why": "Because $a^2 + b^2$."}))
    grade()
    picture = "Look: ![it](https://x.test/a.png) <img src='https://x.test/b.png'> and $c^2$"
    toy.give("ada", "why", 3, picture)
    grade()
    for file in (toy.root / "grading" / "reports").rglob("*.html"):
        html = file.read_text(encoding="utf-8")
        assert loaded(html) == []
        assert BeautifulSoup(html, "html.parser").find_all("script") == []
        assert "$a^2 + b^2$" in html
        assert "$c^2$" in html
    assert loaded("<script src='https://x.test/a.js'></script>") != [], "it would be found"


def test_the_page_of_formgrader_loads_nothing_from_the_network(
    toy: ToyClass, generous: KeptEngine, grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.hand_in("ada")
    grade()
    monkeypatch.chdir(toy.root)
    formgrader = FormgradeExtension()
    formgrader.root_dir = str(toy.root)
    formgrader.load_cwd_config = True
    formgrader.initialize([])
    exporter = HTMLExporter(config=formgrader.config)
    resources = {"base_url": "/x", "notebook_id": "lesson", "index": 0, "total": 1}
    graded = toy.root / "grading" / "autograded" / "ada" / PART / "lesson.ipynb"
    html, _ = exporter.from_filename(str(graded), resources=resources)
    assert "/x/formgrader/static/js/formgrade.js" in html, "it is formgrader's page"
    assert loaded(html) == []


def test_nothing_of_a_submission_is_copied_to_where_feedback_lies(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    (toy.root / "secret.txt").write_text("the key of the house")
    folder = toy.hand_in("eve")
    (folder / "data.csv").write_text("1,2\n")
    (folder / ".hidden").write_text("x")
    (folder / "link.txt").symlink_to(toy.root / "secret.txt")
    (folder / "tally" / "secret.py").symlink_to(toy.root / "secret.txt")
    assert grade().code == 0
    for place in ("autograded", "reports"):
        found = (toy.root / "grading" / place / "eve" / PART).rglob("*")
        assert {path.name for path in found} <= {"lesson.ipynb", "lesson.html", "feedback.md"}
    assert "the key of the house" not in "".join(toy.feedback("eve"))
    assert "the key of the house" not in str(toy.graded_notebook("eve"))

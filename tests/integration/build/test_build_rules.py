"""Each of the author's rules is broken once and must be the one that complains."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from toy_course import PART, everything

from workshop.build import command
from workshop.build.check import source_findings
from workshop.parts import all_parts


def run(root: Path, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([*arguments, "--root", str(root)]))


def findings(root: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The findings of `workshop build --check`, one line each."""
    capsys.readouterr()
    code = run(root, "--check", "--json")
    answer = json.loads(capsys.readouterr().out)
    assert code == (0 if answer["ok"] else 1)
    assert all(row["next"] for row in answer["findings"])
    return [f"{row['file']}: {row['problem']}" for row in answer["findings"]]


def change(file: str, old: str, new: str) -> Callable[[Path], None]:
    def breaks(part: Path) -> None:
        text = (part / file).read_text(encoding="utf-8")
        assert old in text
        (part / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return breaks


def add(file: str, text: str) -> Callable[[Path], None]:
    def breaks(part: Path) -> None:
        (part / file).parent.mkdir(exist_ok=True)
        (part / file).write_text(text, encoding="utf-8")

    return breaks


def cell(cell_id: str, **changes: object) -> Callable[[Path], None]:
    """Changes a lesson's cell: keys of the cell, or of its nbgrader metadata as nbgrader_…"""

    def breaks(part: Path) -> None:
        notebook = json.loads((part / "lesson.ipynb").read_text(encoding="utf-8"))
        (found,) = [c for c in notebook["cells"] if c["id"] == cell_id]
        for key, value in changes.items():
            if key.startswith("nbgrader_"):
                found["metadata"]["nbgrader"][key.removeprefix("nbgrader_")] = value
            else:
                found[key] = value
        (part / "lesson.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

    return breaks


TOML = "part.toml"
PRICE = "costmodel/price.py"
BROKEN = {
    # points, ids, hints
    "points = 30\nfile": (change(TOML, "points = 30\nfile", "points = 29\nfile"), "add up to 99"),
    "checks do not add up": (change(TOML, "points = 70\n\n", "points = 69\n\n"), "add up to 69"),
    "core": (change(TOML, '"stretch"', '"core"'), "core tasks' points add up to 100, not 70"),
    "hint": (
        change(TOML, 'hints = ["A month has 30 days here."]', ""),
        "task forecast has no hint",
    ),
    "task twice": (change(TOML, 'id = "forecast"', 'id = "price"'), "2 graded things called"),
    "odd id": (change(TOML, 'id = "thirty_days"', 'id = "thirty-days"'), "'thirty-days' is not"),
    "section": (change(TOML, 'section = "1.2"', 'section = "1.9"'), "which_mode is in section"),
    "loses": (change(TOML, "price.adds_up", "price.other"), "loses 'price.other', and no task"),
    "loses nothing": (change(TOML, '["price.adds_up"]', "[]"), "forgets_output loses nothing"),
    # minutes
    "title": (change(TOML, "The Reality Check", "Reality"), "it says 'Reality', 30 minutes"),
    "section minutes": (change(TOML, "minutes = 10", "minutes = 9"), "section 1.2 is not as in"),
    "core minutes": (change(TOML, "minutes = 6", "minutes = 11"), "take 11 minutes, the section"),
    "heading": (cell("case", source="## Case Study"), "no heading says 1.3"),
    "heading minutes": (
        cell("case", source="## 1.3 Case Study Analysis (11 min)"),
        "the heading of 1.3 does not say 10 min",
    ),
    # the lesson
    "no lesson": (lambda part: (part / "lesson.ipynb").unlink(), "missing or not a notebook"),
    "outputs": (cell("stand-in", execution_count=1), "is stored with outputs"),
    "same id": (cell("why", id="opening"), "2 cell(s) have the id 'opening'"),
    "hidden": (cell("gap", source="### BEGIN HIDDEN TESTS"), "holds 'HIDDEN TESTS'"),
    "no cell": (cell("price", nbgrader_grade_id="other"), "task price has 0 graded cells"),
    "unknown": (cell("price", nbgrader_grade_id="other"), "it grades 'other', which part.toml"),
    "unlocked": (cell("price", nbgrader_locked=False), "cell of price has the wrong nbgrader fl"),
    "stored points": (cell("price", nbgrader_points=70), "the cell of price stores points"),
    "kind": (cell("mode", cell_type="code"), "the cell of which_mode is a code cell"),
    "no question": (
        cell("why", cell_type="raw"),
        "no question stands before the answer which_mode",
    ),
    "silent": (cell("price", source='check("price");'), 'does not end in check("price")'),
    "other task": (cell("price", source='check("forecast")'), 'does not end in check("price")'),
    "no call": (cell("price", source='check("price")\n1.0'), 'does not end in check("price")'),
    # tests
    "untested": (
        change("tests/test_price.py", "forecast.thirty_days", "price.adds_up"),
        "no visible",
    ),
    "test of nothing": (
        change("tests/test_price.py", '@checks("price.adds_up")', ""),
        "test_both_kinds_of_tokens_count is evidence for no check",
    ),
    "unknown check": (
        change("hidden_tests/test_price_hidden.py", "price.adds_up", "price.typo"),
        "names the unknown check 'price.typo'",
    ),
    "broken test": (add("tests/test_broken.py", "def f(:\n"), "it does not parse"),
    # sources
    "stray": (add("notes.txt", "x"), "notes.txt: nobody said what this file is"),
    "stray copy": (add("costmodel/price-Copy1.py", ""), "price-Copy1.py: nobody said"),
    "stray binary": (add("costmodel/price.so", ""), "price.so: nobody said"),
    "stray wrong": (add("wrong_answers/old.toml", ""), "wrong_answers/old.toml: nobody said"),
    "stray folder": (add("notes/plan.md", ""), "notes/plan.md: nobody said"),
    "no file": (
        change(TOML, f'file = "{PRICE}"', 'file = "costmodel/p.py"'),
        "has no file costmodel",
    ),
    "no gap": (
        change(TOML, f'file = "{PRICE}"', 'file = "costmodel/__init__.py"'),
        "has no gap for task price",
    ),
    "second file": (
        change(TOML, f'file = "{PRICE}"', f'file = "{PRICE} and costmodel/p.py"'),
        "task price has no file costmodel/p.py",
    ),
    "not listed": (change(TOML, '"costmodel/*.py"', '"tests/*.py"'), "`files` does not list"),
    "matches nothing": (
        change(TOML, '["cost', '["x/*.py", "cost'),
        "'x/*.py', which matches nothing",
    ),
    "unbalanced": (
        change(PRICE, "    ### END SOLUTION\n", ""),
        "the region of line 11 is still open",
    ),
    "unformatted": (
        change(PRICE, "2_000", "(2_000)  "),
        "price.py: the finished edition is not form",
    ),
    # wrong answers
    "old gone": (change(PRICE, "* PROMPT_PRICE +", "* PROMPT_PRICE - -"), "stands 0 times"),
    "old twice": (
        change(
            "wrong_answers/forgets_output.toml",
            "prompt_tokens * PROMPT_PRICE + output_tokens * OUTPUT_PRICE",
            "prompt_tokens",
        ),
        "stands 2 times",
    ),
    "new broken": (
        change("wrong_answers/forgets_output.toml", '* PROMPT_PRICE"""\n', '* """\n'),
        "would not parse any more",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_found(name: str, course: Path, part_folder: Path):
    breaks, says = BROKEN[name]
    assert source_findings(all_parts(course)) == []
    breaks(part_folder)
    found = source_findings(all_parts(course))
    assert [finding.line() for finding in found if says in finding.line()]
    assert all(finding.next for finding in found)


def test_a_course_that_keeps_the_rules_passes(course: Path, capsys: pytest.CaptureFixture[str]):
    run(course)
    assert findings(course, capsys) == []
    assert run(course, "--check") == 0
    assert f"{PART}: every rule holds" in capsys.readouterr().out


def test_checking_changes_no_file(course: Path):
    run(course)
    before = everything(course)
    run(course, "--check")
    assert everything(course) == before


def test_drift_is_found_whichever_side_moved(course: Path, capsys: pytest.CaptureFixture[str]):
    run(course)
    exercises, solutions = course / "exercises" / PART, course / "solutions" / PART
    (exercises / "tests/test_price.py").write_text("# edited here\n", encoding="utf-8")
    (solutions / "lesson.ipynb").unlink()
    (solutions / "extra.py").write_text("", encoding="utf-8")
    (course / "exercises" / "part8").mkdir()
    (course / "exercises" / "part8" / "x.py").write_text("", encoding="utf-8")
    assert findings(course, capsys) == [
        f"exercises/{PART}/tests/test_price.py: it differs from what modules/ makes",
        f"solutions/{PART}/extra.py: no file in modules/ stands behind it",
        f"solutions/{PART}/lesson.ipynb: it is missing",
        "exercises/part8/x.py: it belongs to no part",
    ]
    run(course)
    assert findings(course, capsys) == []


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        (PRICE, "### BEGIN SOLUTION\n", "it holds the marker 'BEGIN SOLUTION'"),
        ("tests/test_price.py", "# ### END HIDDEN TESTS\n", "it holds the marker 'END HIDDEN"),
        ("hidden_tests/test_price_hidden.py", "", "this file is never released"),
        ("wrong_answers/forgets_output.toml", "", "this file is never released"),
        (TOML, "", "this file is never released"),
        (
            "tests/test_price.py",
            "    days_in_a_billing_month = 30\n",
            f"a line of the solution of {PRICE}: days_in_a_billing_month = 30",
        ),
    ],
)
def test_a_leak_into_exercises_is_found(
    course: Path, capsys: pytest.CaptureFixture[str], file: str, text: str, says: str
):
    run(course)
    leaked = course / "exercises" / PART / file
    leaked.parent.mkdir(exist_ok=True)
    leaked.write_text(text, encoding="utf-8")
    assert [line for line in findings(course, capsys) if says in line]


def test_a_solution_line_in_the_lesson_is_a_leak_although_json_escapes_it(
    course: Path, part_folder: Path, capsys: pytest.CaptureFixture[str]
):
    solution = 'return f"{per_day * 30:>12} \\"nano\\""'
    change(PRICE, "return per_day * days_in_a_billing_month", solution)(part_folder)
    cell("stand-in", source=f"def month(per_day):\n    {solution}\n")(part_folder)
    run(course)
    says = f"exercises/{PART}/lesson.ipynb: it holds a line of the solution of {PRICE}: {solution}"
    assert says in findings(course, capsys)


@pytest.mark.parametrize(
    ("line", "leaks"),
    [
        ("return per_day * 30 * len('days of it')", True),
        ("started_the_clock = time.monotonic()", False),
        ("hint_says_this = [30 * per_day]", False),
        ("def month(per_day: int) -> int:", False),
    ],
)
def test_idioms_and_what_a_hint_quotes_and_the_file_shows_are_no_leaks(
    course: Path,
    part_folder: Path,
    capsys: pytest.CaptureFixture[str],
    line: str,
    leaks: bool,
):
    change(TOML, "A month has 30", "Try hint_says_this = [30 * per_day]. A month has 30")(
        part_folder
    )
    nested = f"    {line}\n" + ("        return 0\n" if line.endswith(":") else "")
    change(PRICE, "    days_in_a_billing_month = 30\n", f"    days = 30\n{nested}")(part_folder)
    change(PRICE, "days_in_a_billing_month", "days")(part_folder)
    add("demos/shown.py", f"{line}\n")(part_folder)
    run(course)
    assert any("a line of the solution" in found for found in findings(course, capsys)) == leaks


def test_each_finding_is_one_line_that_names_file_and_next_command(
    course: Path, capsys: pytest.CaptureFixture[str]
):
    assert run(course, "--check") == 1
    *lines, verdict = capsys.readouterr().out.splitlines()
    assert f"exercises/{PART}: it is not built yet -> run: workshop build" in lines
    assert f"{PART}: {len(lines)} to mend" in verdict
    run(course)
    assert run(course, "--check") == 0

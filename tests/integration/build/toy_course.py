"""A whole course of one small part that keeps every rule, written into a folder by a test."""

import json
import textwrap
from pathlib import Path
from typing import Any

PART = "part1_reality_check"
REPOSITORY = Path(__file__).resolve().parents[3]

DESCRIPTION = f"""\
id = "{PART}"
number = 1
title = "The Reality Check"
minutes = 30
package = "costmodel"
files = ["costmodel/*.py"]

[[section]]
number = "1.1"
title = "Opening"
minutes = 5
[[section]]
number = "1.2"
title = "Why ML Projects Fail in Production"
minutes = 10
[[section]]
number = "1.3"
title = "Case Study Analysis"
minutes = 10
[[section]]
number = "1.4"
title = "The Production ML Mindset"
minutes = 5

[[task]]
id = "price"
title = "What a request costs"
section = "1.3"
kind = "core"
minutes = 6
points = 70
file = "costmodel/price.py"
hints = ["Multiply before you add."]
  [[task.check]]
  id = "adds_up"
  says = "prompt and output tokens both count"
  points = 70

[[task]]
id = "forecast"
title = "What a month costs"
section = "1.3"
kind = "stretch"
minutes = 6
points = 30
file = "costmodel/price.py"
hints = ["A month has 30 days here."]
  [[task.check]]
  id = "thirty_days"
  says = "a month is thirty days"
  points = 30

[[written]]
id = "which_mode"
section = "1.2"
points = 5
rubric = "Names one failure mode and says why."

[[wrong_answer]]
name = "forgets_output"
loses = ["price.adds_up"]
"""

WRONG_ANSWER = '''\
says = "bills the prompt only"
[[replace]]
file = "costmodel/price.py"
old = """prompt_tokens * PROMPT_PRICE + output_tokens * OUTPUT_PRICE"""
new = """prompt_tokens * PROMPT_PRICE"""
'''

PRICE = '''\
"""What tokens cost, in nano-dollars."""

PROMPT_PRICE = 2_000
### BEGIN SOLUTION
OUTPUT_PRICE = 10_000
### END SOLUTION


def price(prompt_tokens: int, output_tokens: int) -> int:
    """Nano-dollars for one request."""
    ### BEGIN SOLUTION
    return prompt_tokens * PROMPT_PRICE + output_tokens * OUTPUT_PRICE
    ### END SOLUTION


def month(per_day: int) -> int:
    """Nano-dollars for thirty days."""
    if per_day == 0:
        return 0
    ### BEGIN SOLUTION
    days_in_a_billing_month = 30
    return per_day * days_in_a_billing_month
    ### END SOLUTION
'''

VISIBLE_TEST = """\
from workshop.grading import checks


@checks("price.adds_up")
def test_both_kinds_of_tokens_count(worker):
    assert worker.call("costmodel.price:price", 1, 1) == 12_000


@checks("forecast.thirty_days")
def test_a_month_has_thirty_days(worker):
    assert worker.call("costmodel.price:month", 2) == 60
"""


def cell(kind: str, cell_id: str, source: str, **nbgrader: Any) -> dict[str, Any]:
    """A notebook cell; keywords become its nbgrader metadata."""
    metadata = {"nbgrader": {"schema_version": 3, "task": False, **nbgrader}} if nbgrader else {}
    made: dict[str, Any] = {"cell_type": kind, "id": cell_id, "metadata": metadata}
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return made | {"source": source.splitlines(keepends=True)}


def lesson() -> dict[str, Any]:
    """The lesson as a notebook. `check` is defined in a cell: the toy has no grading engine, its
    score is 0 as long as the file holds a stub."""
    graded = {"grade": True, "solution": False, "locked": True}
    stand_in = """
        from pathlib import Path

        def check(task):
            finished = "YOUR CODE" not in Path("costmodel/price.py").read_text(encoding="utf-8")
            return {"price": 70.0, "forecast": 30.0}[task] if finished else 0.0
    """
    cells = [
        cell("markdown", "opening", "# Part 1\n\n## 1.1 Opening (5 min)"),
        cell("markdown", "why", "## 1.2 Why ML Projects Fail in Production (10 min)"),
        cell(
            *("markdown", "mode", "The notebook trap, as nobody else can run it."),
            **{"grade": True, "solution": True, "locked": False, "grade_id": "which_mode"},
        ),
        cell("markdown", "case", "## 1.3 Case Study Analysis (10 min)"),
        cell("code", "stand-in", textwrap.dedent(stand_in).strip()),
        cell("code", "price", 'check("price")', grade_id="price", **graded),
        cell("code", "forecast", 'check("forecast")', grade_id="forecast", **graded),
        cell(
            *(
                "code",
                "gap",
                "### BEGIN SOLUTION\nanswer = 'six times seven is 42'\n### END SOLUTION",
            ),
            **{"grade": False, "solution": True, "locked": False, "grade_id": "play"},
        ),
        cell("markdown", "mindset", "## 1.4 The Production ML Mindset (5 min)"),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python", "version": "3.11.2"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(root: Path) -> Path:
    """Writes the course into `root`, with this repository's nbgrader_config.py. Returns the part's
    source folder."""
    part = root / "modules" / PART
    files = {
        "part.toml": DESCRIPTION,
        "lesson.ipynb": json.dumps(lesson(), indent=1),
        "costmodel/__init__.py": '"""Costs."""\n',
        "costmodel/price.py": PRICE,
        "tests/test_price.py": VISIBLE_TEST,
        "hidden_tests/test_price_hidden.py": VISIBLE_TEST,
        "wrong_answers/forgets_output.toml": WRONG_ANSWER,
        ".env.example": "OPENAI_API_KEY=\n",
        "costmodel/__pycache__/price.cpython-311.pyc": "what Python leaves behind",
    }
    for name, text in files.items():
        (part / name).parent.mkdir(parents=True, exist_ok=True)
        (part / name).write_text(text, encoding="utf-8")
    config = (REPOSITORY / "nbgrader_config.py").read_text(encoding="utf-8")
    (root / "nbgrader_config.py").write_text(config, encoding="utf-8")
    return part


def everything(folder: Path) -> dict[str, bytes]:
    """All files under `folder`, by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }

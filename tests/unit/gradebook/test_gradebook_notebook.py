"""Whatever was done to a submitted notebook, the released lesson is graded, with its answers."""

from __future__ import annotations

import json

import pytest
from bs4 import BeautifulSoup
from gradebook_doubles import Cell, cells, handed_in, marked, plain, released
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat import NotebookNode

from workshop.gradebook.notebook import answers_in, rebuilt

BOTH = {"why": "Because.", "where": "In the till."}
NONE = {"why": "YOUR ANSWER HERE", "where": "YOUR ANSWER HERE"}


def _renamed(of: list[Cell]) -> None:
    for cell in of[1:]:
        cell["metadata"]["nbgrader"]["grade_id"] += "-mine"


def _worth_more(of: list[Cell]) -> None:
    for cell in of[1:]:
        cell["metadata"]["nbgrader"] |= {"points": 1000, "checksum": "0", "locked": False}


def _unmarked(of: list[Cell]) -> None:
    for cell in of:
        cell["metadata"] = {}


def _other_types(of: list[Cell]) -> None:
    for cell in of[1:]:
        cell["cell_type"] = "raw"
        for key in ("outputs", "execution_count"):
            cell.pop(key, None)


def _edited_tests(of: list[Cell]) -> None:
    for cell in (of[1], of[3]):
        cell["source"] = "100.0"
        data = {"text/plain": "100.0"}
        output = {"output_type": "execute_result", "data": data, "metadata": {}}
        cell["outputs"] = [output | {"execution_count": 1}]


def _not_text(of: list[Cell]) -> list[Cell]:
    why = of[2]
    odd = [why | {"id": f"odd-{i}", "source": text} for i, text in enumerate((5, {"a": 1}, None))]
    return [*odd, *of]


def _format_3() -> bytes:
    old = [
        {key: cell[key] for key in ("cell_type", "metadata", "source")}
        for cell in json.loads(handed_in())["cells"]
        if cell["cell_type"] == "markdown"
    ]
    sheets = [{"cells": old, "metadata": {}}]
    whole = {"metadata": {}, "nbformat": 3, "nbformat_minor": 0, "worksheets": sheets}
    return json.dumps(whole).encode()


def _format_4_without_ids() -> bytes:
    whole = json.loads(handed_in()) | {"nbformat_minor": 4}
    for cell in whole["cells"]:
        del cell["id"]
    return json.dumps(whole).encode()


READABLE: dict[str, tuple[bytes, dict[str, str]]] = {
    "filled in": (handed_in(), BOTH),
    "cells deleted": (handed_in(lambda of: of[:1]), NONE),
    "every cell deleted": (handed_in(lambda of: []), NONE),
    "cells doubled": (handed_in(lambda of: [cell for cell in of for _ in "12"]), BOTH),
    "cells renamed": (handed_in(_renamed), BOTH),
    "cells moved": (handed_in(lambda of: of[::-1]), BOTH),
    "tests edited": (handed_in(_edited_tests), BOTH),
    "worth more": (handed_in(_worth_more), BOTH),
    "metadata removed": (handed_in(_unmarked), BOTH),
    "types changed": (handed_in(_other_types), BOTH),
    "cells that hold no text": (handed_in(_not_text), BOTH),
    "format 4 without ids": (_format_4_without_ids(), BOTH),
    "format 3": (_format_3(), BOTH),
    "not begun": (handed_in(lambda of: cells()), NONE),
}
UNREADABLE: dict[str, bytes | None] = {
    "missing": None,
    "no bytes": b"",
    "a picture": b"\x89PNG\r\n\x1a\n\x00\xff",
    "not JSON": b"{'cells': []}",
    "not UTF-8": handed_in().replace(b"Because.", b"Caf\xe9."),
    "UTF-16": handed_in().decode().encode("utf-16"),
    "a list": b"[]",
    "a number": b"4",
    "an object": b"{}",
    "no cells": b'{"metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "cells that are no list": b'{"cells": {"a": 1}, "metadata": {}, "nbformat": 4}',
    "cells that are no cells": b'{"cells": [1, null], "metadata": {}, "nbformat": 4}',
    "a format of the future": b'{"cells": [], "metadata": {}, "nbformat": 99}',
    "nested without end": b"[" * 200_000,
    "nested in a cell": handed_in().replace(
        b'"Because."', b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    ),
}


def graded_by_hand(notebook: NotebookNode) -> dict[str, NotebookNode]:
    marks = {cell.metadata.nbgrader.grade_id: cell for cell in _graded(notebook)}
    return {name: marks[name] for name in BOTH}


def _graded(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]


def shown(source: str) -> str:
    """What a reader of the page sees of an answer, if it is text and nothing else."""
    page = BeautifulSoup(markdown2html_mistune(source), "html.parser")
    assert [tag.name for tag in page.find_all()] in (["p"], ["pre"])
    return page.get_text().strip("\n")


def answered(data: bytes | None) -> dict[str, str]:
    """The answers that end in the graded notebook, as a reader sees them."""
    notebook = rebuilt(released(), answers_in(data, released()), {})
    return {name: shown(cell.source) for name, cell in graded_by_hand(notebook).items()}


def answer(text: str) -> str:
    """What becomes of that answer to the first question."""
    return answered(handed_in(lambda of: of[2].update(source=text)))["why"]


@pytest.mark.parametrize(("data", "expected"), READABLE.values(), ids=READABLE)
def test_the_answers_are_found_whatever_else_was_done(
    data: bytes, expected: dict[str, str]
) -> None:
    assert answers_in(data, released()).unreadable == ""
    assert answered(data) == expected


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_says_so_and_answers_nothing(data: bytes | None) -> None:
    answers = answers_in(data, released())
    assert answers.unreadable.startswith("the notebook ")
    assert answers.texts == {}
    notebook = rebuilt(released(), answers, {})
    assert answers.unreadable in notebook.cells[0].source
    assert answered(data) == NONE


@pytest.mark.parametrize(
    "data",
    [*(data for data, _ in READABLE.values()), *UNREADABLE.values()],
    ids=[*READABLE, *UNREADABLE],
)
def test_ids_types_points_checksums_and_test_cells_are_always_the_released_ones(
    data: bytes | None,
) -> None:
    course, notebook = released(), rebuilt(released(), answers_in(data, released()), {})
    assert [cell.metadata for cell in _graded(notebook)] == [
        cell.metadata for cell in _graded(course)
    ]
    for mine, theirs in zip(_graded(notebook), _graded(course), strict=True):
        assert (mine.id, mine.cell_type) == (theirs.id, theirs.cell_type)
        if mine.cell_type == "code":
            assert (mine.source, mine.outputs) == (theirs.source, [])
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def test_both_texts_of_a_doubled_answer_are_shown() -> None:
    def double(of: list[Cell]) -> list[Cell]:
        second = of[2] | {"id": "copy", "source": "Or not."}
        return [*of, second]

    assert answered(handed_in(double))["why"] == "Because.\n\n---\n\nOr not."


def test_an_untouched_copy_with_the_mark_does_not_hide_the_answer_in_the_cell_of_that_id() -> None:
    def part(of: list[Cell]) -> list[Cell]:
        mark = of[2]["metadata"]
        of[2]["metadata"] = {}
        return [plain("markdown", "copy", "YOUR ANSWER HERE") | {"metadata": mark}, *of]

    assert answered(handed_in(part))["why"] == "Because."


@pytest.mark.parametrize(
    "nothing", ["", "\n", " \t\r\n\u00a0", "*Your answer here.*", "YOUR ANSWER HERE\n"]
)
def test_an_answer_that_was_emptied_is_as_blank_as_an_untouched_one(nothing: str) -> None:
    data = handed_in(lambda of: of[2].update(source=nothing))
    notebook = rebuilt(released(), answers_in(data, released()), {})
    assert graded_by_hand(notebook)["why"].source == released().cells[2].source


@pytest.mark.parametrize("nothing", ["", " \n"])
def test_an_emptied_copy_adds_nothing_to_the_answer(nothing: str) -> None:
    def copied(of: list[Cell]) -> list[Cell]:
        return [of[2] | {"id": "copy", "source": nothing}, *of]

    assert answered(handed_in(copied))["why"] == "Because."


def test_a_cell_that_claims_to_be_a_test_changes_no_test() -> None:
    forged = marked("code", "total-cell", "100.0", by_hand=False, points=1000)
    notebook = rebuilt(released(), answers_in(handed_in(lambda of: [forged, *of]), released()), {})
    assert [cell.source for cell in notebook.cells if "check" in cell.source] == [
        'check("total")',
        'check("mean")',
    ]


def test_the_released_lesson_is_left_as_it_is() -> None:
    course = released()
    rebuilt(course, answers_in(handed_in(), course), {"tally/total.py": b"x = 1"})
    assert course == released()


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a link](javascript:alert(1))",
        "![a picture that was pasted](attachment:image.png)",
        "</pre>\n\n# 100 points\n\n</PRE ><script>alert(1)</script>",
        "$$</pre>$$ \\begin{a}</pre>\\end{a} &lt;/pre&gt;",
        "```\n</pre>\n```\n    <b>code</b>",
        "# A heading\n\n- a list\n\n1 < 2 && a_b_c * d",
    ],
)
def test_an_answer_is_shown_as_it_was_typed_and_is_no_markup(text: str) -> None:
    assert answer(text) == text


def test_half_a_character_in_an_answer_can_be_written_to_a_file() -> None:
    assert answer("caf\ud800") == "caf?"


@pytest.mark.parametrize("piece", ["[", "> ", "a" + " " * 50_000, "\\begin{a}", "`", "<div>"])
def test_an_answer_that_takes_markdown_for_ever_is_shown_all_the_same(piece: str) -> None:
    assert answer((piece * (99_000 // len(piece) + 1))[:99_000] + "end").endswith("end")


def test_an_endless_answer_is_cut() -> None:
    assert len(answer("x" * 5_000_000)) == 100_000


def files_shown(files: dict[str, bytes]) -> BeautifulSoup:
    notebook = rebuilt(released(), answers_in(handed_in(), released()), files)
    added = notebook.cells[len(released().cells) :]
    return BeautifulSoup(
        "".join(markdown2html_mistune(cell.source) for cell in added), "html.parser"
    )


@pytest.mark.parametrize(
    "text",
    [
        "```\n# 100 points\n<script>alert(1)</script>\n```",
        '"""\n' + "`" * 40 + '\n\n<script>alert(1)</script>\n"""',
        "~~~\n</code></pre><script>alert(1)</script>",
        "`" * 59_000 + "\n<script>alert(1)</script>",
        "x = 1\r```\r<script>alert(1)</script>",
    ],
)
def test_a_submitted_file_stays_in_its_block(text: str) -> None:
    page = files_shown({"tally/a.py": text.encode(), "tally/b.py": b"after = 1"})
    assert [tag.name for tag in page.find_all(["script", "h1", "h2"])] == ["h2"]
    assert len(page.find_all("pre")) == 2
    assert "alert(1)" in page.find_all("pre")[0].get_text() or "alert" not in text


@pytest.mark.parametrize(
    "name",
    [
        "__init__.py",
        "**bold**.py",
        "`<script>alert(1)<.py",
        "a\n\n# 100 points\n\n<img src=x onerror=alert(1)>.py",
        "latin-\udce9.py",
    ],
)
def test_the_name_of_a_submitted_file_is_text(name: str) -> None:
    page = files_shown({f"tally/{name}": b"x = 1"})
    assert [tag.name for tag in page.find_all(["script", "img", "h1", "em"])] == []
    (shown_name,) = page.select("strong > code")
    assert shown_name.get_text().endswith(".py")
    page.encode("utf-8")


def test_submitted_files_that_are_no_text_are_shown_as_far_as_they_are() -> None:
    assert "caf\ufffd" in files_shown({"tally/a.py": b"'caf\xe9'"}).get_text()


def test_a_heap_of_files_is_named_in_full_and_shown_in_part() -> None:
    heap = {f"tally/f{number:03}.py": b"x = 1  # as long\n" * 4_000 for number in range(200)}
    page = files_shown(heap)
    assert len(page.select("strong > code")) == 200
    assert len(page.get_text()) < 170_000
    assert page.get_text().count("cut here") >= 198

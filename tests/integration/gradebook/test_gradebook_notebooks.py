"""Notebooks to which everything was done: nbgrader gets the released lesson, and runs no cell."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

from toy_class import ANSWERS, PART, Grade, KeptEngine, Notebook, ToyClass, answer, graded_cells


def _deleted(notebook: Notebook) -> Notebook:
    return notebook | {"cells": [c for c in notebook["cells"] if c not in graded_cells(notebook)]}


def _doubled(notebook: Notebook) -> Notebook:
    second = answer(copy.deepcopy(notebook), {"why": "Or not."})
    return notebook | {"cells": notebook["cells"] + second["cells"]}


def _tampered(notebook: Notebook) -> Notebook:
    for cell in graded_cells(notebook):
        cell["metadata"]["nbgrader"] |= {"points": 1000, "locked": False, "checksum": "0"}
        if cell["cell_type"] == "code":
            cell["source"] = "100.0"
    return notebook | {"cells": notebook["cells"][::-1]}


def _unmarked(notebook: Notebook) -> Notebook:
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    return notebook


def _retyped(notebook: Notebook) -> Notebook:
    for cell in graded_cells(notebook):
        cell["cell_type"] = "raw"
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
    return notebook


def _format_3(notebook: Notebook) -> Notebook:
    cells = [
        {key: cell[key] for key in ("cell_type", "metadata", "source")}
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
    ]
    sheets = [{"cells": cells, "metadata": {}}]
    return {"metadata": {}, "nbformat": 3, "nbformat_minor": 0, "worksheets": sheets}


def _odd_text(notebook: Notebook) -> Notebook:
    pasted = "![pasted](attachment:image.png) caf\ud800"
    return answer(notebook, {"why": pasted})


READ: dict[str, tuple[Callable[[Notebook], Notebook], str]] = {
    "deleted": (_deleted, ""),
    "doubled": (_doubled, "Or not."),
    "tampered": (_tampered, ANSWERS["why"]),
    "unmarked": (_unmarked, ANSWERS["why"]),
    "retyped": (_retyped, ANSWERS["why"]),
    "format-3": (_format_3, ANSWERS["why"]),
    "odd-text": (_odd_text, "![pasted](attachment:image.png) caf?"),
    "empty": (lambda notebook: notebook | {"cells": []}, ""),
}
UNREAD: dict[str, bytes | None] = {
    "missing": None,
    "not-json": b"no notebook",
    "not-utf-8": b"\xff\xfe",
    "no-notebook": b'{"a": 1}',
    "nested": b"[" * 200_000,
}


def test_nbgrader_gets_the_released_cells_and_points_and_the_answers_that_can_be_read(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    for student, (change, _) in READ.items():
        toy.hand_in(student, notebook=change)
    for student, data in UNREAD.items():
        toy.hand_in(student, notebook=lambda _, data=data: data)
    big = toy.hand_in("big") / "lesson.ipynb"
    with big.open("ab") as file:
        file.truncate(25 << 20)
    link = toy.hand_in("link") / "lesson.ipynb"
    link.rename(toy.root / "secret.ipynb")
    link.symlink_to(toy.root / "secret.ipynb")

    outcome = grade()

    assert outcome.code == 0, outcome.out
    released = json.loads((toy.root / "exercises" / PART / "lesson.ipynb").read_text())
    course = [(c["id"], c["cell_type"], c["metadata"]) for c in graded_cells(released)]
    points = toy.gradebook_points()
    for student in (*READ, *UNREAD, "big", "link"):
        made = graded_cells(toy.graded_notebook(student))
        assert [(c["id"], c["cell_type"], c["metadata"]) for c in made] == course, student
        assert [c["source"] for c in made if c["cell_type"] == "code"] == [
            'check("total")',
            'check("mean")',
        ]
        assert (points[student]["total"], points[student]["mean"]) == (10, 5), student
        why = next(c["source"] for c in made if c["id"] == "why-cell")
        text = READ[student][1] if student in READ else ""
        assert text in why
        not_begun = student in READ and not text
        assert points[student]["why"] == (0 if not_begun else None), student
        assert len(toy.feedback(student)[1]) > 1000
    assert "In the till." not in json.dumps(toy.graded_notebook("link"))


CREATES = "from pathlib import Path\nPath({file!r}).touch()\n"


def creating(file: Path) -> Callable[[Notebook], Notebook]:
    """Every cell of the notebook creates the file, were it run."""

    def change(notebook: Notebook) -> Notebook:
        for cell in notebook["cells"]:
            cell["source"] = CREATES.format(file=str(file))
        first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
        more = [copy.deepcopy(first) | {"id": f"more-{n}", "metadata": {}} for n in range(2)]
        return notebook | {"cells": [*more, *notebook["cells"]]}

    return change


def test_no_cell_of_a_submitted_notebook_is_ever_run(
    toy: ToyClass, generous: KeptEngine, grade: Grade, tmp_path: Path
) -> None:
    toy.hand_in("eve", notebook=creating(tmp_path / "was-run"))
    assert grade().code == 0
    assert toy.gradebook_points()["eve"]["total"] == 10
    assert not (tmp_path / "was-run").exists()


def test_an_answer_that_was_emptied_is_blank_and_waits_for_nobody(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada", notebook=lambda made: answer(made, {"why": "", "where": " \n\n"}))
    outcome = grade()
    rows = toy.rows()["ada"]
    assert {task: (rows[task]["points"], rows[task]["state"]) for task in ANSWERS} == (
        dict.fromkeys(ANSWERS, ("0", "failed"))
    )
    assert "blank" in outcome.out
    assert "written answers" not in outcome.out, "nobody has to read them"
    assert toy.gradebook_points()["ada"] == {"total": 10, "mean": 5, "why": 0, "where": 0}


def test_the_time_stamp_of_a_submission_reaches_the_gradebook(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    folder = toy.hand_in("ada")
    (folder / "timestamp.txt").write_text("2026-03-01 10:00:00 UTC\n")
    grade()
    with toy.gradebook() as gradebook:
        submitted = gradebook.find_submission(PART, "ada").timestamp
    assert str(submitted) == "2026-03-01 10:00:00"
    brought = toy.root / "grading" / "autograded" / "ada" / PART / "timestamp.txt"
    assert brought.read_text() == "2026-03-01 10:00:00 UTC\n", "nbgrader asks it what is newer"

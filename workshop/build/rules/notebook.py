"""The lesson as it is stored: its graded cells, its ids, no outputs."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from workshop.build.files import LESSON
from workshop.build.rules.finding import Finding, in_part
from workshop.parts import Part

_MARKS = ("grade", "solution", "locked")
_GRADED = {"grade": True, "solution": False, "locked": True}
_WRITTEN = {"grade": True, "solution": True, "locked": False}
_SCHEMA_VERSION = 3


def read_notebook(part: Part) -> Any | None:
    """The part's lesson, or None if it cannot be read (a finding of this module)."""
    path = part.folder / LESSON
    try:
        return nbformat.from_dict(_stored(path))  # type: ignore[no-untyped-call]
    except (OSError, ValueError):
        return None


def findings(part: Part) -> Iterator[Finding]:
    notebook = read_notebook(part)
    if notebook is None:
        yield in_part(part, LESSON, "it is missing or not a notebook", "write it")
        return
    for problem, next_step in (
        *_storage(notebook),
        *_ids(notebook),
        *_graded_cells(part, notebook),
        *_written_cells(part, notebook),
        *_others(part, notebook),
    ):
        yield in_part(part, LESSON, problem, next_step)


def _stored(path: Path) -> Any:
    # Not nbformat.read: that mends what is stored (missing ids), and the rules want to see it.
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if isinstance(cell["source"], list):
            cell["source"] = "".join(cell["source"])
    return notebook


def _storage(notebook: Any) -> Iterator[tuple[str, str]]:
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and (cell.get("outputs") or cell.get("execution_count")):
            yield f"cell {index} is stored with outputs", "clear all outputs and save"
        for marker in ("HIDDEN TESTS", "MARK SCHEME", "AUTOTEST"):
            if marker in cell.source:
                yield f"cell {index} holds {marker!r}", "put tests into hidden_tests/"


def _ids(notebook: Any) -> Iterator[tuple[str, str]]:
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        yield "its format is older than 4.5, without cell ids", "save it with JupyterLab 4"
    ids = Counter(cell.get("id") for cell in notebook.cells)
    for cell_id, times in ids.items():
        if cell_id is None or times > 1:
            yield f"{times} cell(s) have the id {cell_id!r}", "give each cell its own id"


def _marks(cell: Any) -> dict[str, Any]:
    return dict(cell.metadata.get("nbgrader", {}))


def _with_id(notebook: Any, grade_id: str) -> list[Any]:
    return [cell for cell in notebook.cells if _marks(cell).get("grade_id") == grade_id]


def _graded_cells(part: Part, notebook: Any) -> Iterator[tuple[str, str]]:
    for task in part.tasks:
        cells = _with_id(notebook, task.id)
        if len(cells) != 1:
            yield (
                f"task {task.id} has {len(cells)} graded cells, not 1",
                f"mark one code cell with grade_id {task.id!r}",
            )
        for cell in cells:
            yield from _flags(cell, task.id, _GRADED, "code")
            if not _ends_in_check(cell.source, task.id):
                yield f'the cell of {task.id} does not end in check("{task.id}")', "end it so"


def _written_cells(part: Part, notebook: Any) -> Iterator[tuple[str, str]]:
    for written in part.written:
        cells = _with_id(notebook, written.id)
        if len(cells) != 1:
            yield (
                f"written answer {written.id} has {len(cells)} cells, not 1",
                f"mark one markdown cell with grade_id {written.id!r}",
            )
        for cell in cells:
            yield from _flags(cell, written.id, _WRITTEN, "markdown")
            if not _follows_a_question(notebook, cell):
                yield (
                    f"no question stands before the answer {written.id}; nbgrader takes out what "
                    "stands in the answer's own cell",
                    "put the question into a markdown cell of its own before it",
                )


def _follows_a_question(notebook: Any, answer: Any) -> bool:
    before = notebook.cells[: notebook.cells.index(answer)][-1:]
    return any(cell.cell_type == "markdown" and not _marks(cell).get("grade") for cell in before)


def _flags(
    cell: Any, name: str, wanted: dict[str, bool], cell_type: str
) -> Iterator[tuple[str, str]]:
    marks = _marks(cell)
    if cell.cell_type != cell_type:
        yield f"the cell of {name} is a {cell.cell_type} cell", f"make it a {cell_type} cell"
    if {mark: marks.get(mark) for mark in _MARKS} != wanted:
        flags = ", ".join(f"{mark}: {str(value).lower()}" for mark, value in wanted.items())
        yield f"the cell of {name} has the wrong nbgrader flags", f"set {flags}"
    if marks.get("schema_version") != _SCHEMA_VERSION:
        yield f"the cell of {name} has another nbgrader schema", "set schema_version: 3"
    if marks.get("points"):
        yield f"the cell of {name} stores points", "delete them; they stand in part.toml"


def _ends_in_check(source: str, task_id: str) -> bool:
    """Whether the cell's value is the score: its last line calls check for this very task."""
    try:
        last = ast.parse(source).body[-1]
    except (SyntaxError, IndexError):
        return False
    if not isinstance(last, ast.Expr) or not isinstance(last.value, ast.Call):
        return False
    call, silenced = last.value, source.rstrip().endswith(";")
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    arguments = [a.value for a in call.args if isinstance(a, ast.Constant)]
    return name == "check" and arguments[-1:] == [task_id] and not silenced


def _others(part: Part, notebook: Any) -> Iterator[tuple[str, str]]:
    known = {task.id for task in part.tasks} | {written.id for written in part.written}
    for cell in notebook.cells:
        marks = _marks(cell)
        if marks.get("grade") and marks.get("grade_id") not in known:
            yield (
                f"it grades {marks.get('grade_id')!r}, which part.toml does not know",
                "add the task to part.toml, or remove the cell's nbgrader metadata",
            )

"""The notebook that is graded: the released one, with the learner's written answers in it.

Whatever was done to a submitted notebook (cells deleted, doubled, renamed, moved or edited,
metadata changed, an older format, no notebook at all), what reaches the gradebook is the released
lesson with the points and ids of the course. Only the text of the written answers is taken over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode

_MAX_SHOWN = 60_000
_MAX_ANSWER = 100_000


@dataclass(frozen=True)
class Answers:
    """What a learner wrote, by the id of the question; `unreadable` says why there is nothing."""

    texts: Mapping[str, str]
    unreadable: str = ""


def answers_in(data: bytes | None, released: NotebookNode) -> Answers:
    """The written answers in a submitted notebook, which may be anything."""
    if data is None:
        return Answers({}, "the notebook is missing, or larger than 20 MB")
    try:
        submitted = nbformat.reads(data.decode("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
        cells = [cell for cell in submitted.cells if isinstance(cell.source, str)]
        found = {
            question.metadata.nbgrader.grade_id: _answer(question, cells)
            for question in written_cells(released)
        }
    except Exception as problem:
        # nbformat raises whatever its parsers happen to raise for a file that is no notebook.
        return Answers({}, f"the notebook cannot be read: {type(problem).__name__}")
    return Answers(found)


def rebuilt(released: NotebookNode, answers: Answers, files: Mapping[str, bytes]) -> NotebookNode:
    """The released notebook with the answers, and with the submitted files at its end to read."""
    notebook: NotebookNode = nbformat.from_dict(released)  # type: ignore[no-untyped-call]
    for question in written_cells(notebook):
        text = answers.texts.get(question.metadata.nbgrader.grade_id)
        if text is not None:
            question.source = text
    if answers.unreadable:
        notebook.cells.insert(0, _note("not-readable", f"**{answers.unreadable}**"))
    notebook.cells.extend(_submitted_files(files))
    return notebook


def written_cells(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """The cells that hold a learner's words and are graded by hand."""
    for cell in notebook.cells:
        marked = cell.metadata.get("nbgrader", {})
        if marked.get("grade") and marked.get("solution"):
            yield cell


def _answer(question: NotebookNode, cells: Iterable[NotebookNode]) -> str:
    """Cells with the question's id in nbgrader's metadata, else with its cell id; all that differ
    from the released text, so that a doubled cell hides nothing from whoever grades."""
    grade_id = question.metadata.nbgrader.grade_id
    by_mark = [cell for cell in cells if _grade_id(cell) == grade_id]
    found = by_mark or [cell for cell in cells if cell.get("id") == question.get("id")]
    texts = dict.fromkeys(cell.source for cell in found if cell.source != question.source)
    joined = "\n\n---\n\n".join(texts)
    return joined[:_MAX_ANSWER] if texts else question.source


def _grade_id(cell: NotebookNode) -> Any:
    marked = cell.metadata.get("nbgrader")
    return marked.get("grade_id") if isinstance(marked, dict) else None


def _submitted_files(files: Mapping[str, bytes]) -> Iterator[NotebookNode]:
    if files:
        yield _note("submitted-files", "## What was submitted")
    for number, (path, data) in enumerate(sorted(files.items())):
        text = data.decode("utf-8", errors="replace")
        cut = "\n… (cut here)" if len(text) > _MAX_SHOWN else ""
        fence = "`" * max(3, 1 + _longest_run(text))
        block = f"**{path}**\n\n{fence}python\n{text[:_MAX_SHOWN]}{cut}\n{fence}"
        yield _note(f"submitted-file-{number}", block)


def _longest_run(text: str) -> int:
    longest = run = 0
    for char in text:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    return longest


def _note(name: str, text: str) -> NotebookNode:
    cell: NotebookNode = nbformat.v4.new_markdown_cell(text)  # type: ignore[no-untyped-call]
    cell["id"] = name
    return cell

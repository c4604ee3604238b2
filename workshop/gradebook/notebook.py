"""The notebook that is graded: the released one, with the learner's written answers in it.

Whatever was done to a submitted notebook (cells deleted, doubled, renamed, moved or edited,
metadata changed, an older format, no notebook at all), what reaches the gradebook is the released
lesson with the points and ids of the course. Only the text of the written answers is taken over,
as it was typed: nbgrader's pages clean nothing, so Markdown would bring scripts, links and missing
images into feedback and formgrader.
"""

from __future__ import annotations

import html
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode

# Characters of submitted files: a second of rendering for each 50,000.
_MAX_SHOWN, _MAX_SHOWN_IN_ALL = 60_000, 150_000
RUBRIC = "production_ml_rubric"
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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about missing and doubled ids: nobody reads them
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


def why_unreadable(data: bytes | None) -> str:
    """Why a submitted notebook gives no answers; nothing if it is a notebook."""
    return answers_in(data, nbformat.v4.new_notebook()).unreadable  # type: ignore[no-untyped-call]


def rebuilt(
    released: NotebookNode,
    answers: Answers,
    files: Mapping[str, bytes],
    rubrics: Mapping[str, str] | None = None,
) -> NotebookNode:
    """The released notebook with the answers, and with the submitted files at its end to read.

    A question's rubric stands under its answer, for whoever grades; feedback leaves it out.
    """
    notebook: NotebookNode = nbformat.from_dict(released)  # type: ignore[no-untyped-call]
    for question in written_cells(notebook):
        text = answers.texts.get(question.metadata.nbgrader.grade_id)
        if text is not None and text != question.source:
            question.source = _as_typed(text)
    _put_beside(notebook, rubrics or {})
    if answers.unreadable:
        notebook.cells.insert(0, note("not-readable", f"**{answers.unreadable}**"))
    notebook.cells.extend(_submitted_files(files))
    return notebook


def without_rubrics(notebook: NotebookNode) -> NotebookNode:
    """For the learner: the notebook as it was graded, but for the rubrics."""
    notebook.cells = [cell for cell in notebook.cells if not cell.metadata.get(RUBRIC)]
    return notebook


def _put_beside(notebook: NotebookNode, rubrics: Mapping[str, str]) -> None:
    for question in list(written_cells(notebook)):
        name = question.metadata.nbgrader.grade_id
        if name in rubrics:
            shown = note(f"rubric-{name}", f"**What to look for**\n\n{_listed(rubrics[name])}")
            shown.metadata[RUBRIC] = True
            notebook.cells.insert(notebook.cells.index(question) + 1, shown)


def _listed(rubric: str) -> str:
    return "\n".join(f"- {line}" for line in rubric.strip().splitlines())


def written_cells(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """The cells that hold a learner's words and are graded by hand."""
    for cell in notebook.cells:
        marked = cell.metadata.get("nbgrader", {})
        if marked.get("grade") and marked.get("solution"):
            yield cell


def _answer(question: NotebookNode, cells: Iterable[NotebookNode]) -> str:
    """Cells with the question's id in nbgrader's metadata or as their own; all that differ from the
    released text, so that a doubled cell hides nothing from whoever grades. An emptied cell, or one
    that asks for an answer, has nothing to read: with no other text the answer is the released one,
    and so blank."""
    grade_id = question.metadata.nbgrader.grade_id
    found = [c for c in cells if _grade_id(c) == grade_id or c.get("id", "") == question.get("id")]
    texts = dict.fromkeys(cell.source for cell in found if not _asks(cell.source))
    joined = "\n\n---\n\n".join(texts)
    return joined[:_MAX_ANSWER] if texts else question.source


def _asks(text: str) -> bool:
    """Whether it is empty, or what either edition has where an answer should be."""
    return text.strip("*_. \t\r\n\u00a0").casefold() in ("", "your answer here")


def _grade_id(cell: NotebookNode) -> Any:
    marked = cell.metadata.get("nbgrader")
    return marked.get("grade_id") if isinstance(marked, dict) else None


def _submitted_files(files: Mapping[str, bytes]) -> Iterator[NotebookNode]:
    if files:
        yield note("submitted-files", "## What was submitted")
    left = _MAX_SHOWN_IN_ALL
    for number, (path, data) in enumerate(sorted(files.items())):
        text = data.decode("utf-8", errors="replace")
        shown = text[: min(left, _MAX_SHOWN)]
        left -= len(shown)
        cut = "\n… (cut here)" if len(shown) < len(text) else ""
        fence = "`" * max(3, 1 + _longest_run(shown))
        block = f"**{_as_code(path)}**\n\n{fence}python\n{shown}{cut}\n{fence}"
        yield note(f"submitted-file-{number}", block)


def _as_typed(text: str) -> str:
    """Markdown that shows the text, whatever stands in it: HTML to its last line."""
    whole = text.encode("utf-8", errors="replace").decode()  # JSON may hold half a character
    return f'<pre style="white-space: pre-wrap">\n{html.escape(whole)}\n</pre>'


def _as_code(path: str) -> str:
    """A file's name as Markdown; it may hold anything but a slash."""
    plain = "".join(char if char.isprintable() else "\ufffd" for char in path)
    return f"`{plain.replace('`', chr(0x2019))}`"


def _longest_run(text: str) -> int:
    longest = run = 0
    for char in text:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    return longest


def note(name: str, text: str) -> NotebookNode:
    """A cell of ours with this id."""
    cell: NotebookNode = nbformat.v4.new_markdown_cell(text)  # type: ignore[no-untyped-call]
    cell["id"] = name
    return cell

"""The lesson, run top to bottom as an attendee would, in both editions."""

import os
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from workshop.parts import find_part, repository_root

ROOT = repository_root()
PART = find_part(ROOT, "2")
TASKS = [task.id for task in PART.tasks]


def run_lesson(edition: str, folder: Path) -> dict[str, Any]:
    """The executed cells by id; an error in a cell fails the test."""
    here = Path(shutil.copytree(ROOT / edition / PART.id, folder / PART.id))
    notebook = nbformat.read(here / "lesson.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OPENAI_", "MOCK_LLM_"))
    }
    client = NotebookClient(notebook, timeout=180, resources={"metadata": {"path": str(here)}})
    client.execute(env=environment | {"WORKSHOP_ROOT": str(ROOT)})
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}


def points(cell: Any) -> float:
    return float(
        next(o for o in cell.outputs if o.output_type == "execute_result").data["text/plain"]
    )


def errors_printed(cells: dict[str, Any]) -> list[str]:
    return [
        f"{name}: {output.text}"
        for name, cell in cells.items()
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stderr"
    ]


@pytest.mark.filterwarnings("default")  # the kernel's client warns about its own transport
def test_the_finished_lesson_runs_top_to_bottom_and_every_check_earns_its_points(
    tmp_path: Path,
) -> None:
    cells = run_lesson("solutions", tmp_path)

    earned = {task: points(cells[task]) for task in TASKS}
    assert earned == {task.id: float(task.points) for task in PART.tasks}
    for figure in ("break-loop", "break-stampede", "storm"):
        assert any("image/png" in output.get("data", {}) for output in cells[figure].outputs)
    assert errors_printed(cells) == []


@pytest.mark.filterwarnings("default")  # the kernel's client warns about its own transport
def test_the_blank_lesson_runs_top_to_bottom_and_says_what_is_not_written(tmp_path: Path) -> None:
    cells = run_lesson("exercises", tmp_path)

    assert {task: points(cells[task]) for task in TASKS} == dict.fromkeys(TASKS, 0.0)
    said = cells["try"].outputs[0].data["text/markdown"]
    assert "Not written yet" in said
    assert "service/" in said
    assert errors_printed(cells) == []

"""Our steps in nbgrader's generate_assignment and generate_solution.

nbgrader itself copies no file but the notebook (see `nbgrader_settings`): the other files of an
edition are written here. A step that raises makes nbgrader take the whole assignment back, so a
mistake can leave a folder out but never a solution in.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbgrader.preprocessors import NbGraderPreprocessor

from workshop.build.editions import BEGIN, MarkerError, blank_text, finished_text
from workshop.build.files import is_notebook, released, walk
from workshop.parts import Part, load_part

if TYPE_CHECKING:
    from nbformat import NotebookNode

    class Step:
        """What we use of NbGraderPreprocessor, which carries no types."""

        parent: Any
else:
    Step = NbGraderPreprocessor

_Result = tuple["NotebookNode", dict[str, Any]]
_KEPT_METADATA = ("kernelspec", "language_info")


class Tidy(Step):
    """Drops what an editor leaves in a notebook (timings, versions), so that builds are equal."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> _Result:
        for key in set(nb.metadata) - set(_KEPT_METADATA):
            del nb.metadata[key]
        nb.metadata["language_info"] = {"name": "python"}
        for cell in nb.cells:
            cell.metadata.pop("execution", None)
        return nb, resources


class InjectPoints(Step):
    """Writes the points of part.toml into the graded cells' metadata."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> _Result:
        part = _part(self, resources)
        points = {task.id: task.points for task in part.tasks}
        points |= {written.id: written.points for written in part.written}
        for cell in nb.cells:
            marked = cell.metadata.get("nbgrader")
            if marked and marked.get("grade"):
                if marked.get("grade_id") not in points:
                    raise ValueError(f"part.toml knows no task {marked.get('grade_id')!r}")
                marked["points"] = points[marked["grade_id"]]
        return nb, resources


class RemoveMarkers(Step):
    """Takes the marker lines out of a finished notebook; nbgrader leaves them in."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> _Result:
        for cell in nb.cells:
            if BEGIN in cell.source:
                cell.source = finished_text(cell.source).removesuffix("\n")
        return nb, resources


class WriteBlankFiles(Step):
    """Writes the part's other files with stubs in place of the solutions."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> _Result:
        write_files(_part(self, resources), _destination(self, resources), blank=True)
        return nb, resources


class WriteFinishedFiles(Step):
    """Writes the part's other files, finished."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> _Result:
        write_files(_part(self, resources), _destination(self, resources), blank=False)
        return nb, resources


def write_files(part: Part, folder: Path, *, blank: bool) -> None:
    """Writes all released files but the notebooks into `folder`.

    Raises MarkerError, and RuntimeError if something else put files there.
    """
    files = released(part)
    for file in files:
        if is_notebook(file):
            continue
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_edition(part.folder / file, blank=blank))
    unexpected = set(walk(folder)) - set(files)
    if unexpected:
        raise RuntimeError(f"nbgrader copied files by itself: {', '.join(map(str, unexpected))}")


def _edition(file: Path, *, blank: bool) -> bytes:
    if file.suffix == ".png":
        return file.read_bytes()
    text = file.read_text(encoding="utf-8")  # universal newlines: the build writes LF everywhere
    if file.suffix == ".py":
        try:
            text = blank_text(text) if blank else finished_text(text)
        except MarkerError as problem:
            raise MarkerError(f"{file}, {problem}") from None
    elif BEGIN in text:
        raise MarkerError(f"{file}: only .py files and notebooks may hold a solution")
    return text.encode("utf-8")


def _converter(step: Step) -> Any:
    # nbconvert makes a step with the exporter as its parent, nbgrader the exporter likewise.
    return step.parent.parent


def _part(step: Step, resources: dict[str, Any]) -> Part:
    course = _converter(step).coursedir
    folder = Path(course.root) / course.source_directory / resources["nbgrader"]["assignment"]
    return load_part(folder)


def _destination(step: Step, resources: dict[str, Any]) -> Path:
    named = resources["nbgrader"]
    return Path(_converter(step)._format_dest(named["assignment"], named["student"]))

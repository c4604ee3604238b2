"""Which files of a part belong to whom: released, kept back, or strays that the build refuses."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from workshop.parts import DESCRIPTION, Part

LESSON = "lesson.ipynb"
KEPT_BACK = ("hidden_tests", "wrong_answers")
# What tools leave behind; neither released nor worth a word.
LEFTOVERS = (
    "__pycache__",
    ".ipynb_checkpoints",
    ".pytest_cache",
    ".ruff_cache",
    ".mypy_cache",
    ".hypothesis",
    ".DS_Store",
    ".env",
)
# Beside the package: visible tests, what the lesson reads, small programs that the lesson shows.
SHARED_FOLDERS = ("tests", "data", "demos")
TOP_FILES = ("README.md", ".env.example")
SUFFIXES = frozenset(
    {".py", ".ipynb", ".md", ".txt", ".json", ".jsonl", ".yaml", ".yml", ".toml", ".csv"}
    | {".svg", ".png"}
)
_COPIES = ("*-Copy*", "Untitled*", "*~", "*.orig", "*.rej", "*.bak")


def walk(folder: Path) -> Iterator[PurePosixPath]:
    """Every file under `folder`, relative, sorted, without what tools leave behind."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        leftover = any(name in LEFTOVERS or name.endswith(".pyc") for name in relative.parts)
        if path.is_file() and not leftover:
            yield PurePosixPath(relative.as_posix())


def is_notebook(file: PurePosixPath) -> bool:
    """Notebooks lie at the part's top; nbgrader converts them, everything else we write."""
    return file.suffix == ".ipynb" and len(file.parts) == 1


def released(part: Part) -> list[PurePosixPath]:
    """What attendees get of a part, relative to its folder."""
    return [file for file in walk(part.folder) if _is_released(part, file)]


def strays(part: Part) -> list[PurePosixPath]:
    """Files that are neither released nor kept back: nobody said what they are."""
    return [
        file
        for file in walk(part.folder)
        if not _is_released(part, file) and not _is_kept_back(part, file)
    ]


def _is_released(part: Part, file: PurePosixPath) -> bool:
    if _is_kept_back(part, file) or any(fnmatch.fnmatch(file.name, name) for name in _COPIES):
        return False
    if len(file.parts) == 1 and file.name in (LESSON, *TOP_FILES):
        return True
    if file.suffix not in SUFFIXES:
        return False
    in_folder = len(file.parts) > 1 and file.parts[0] in (part.package, *SHARED_FOLDERS)
    listed = any(fnmatch.fnmatch(file.as_posix(), pattern) for pattern in part.files)
    return in_folder or listed or is_notebook(file)


def _is_kept_back(part: Part, file: PurePosixPath) -> bool:
    if file == PurePosixPath(DESCRIPTION):
        return True
    if file.parts[0] == "wrong_answers":
        known = {f"{answer.name}.toml" for answer in part.wrong_answers}
        return len(file.parts) == 2 and file.name in known
    return file.parts[0] == "hidden_tests" and file.suffix in SUFFIXES

"""An exception of the submission as plain data: what, and where in the submission's own files."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import Any

STAGE = "stage"


def describe(problem: BaseException, folder: Path) -> dict[str, Any]:
    """`type`, `message`, `file` (relative to `folder`) and `line`, the last two None if unknown."""
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    file, line = _place(problem, folder)
    try:
        message = problem.msg if isinstance(problem, SyntaxError) else str(problem)
    except BaseException:
        message = "(its message cannot be shown)"
    return {
        "type": type(problem).__name__,
        # The folder is a new one each time, and none that the learner knows.
        "message": str(message)[:4000].replace(f"{folder}{os.sep}", ""),
        "file": file,
        "line": line,
    }


def _place(problem: BaseException, folder: Path) -> tuple[str | None, int | None]:
    if isinstance(problem, SyntaxError) and problem.filename:
        return inside(problem.filename, folder), problem.lineno
    for frame, line in reversed(list(traceback.walk_tb(problem.__traceback__))):
        if (file := inside(frame.f_code.co_filename, folder)) is not None:
            return file, line
    return None, None


def inside(filename: str, folder: Path | str) -> str | None:
    """The path in the submission in `folder`; None for the stage, the engine and libraries."""
    try:
        path = Path(filename).relative_to(folder)
    except ValueError:
        return None
    return None if path.parts[0] == STAGE else path.as_posix()

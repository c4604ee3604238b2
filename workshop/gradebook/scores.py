"""What stands in nbgrader's gradebook for one submission."""

from __future__ import annotations

import contextlib
import hashlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from workshop.build.files import LESSON

NOTEBOOK = LESSON.removesuffix(".ipynb")


@dataclass(frozen=True)
class Score:
    """One graded cell of one submission, as the gradebook has it. The comment is a person's: the
    one that nbgrader puts to blank answers, "No response.", is what the state says already."""

    points: float
    max_points: float
    by_hand: float | None
    waiting: bool
    comment: str


@contextlib.contextmanager
def opened(db_url: str) -> Iterator[Any]:
    """The gradebook; closed at the end of the `with`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about nbgrader's own use of its libraries
        with Gradebook(db_url) as gradebook:
            yield gradebook


def scores_of(db_url: str, assignment: str, student: str) -> dict[str, Score]:
    """By cell; empty if the gradebook has no such submission."""
    with opened(db_url) as gradebook:
        try:
            submission = gradebook.find_submission_notebook(NOTEBOOK, assignment, student)
        except MissingEntry:
            return {}
        comments = {comment.name: comment for comment in submission.comments}
        found = {}
        for grade in submission.grades:
            comment = comments.get(grade.name)
            given = grade.manual_score is not None or (
                bool(grade.extra_credit) and grade.auto_score is not None
            )
            found[grade.name] = Score(
                points=float(grade.score or 0),
                max_points=float(grade.max_score),
                by_hand=float(grade.score) if given else None,
                waiting=bool(grade.needs_manual_grade),
                comment=(comment.manual_comment or "") if comment else "",
            )
        return found


def gradebook_key(db_url: str) -> str:
    """Tells gradebooks apart in files: the URL itself may hold a password."""
    return hashlib.sha256(db_url.encode()).hexdigest()

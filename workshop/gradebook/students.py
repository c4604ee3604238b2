"""What formgrader calls a student whom nobody has named."""

from __future__ import annotations

from typing import Any

_LONGEST = 128  # nbgrader's column; SQLite does not count, PostgreSQL does


def show_id_for_name(gradebook: Any, student_id: str) -> None:
    """The id as the last name where there is none, and no first name.

    nbgrader's pages write an absent name as "None", and so "None, None" for the whole class.
    """
    student = gradebook.update_or_create_student(student_id)
    if student.last_name is None or student.first_name is None:
        student.last_name = student.last_name or student_id[:_LONGEST]
        student.first_name = student.first_name or ""
        gradebook.db.commit()

"""The class list: a CSV file with a line for each student."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path

COLUMNS = ("id", "first_name", "last_name", "email")


class ClassListError(Exception):
    """A class list that cannot be used; the text names the file and the line."""


@dataclass(frozen=True)
class Student:
    """One line of the list; only the id is never empty."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""


def read_class_list(file: Path) -> list[Student]:
    """The students of a CSV file in UTF-8. Raises ClassListError.

    Commas, semicolons or tabs separate; a BOM, empty lines and other columns do no harm.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ClassListError(f'{file} is not UTF-8: save it as "CSV UTF-8"') from None
    except OSError as error:
        raise ClassListError(f"{file} cannot be read: {error.strerror}") from None
    filled = [line for line in text.splitlines() if line.strip(" ,;\t")]
    if not filled:
        raise ClassListError(f"{file} is empty; its first line names the columns, such as id")
    separator = max(",;\t", key=filled[0].count)
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise ClassListError(f"{file}, line {reader.line_num}: {error}") from None
    return _students(file, rows)


def _students(file: Path, rows: list[tuple[int, list[str]]]) -> list[Student]:
    columns: list[str] = []
    students: dict[str, Student] = {}
    for line, row in rows:
        cells = [unicodedata.normalize("NFC", cell).strip() for cell in row]
        if not any(cells):
            continue
        if not columns:
            columns = ["_".join(cell.lower().split()) for cell in cells]
            if "id" not in columns:
                named = ", ".join(cell for cell in cells if cell)
                raise ClassListError(f"{file} has no column id; its first line names {named}")
            continue
        values = {name: cell for name, cell in zip(columns, cells, strict=False) if name in COLUMNS}
        student = Student(**values) if values.get("id") else None
        if student is None:
            raise ClassListError(f"{file}, line {line}: there is no id")
        if students.setdefault(student.id, student) != student:
            raise ClassListError(
                f"{file}, line {line}: the id {student.id} is there twice, with different names"
            )
    return list(students.values())

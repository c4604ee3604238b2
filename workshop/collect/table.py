"""What people see of a run: a row for each submission, what was left out, and what to type next."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from workshop.collect.report import Placed, Report
from workshop.collect.safe_names import shown

DIFFERS = "already there, differs"
ELSEWHERE = "already collected"


def print_report(console: Console, report: Report, *, dry_run: bool, next_step: str) -> None:
    """The table, the totals, what was ignored, and the next step."""
    rows = _rows(report, dry_run=dry_run)
    if rows:
        console.print(_table(rows))
    lines = [Text(f"{report.totals(dry_run=dry_run)}.", style="bold")]
    if report.unmatched:
        lines += [Text("What has no student: rename it to the student's id (jdoe/ or jdoe.zip).")]
    if report.ignored:
        lines += [Text("\nLeft aside:")]
        lines += [Text(f"- {shown(note.name)}: {shown(note.reason)}") for note in report.ignored]
    if report.missing:
        lines += [Text(f"\nOn the class list, nothing handed in: {_listed(report.missing)}.")]
    if report.not_listed:
        lines += [Text(f"\nIn place, but not on the class list: {_listed(report.not_listed)}.")]
    for line in [*lines, Text(f"\nNext: {next_step}")]:
        console.print(line, soft_wrap=True)  # a command that is folded cannot be copied


def _rows(report: Report, *, dry_run: bool) -> list[tuple[str, str, str, str]]:
    put = "would be placed" if dry_run else "placed"
    return [
        *(_row(one, put, "green") for one in report.placed),
        *(_row(one, "unchanged", "dim") for one in report.unchanged),
        *(_row(one, DIFFERS, "yellow") for one in report.differs),
        *(_row(one, ELSEWHERE, "yellow") for one in report.elsewhere),
        *((note.name, "no student", "magenta", note.reason) for note in report.unmatched),
        *((note.name, "problem", "red", note.reason) for note in report.problems),
    ]


def _row(placed: Placed, state: str, style: str) -> tuple[str, str, str, str]:
    says = f"{len(placed.files)} files from {placed.source}"
    if state == DIFFERS:
        says += "; --update replaces it and keeps the old one"
    if state == ELSEWHERE:
        says += (
            f", collected as {placed.before} before; --update moves it here and keeps the old one"
        )
    if placed.late:
        says += "; late"
    if placed.old is not None:
        says += f"; the old one is in {placed.old}"
    return placed.student, state, style, says


def _listed(students: Sequence[str]) -> str:
    return ", ".join(shown(student) for student in students)


def _table(rows: list[tuple[str, str, str, str]]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=False)
    table.add_column("student or submission", overflow="fold")
    table.add_column("state", no_wrap=True)
    table.add_column("what to know", overflow="fold")
    for name, state, style, says in rows:
        table.add_row(Text(shown(name)), Text(state, style=style), Text(shown(says)))
    return table

"""The table at the end of `workshop grade`, in terminals as people have them."""

from __future__ import annotations

from pathlib import Path

import pytest
from gradebook_doubles import PART_ID, part_in

from workshop.gradebook.beside import Beside
from workshop.gradebook.grades import Grade
from workshop.gradebook.session import Graded
from workshop.gradebook.summary import print_summary
from workshop.parts import Part

Row = tuple[str, float | None, float, str]
ALL: tuple[Row, ...] = (("total", 90.0, 90.0, "passed"), ("mean", 10.0, 10.0, "passed"))
READ: tuple[Row, ...] = (("why", 3.5, 5.0, "by_hand"), ("where", 3.0, 3.0, "by_hand"))
HALF_READ: tuple[Row, ...] = (READ[0], ("where", None, 3.0, "waiting"))


@pytest.fixture
def part(tmp_path: Path) -> Part:
    return part_in(tmp_path / "modules" / PART_ID)


def graded(student: str, *rows: Row, fresh: bool = False) -> Graded:
    return Graded(student, [Grade(student, PART_ID, *row, "") for row in rows], fresh)


def summary(
    part: Part, *done: Graded, columns: int, patch: pytest.MonkeyPatch, said: pytest.CaptureFixture
) -> list[str]:
    patch.setenv("COLUMNS", str(columns))
    print_summary(part, done, Beside(), 1.0, Path("grading/grades.csv"))
    return said.readouterr().out.splitlines()


def table_of(lines: list[str]) -> list[str]:
    """Its heading, a rule, and what stands below."""
    end = next(at for at, line in enumerate(lines) if line.startswith("Tasks: "))
    return [line.rstrip() for line in lines[:end]]


@pytest.mark.parametrize("columns", [80, 60])
def test_the_table_breaks_no_number_and_no_word(
    part: Part, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = [graded("ada_lovelace", *ALL, *READ), graded("bob", *ALL, *READ, fresh=True)]
    table = table_of(summary(part, *done, columns=columns, patch=monkeypatch, said=capsys))
    counts = ["2", "0", "0", "0", "0"]
    assert [line.split() for line in table[2:]] == [
        ["ada_lovelace", "100/100", "6.5/8", *counts, "unchanged"],
        ["bob", "100/100", "6.5/8", *counts],
    ]
    assert max(map(len, table)) <= columns


@pytest.mark.parametrize("columns", [80, 60])
def test_a_long_name_takes_more_lines_and_nothing_from_the_numbers(
    part: Part, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = graded("x" * 39 + "z", *ALL, *HALF_READ)
    lines = summary(part, done, columns=columns, patch=monkeypatch, said=capsys)
    (row,) = (line for line in lines if "100/100" in line)
    assert row.rstrip().endswith("unchanged")
    table = " ".join(table_of(lines))
    assert (table.count("x"), table.count("z")) == (39, 1)
    assert {"3.5/8,", "open"} <= set(table.split())


def test_each_task_is_counted_once_and_points_by_hand_too(
    part: Part, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = {
        "ada": ("by_hand", "passed"),
        "bob": ("look_again", "partial"),
        "eve": ("failed", "by_hand"),
    }
    done = [
        graded(student, ("total", 7.0, 10.0, first), ("mean", 5.0, 5.0, second))
        for student, (first, second) in rows.items()
    ]
    lines = summary(part, *done, columns=80, patch=monkeypatch, said=capsys)
    found = {line.split()[0]: line.split()[2:-1] for line in table_of(lines)[2:]}
    assert found == {
        "ada": ["1", "0", "0", "0", "1"],
        "bob": ["0", "1", "0", "0", "1"],
        "eve": ["0", "0", "1", "0", "1"],
    }
    assert "Tasks: ✓ passed, ◐ partly, ✗ not yet, ? not graded, ✎ given by hand" in lines


def test_who_could_not_be_graded_has_no_points_and_no_zero(
    part: Part, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = graded("ada", ("total", None, 10.0, "not_graded"), ("why", 0.0, 5.0, "failed"))
    lines = summary(part, done, columns=80, patch=monkeypatch, said=capsys)
    assert table_of(lines)[2].split() == ["ada", "–", "blank", "0", "0", "0", "1", "0", "unchanged"]


def test_names_of_folders_are_shown_without_what_moves_the_cursor(
    part: Part, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Path("grading/grades.csv")
    beside = Beside(not_listed=["\x1b[31mred"])
    print_summary(part, [graded("ada", *ALL)], beside, 1.0, file)
    assert "not on the class list: \\u001b[31mred" in capsys.readouterr().out


def test_a_command_is_in_one_line_and_its_line_holds_nothing_else(
    part: Part, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = ("mean", 5.0, 5.0, "look_again")
    lines = summary(
        part, graded("ada", *ALL, *HALF_READ, changed), columns=40, patch=monkeypatch, said=capsys
    )
    assert lines[-5:] == [
        "Next: python3 -m workshop lab --instructor",
        "      opens formgrader: the written answers of 1 wait there",
        "      and points of 1 need a second look (keep them with Resolve)",
        f"Then: python3 -m workshop grade {part.number}",
        "      brings feedback up to date",
    ]

"""`check(...)` in a notebook cell: a number for nbgrader, a table for the reader."""

from __future__ import annotations

import pytest
from IPython.core.formatters import DisplayFormatter

from workshop.bootstrap_paths import Clone
from workshop.grading import Score, cell, check


@pytest.fixture(autouse=True)
def clone(tmp_path, toy, monkeypatch, kept_checker) -> Clone:
    root = tmp_path / "clone"
    (root / "work").mkdir(parents=True)
    (root / "modules").symlink_to(toy.folder.parent, target_is_directory=True)
    monkeypatch.setattr(cell, "this_clone", lambda: Clone(root))
    monkeypatch.setattr(cell, "_checker", kept_checker(Clone(root)))
    return Clone(root)


def test_the_part_is_known_by_the_folder_that_the_notebook_lies_in(
    submit, monkeypatch, capfd
) -> None:
    monkeypatch.chdir(submit() / "shop")
    assert check("sums") == 10.0
    assert capfd.readouterr() == ("", "")


def test_the_number_is_what_nbgrader_reads_and_the_table_what_people_see(
    submit, monkeypatch
) -> None:
    monkeypatch.chdir(submit(edition="blank"))
    shown, _ = DisplayFormatter().format(check("sums"))
    assert shown["text/plain"] == "0.0"
    assert "shop/prices.py, line 7: not written yet" in shown["text/html"]
    assert "✗ not yet" in shown["text/html"]


def test_a_part_can_be_named_by_its_number(submit, monkeypatch) -> None:
    monkeypatch.chdir(submit().parent / "part1_toy")
    assert check(1, "sums", "web") == 15.0


def test_a_hint_comes_only_when_it_is_asked_for(submit, monkeypatch) -> None:
    monkeypatch.chdir(submit(edition="blank"))
    assert "Hint" not in check("sums").html
    assert "Hint 1 of 2" in check("sums", hint=True).html
    assert "Hint 2 of 2" in check("sums", hint=True).html


@pytest.mark.parametrize("what", ["nope", 7])
def test_what_cannot_be_checked_is_said_not_raised(submit, monkeypatch, what) -> None:
    monkeypatch.chdir(submit())
    score = check(what)
    assert score == 0.0
    assert "Not checked" in score.html
    assert "part1_toy" in score.html


def test_outside_any_part_the_parts_are_named(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "lies in no part" in check("sums").html


def test_reasons_cannot_bring_markup_of_their_own(submit, monkeypatch) -> None:
    source = "def total(prices):\n    raise ValueError('<script>alert(1)</script>')\n"
    monkeypatch.chdir(submit({"shop/prices.py": source}))
    assert "<script>" not in check("sums").html


def test_a_score_is_a_float_that_prints_bare() -> None:
    assert (repr(Score(16)), f"{Score(16.0)}", Score(16) + 1) == ("16.0", "16.0", 17.0)

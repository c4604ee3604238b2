"""A gradebook in a PostgreSQL server, by URL, as for a class that several people grade."""

from __future__ import annotations

import pytest
from toy_class import Grade, KeptEngine, ToyClass

from workshop.gradebook.command import GRADEBOOK_VARIABLE

FULL = {"total": "10", "mean": "5", "why": "", "where": ""}


def test_a_class_is_graded_into_a_database_by_its_url(
    toy: ToyClass,
    engine: KeptEngine,
    grade: Grade,
    postgresql_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(GRADEBOOK_VARIABLE, postgresql_url)
    before = (toy.root / "grading" / "gradebook.db").read_bytes()
    long, names = "x" * 200, ["ada", "Zoë 李", "x" * 200]
    for name in names:
        toy.hand_in(name)
    toy.hand_in("blank", edition="exercises", notebook=lambda _: None)

    outcome = grade()

    assert outcome.code == 0, outcome.out
    found = toy.gradebook_points(postgresql_url)
    assert sorted(found) == sorted([*names, "blank"])
    for name in names:
        assert found[name] == {"total": 10, "mean": 5, "why": None, "where": None}
    assert found["blank"] == {"total": 0, "mean": 0, "why": None, "where": None}
    assert {name: toy.points()[name] for name in names} == dict.fromkeys(names, FULL)

    toy.give(long, "why", 4, "Well said.", url=postgresql_url)
    engine.asked.clear()
    assert grade().code == 0
    assert engine.asked == []
    assert toy.points()[long]["why"] == "4"
    assert grade("--again", "--student", long).code == 0
    assert toy.points()[long]["why"] == "4"
    assert "Well said." in toy.feedback(long)[0]
    assert (toy.root / "grading" / "gradebook.db").read_bytes() == before
    assert "s3cret" not in "".join(
        file.read_text() for file in (toy.root / "grading" / "results").rglob("*") if file.is_file()
    )

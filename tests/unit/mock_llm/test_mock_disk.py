import sqlite3

import pytest

from mock_llm.clock import ManualClock
from mock_llm.evidence import disk
from mock_llm.evidence.disk import DiskJournal
from mock_llm.evidence.journal import Room
from mock_llm.evidence.prices import Usage, load_prices
from mock_llm.evidence.records import Records
from mock_llm.evidence.visit import Visit
from mock_llm.yamlfile import SettingError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.sqlite"


def records(journal, api_key="sk-1"):
    return Records(
        api_key,
        opened=0.0,
        clock=ManualClock(),
        prices=load_prices(),
        room=Room(),
        leave=lambda: None,
        disk=journal,
    )


def answer(into, sequence=1, **about):
    visit = Visit(into, "/v1/chat/completions", sequence, "sk-1")
    visit.model, visit.usage = "gpt-6-luna", Usage(10, 5)
    for name, value in about.items():
        setattr(visit, name, value)
    visit.close("ok", 200)
    return visit


def test_every_request_is_in_the_file_with_all_that_is_known_about_it(path):
    into = records(DiskJournal(path))
    visit = answer(into, user="ann", answer="Yes.", body=b'{"a": 1}', stream=True)
    (row,) = disk.read(path)
    entry = visit.entry()
    for name in ("id", "endpoint", "model", "user", "status", "outcome", "answer", "body", "day"):
        assert row[name] == getattr(entry, name), name
    assert (row["stream"], row["cost_nanodollars"]) == (1, 10 * 100 + 5 * 500)
    assert list(row) == list(disk.COLUMNS)


def test_the_file_is_complete_while_the_server_still_has_it_open(path):
    journal = DiskJournal(path)
    into = records(journal)
    for sequence in range(1, 6):
        answer(into, sequence)
        assert len(list(disk.read(path))) == sequence
    journal.close()
    assert len(list(disk.read(path))) == 5


def test_the_ledger_view_has_what_costs_and_adds_up(path):
    into = records(DiskJournal(path))
    answer(into)
    answer(into, usage=Usage(0, 0))
    answer(into, 3, batch=True)
    with sqlite3.connect(path) as db:
        lines, total = db.execute("SELECT count(*), sum(cost_nanodollars) FROM ledger").fetchone()
    db.close()
    assert (lines, total) == (2, into.ledger().total_nanodollars)


def test_several_runs_share_a_file_and_labs_are_told_apart(path):
    for api_key in ("sk-1", "sk-2"):
        journal = DiskJournal(path)
        answer(records(journal, api_key))
        journal.close()
    rows = list(disk.read(path))
    assert len({row["run"] for row in rows}) == 2
    assert [row["lab"] for row in disk.read(path, "sk-2")] == ["sk-2"]


def test_a_real_key_is_not_written_out(path):
    key = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789"
    answer(records(DiskJournal(path), key))
    (row,) = disk.read(path)
    assert row["lab"] == "sk-proj-…6789"
    assert key.encode() not in path.read_bytes() + path.with_name(f"{path.name}-wal").read_bytes()


def test_another_databases_file_is_left_alone(path):
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE mine (a)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(SettingError, match="is an SQLite file of something else"):
        DiskJournal(path)
    path.with_name("text").write_text("hello " * 1000)
    with pytest.raises(SettingError, match="cannot be used"):
        DiskJournal(path.with_name("text"))
    assert path.read_bytes() == before


def test_reading_what_is_no_journal_says_so(path):
    with pytest.raises(SettingError, match="there is no such file"):
        list(disk.read(path))
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE mine (a)")
    db.close()
    with pytest.raises(SettingError, match="is not a journal"):
        list(disk.read(path))

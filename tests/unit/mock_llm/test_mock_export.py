import csv
import io
import json

import pytest

from mock_llm.clock import ManualClock
from mock_llm.evidence import disk
from mock_llm.evidence.disk import DiskJournal
from mock_llm.evidence.export import (
    JOURNAL,
    LEDGER,
    SUMS,
    dollars,
    journal_rows,
    ledger_rows,
)
from mock_llm.evidence.journal import Room
from mock_llm.evidence.prices import Usage, load_prices
from mock_llm.evidence.records import Records
from mock_llm.evidence.tables import as_csv, as_json
from mock_llm.evidence.visit import Visit


@pytest.fixture
def rows(tmp_path):
    """Five requests: two of Ann's, two of Bob's (one of them refused), one of nobody's."""
    journal = DiskJournal(tmp_path / "journal.sqlite")
    into = Records(
        "sk-1",
        opened=0.0,
        clock=ManualClock(),
        prices=load_prices(),
        room=Room(),
        leave=lambda: None,
        disk=journal,
    )
    asked = [
        ("ann", "search", Usage(10, 5, cached=4)),
        ("ann", "search", Usage(1_000_001, 7, reasoning=3)),
        ("bob", "=1+1", Usage(3, 2)),
        ("bob", None, None),
        (None, None, Usage(1, 1)),
    ]
    for sequence, (user, feature, usage) in enumerate(asked, 1):
        visit = Visit(into, "/v1/chat/completions", sequence, "sk-1")
        visit.model, visit.user, visit.feature = "gpt-6-luna", user, feature
        visit.body, visit.answer = b'{"a": "\xc3\xa9"}', 'A "quoted",\nanswer'
        if usage:
            visit.usage = usage
        visit.close("ok" if usage else "error", 200 if usage else 429)
    journal.close()
    return list(disk.read(journal.path))


def read_csv(pieces):
    return list(csv.DictReader(io.StringIO(b"".join(pieces).decode(), newline="")))


def test_a_journal_has_a_line_a_request_with_every_column(rows):
    read = read_csv(as_csv(JOURNAL, journal_rows(rows)))
    assert list(read[0]) == list(JOURNAL)
    assert len(read) == len(rows) == 5
    first = read[0]
    assert (first["request"], first["answer"]) == ('{"a": "é"}', 'A "quoted",\nanswer')
    assert (first["stream"], first["fault"], first["correct"]) == ("false", "", "")
    assert int(first["cost_nanodollars"]) == rows[0]["cost_nanodollars"]


def test_text_that_a_spreadsheet_would_run_is_quoted_in_csv_alone(rows):
    assert read_csv(as_csv(JOURNAL, journal_rows(rows)))[2]["feature"] == "'=1+1"
    assert json.loads(b"".join(as_json(JOURNAL, journal_rows(rows))))[2]["feature"] == "=1+1"


def test_json_is_one_list_with_numbers_and_nulls(rows):
    read = json.loads(b"".join(as_json(JOURNAL, journal_rows(rows))))
    assert [each["status"] for each in read] == [200, 200, 200, 429, 200]
    assert (read[3]["feature"], read[3]["stream"]) == (None, False)
    assert json.loads(b"".join(as_json(JOURNAL, []))) == []


def test_a_ledger_adds_up_exactly_by_everything_or_by_some(rows):
    total = sum(row["cost_nanodollars"] for row in rows)
    whole = ledger_rows(rows)
    assert [(each["user"], each["feature"]) for each in whole] == [
        ("", ""), ("ann", "search"), ("bob", "=1+1"),
    ]  # fmt: skip
    assert [each["requests"] for each in whole] == [1, 2, 1]
    by_user = {each["user"]: each for each in ledger_rows(rows, ("user",))}
    assert by_user["ann"]["prompt_tokens"] == 1_000_011
    assert by_user["ann"]["cached_tokens"] == 4
    assert by_user["ann"]["reasoning_tokens"] == 3
    for by in ((), ("model",), ("day", "user"), LEDGER[:5]):
        summed = ledger_rows(rows, by)
        assert sum(each["cost_nanodollars"] for each in summed) == total
    (everything,) = ledger_rows(rows, ())
    assert set(everything) == {*SUMS, "cost_dollars"}
    assert everything["requests"] == 4


@pytest.mark.parametrize(
    ("nanodollars", "said"),
    [
        (0, "0.000000000"),
        (1, "0.000000001"),
        (10**9, "1.000000000"),
        (123_456_789_012_345_678_901, "123456789012.345678901"),
        (-5, "-0.000000005"),
    ],
)
def test_dollars_are_nanodollars_to_the_last_digit(nanodollars, said):
    assert dollars(nanodollars) == said

import csv
import io
import json

import pytest

from mock_llm import MockLLM
from mock_llm.dashboard.exports import JOURNAL, LEDGER, journal_rows, ledger_rows
from mock_llm.evidence.prices import Usage
from mock_llm.evidence.tables import as_csv, as_json


@pytest.fixture
def labs():
    mock = MockLLM("instant")
    return [mock.lab("sk-1"), mock.lab("sk-2")]


def visit(lab, user):
    one = lab.arrive("/v1/chat/completions")
    one.model, one.usage, one.user = "gpt-6-luna", Usage(10, 5), user
    one.body = b'{"messages": [{"role": "user", "content": "hi"}]}'
    one.close("ok", 200)


def read(pieces):
    return list(csv.DictReader(io.StringIO(b"".join(pieces).decode(), newline="")))


def test_the_journal_has_every_field_but_the_raw_body(labs):
    visit(labs[0], "ann")
    visit(labs[1], "bob")
    rows = read(as_csv(JOURNAL, journal_rows(labs)))
    assert [(row["lab"], row["user"], row["prompt"]) for row in rows] == [
        ("sk-1", "ann", "hi"),
        ("sk-2", "bob", "hi"),
    ]
    entry = labs[0].journal()[0]
    assert {name: rows[0][name] for name in ("id", "status", "cost_nanodollars", "sequence")} == {
        "id": entry.id,
        "status": "200",
        "cost_nanodollars": str(entry.cost_nanodollars),
        "sequence": "1",
    }
    assert "body" not in rows[0]


def test_the_ledger_is_in_whole_numbers(labs):
    visit(labs[0], "ann")
    (row,) = read(as_csv(LEDGER, ledger_rows(labs)))
    assert int(row["cost_nanodollars"]) == labs[0].ledger().total_nanodollars
    text = b"".join(as_json(LEDGER, ledger_rows(labs)))
    plain = json.loads(text, parse_float=lambda text: pytest.fail(text))
    assert plain == [{"lab": "sk-1", **labs[0].ledger().lines[0]._asdict()}]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@sum", "\t=1", "\n=1", '=cmd|"/c calc"!A1'])
def test_a_spreadsheet_takes_no_clients_text_for_a_formula(labs, name):
    visit(labs[0], name)
    (row,) = read(as_csv(JOURNAL, journal_rows(labs)))
    assert row["user"] == f"'{name}"
    (plain,) = json.loads(b"".join(as_json(JOURNAL, journal_rows(labs))))
    assert plain["user"] == name


def test_yes_and_no_are_written_as_in_the_exports_from_disk(labs):
    visit(labs[0], "ann")
    (row,) = read(as_csv(JOURNAL, journal_rows(labs)))
    assert (row["stream"], row["fault"]) == ("false", "")


def test_texts_with_commas_quotes_and_lines_come_back_whole(labs):
    visit(labs[0], 'a,"b"\nc, é🙂')
    (row,) = read(as_csv(JOURNAL, journal_rows(labs)))
    assert row["user"] == 'a,"b"\nc, é🙂'


def test_more_rows_than_fit_into_one_piece_are_all_there_in_order(labs):
    for number in range(1203):
        visit(labs[0], str(number))
    pieces = list(as_csv(JOURNAL, journal_rows(labs)))
    assert len(pieces) > 2
    assert [row["user"] for row in read(pieces)] == [str(number) for number in range(1203)]
    plain = json.loads(b"".join(as_json(JOURNAL, journal_rows(labs))))
    assert len(plain) == 1203


def test_nothing_gives_a_header_and_an_empty_list(labs):
    assert read(as_csv(JOURNAL, journal_rows(labs))) == []
    assert b"".join(as_csv(LEDGER, ())).decode().strip() == ",".join(LEDGER)
    assert json.loads(b"".join(as_json(JOURNAL, journal_rows(labs)))) == []

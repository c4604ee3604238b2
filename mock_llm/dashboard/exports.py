"""Journal and ledger as CSV or JSON, written while they are sent.

A spreadsheet takes a cell that begins with = + - or @ for a formula, and what clients send is
theirs to choose: in CSV such text gets an apostrophe in front. JSON has it as it came.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any

import orjson

from mock_llm.dashboard.reading import kept
from mock_llm.evidence.journal import Entry
from mock_llm.evidence.keys import short
from mock_llm.evidence.ledger import Line
from mock_llm.lab import Lab

_ROWS_AT_ONCE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Row = dict[str, Any]
JOURNAL = ("lab", *(each.name for each in fields(Entry) if each.name != "body"), "prompt")
LEDGER = ("lab", *Line._fields)


def journal_rows(labs: Sequence[Lab]) -> Iterator[Row]:
    """The kept requests, lab by lab in order of arrival."""
    for lab in labs:
        for visit in kept(lab.records):
            entry = visit.entry()
            yield {"lab": short(lab.api_key), "prompt": entry.prompt} | {
                name: getattr(entry, name) for name in JOURNAL[1:-1]
            }


def ledger_rows(labs: Sequence[Lab]) -> Iterator[Row]:
    """The ledgers' lines, lab by lab."""
    for lab in labs:
        for line in lab.records.ledger().lines:
            yield {"lab": short(lab.api_key), **line._asdict()}


def as_csv(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """Rows as CSV with a header, in pieces."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for some in _batches(rows):
        writer.writerows([_cell(row[name]) for name in columns] for row in some)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


def as_json(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """Rows as one JSON list, in pieces."""
    before = b"[\n"
    for some in _batches(rows):
        lines = [orjson.dumps({name: row[name] for name in columns}) for row in some]
        yield before + b",\n".join(lines)
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


EXPORTS: dict[str, tuple[Sequence[str], Callable[[Sequence[Lab]], Iterator[Row]]]] = {
    "journal": (JOURNAL, journal_rows),
    "ledger": (LEDGER, ledger_rows),
}
FORMATS: dict[str, tuple[str, Callable[[Sequence[str], Iterable[Row]], Iterator[bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "json": ("application/json", as_json),
}


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while some := list(islice(left, _ROWS_AT_ONCE)):
        yield some


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value

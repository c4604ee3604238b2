"""The rows of journal and ledger, from what the labs of a server have in memory."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields

from mock_llm.dashboard.reading import kept
from mock_llm.evidence.journal import Entry
from mock_llm.evidence.keys import short
from mock_llm.evidence.ledger import Line
from mock_llm.evidence.tables import Row, as_csv, as_json
from mock_llm.lab import Lab

JOURNAL = ("lab", *(each.name for each in fields(Entry) if each.name != "body"), "prompt")
LEDGER = ("lab", *Line._fields)


def journal_rows(labs: Sequence[Lab]) -> Iterator[Row]:
    """The kept requests, lab by lab in order of arrival."""
    for lab in labs:
        lab.catch_up()
        for visit in kept(lab.records):
            entry = visit.entry()
            yield {"lab": short(lab.api_key), "prompt": entry.prompt} | {
                name: getattr(entry, name) for name in JOURNAL[1:-1]
            }


def ledger_rows(labs: Sequence[Lab]) -> Iterator[Row]:
    """The ledgers' lines, lab by lab."""
    for lab in labs:
        for line in lab.ledger().lines:
            yield {"lab": short(lab.api_key), **line._asdict()}


EXPORTS: dict[str, tuple[Sequence[str], Callable[[Sequence[Lab]], Iterator[Row]]]] = {
    "journal": (JOURNAL, journal_rows),
    "ledger": (LEDGER, ledger_rows),
}
FORMATS: dict[str, tuple[str, Callable[[Sequence[str], Iterable[Row]], Iterator[bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "json": ("application/json", as_json),
}

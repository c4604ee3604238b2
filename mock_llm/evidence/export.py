"""Journal and ledger as CSV or JSON, from the rows of a journal on disk.

The columns of a journal are those of `mock_llm.evidence.disk` (with the request's body as
`request`, and the costs once more in dollars); those of a ledger are in `LEDGER`: what was summed
over, then the sums. Numbers are exact: costs are integer nano-dollars, and dollars with nine
decimals made of them.

A spreadsheet takes a cell that begins with = + - or @ for a formula, and what clients send is
theirs to choose: in CSV such text gets an apostrophe in front. JSON has it as it came.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from mock_llm.evidence.disk import COLUMNS

Row = Mapping[str, Any]

JOURNAL = (*(name for name in COLUMNS if name != "body"), "cost_dollars", "request")
DIMENSIONS = ("day", "key", "model", "user", "feature")
SUMS = (
    "requests",
    "prompt_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "completion_tokens",
    "reasoning_tokens",
    "cost_nanodollars",
)
LEDGER = (*DIMENSIONS, *SUMS, "cost_dollars")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FLAGS = ("stream", "batch", "matched", "correct")
_PIECE = 64 * 1024  # characters or bytes


def journal_rows(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows of a journal on disk for sending on: with dollars, and the request as text."""
    for row in rows:
        shown = dict(row)
        body = shown.pop("body") or b""
        for name in _FLAGS:
            shown[name] = None if shown[name] is None else bool(shown[name])
        shown["cost_dollars"] = dollars(shown["cost_nanodollars"])
        shown["request"] = body.decode("utf-8", "replace")
        yield shown


def ledger_rows(rows: Iterable[Row], by: Sequence[str] = DIMENSIONS) -> list[Row]:
    """What the rows of a journal on disk cost, summed and in order of what they are summed by.

    Args:
        by: some of `DIMENSIONS`; none at all gives one line for everything.
    """
    sums: dict[tuple[str, ...], list[int]] = {}
    for row in rows:
        if not (row["prompt_tokens"] or row["completion_tokens"]):
            continue
        account = tuple(row[name] or "" for name in by)
        so_far = sums.setdefault(account, [0] * len(SUMS))
        so_far[0] += 1
        for place, name in enumerate(SUMS[1:], 1):
            so_far[place] += row[name]
    return [
        {
            **dict(zip(by, account, strict=True)),
            **dict(zip(SUMS, found, strict=True)),
            "cost_dollars": dollars(found[-1]),
        }
        for account, found in sorted(sums.items())
    ]


def dollars(nanodollars: int) -> str:
    """Nano-dollars in dollars, exactly: nine decimals."""
    sign = "-" if nanodollars < 0 else ""
    whole, rest = divmod(abs(nanodollars), 10**9)
    return f"{sign}{whole}.{rest:09d}"


def as_csv(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """Rows as CSV with a header, in pieces; None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in columns])
        if text.tell() >= _PIECE:
            yield text.getvalue().encode("utf-8", "replace")
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode("utf-8", "replace")


def as_json(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """Rows as one JSON list, a row a line, in pieces."""
    piece = bytearray(b"[")
    before = b"\n"
    for row in rows:
        piece += before + orjson.dumps({name: row[name] for name in columns})
        before = b",\n"
        if len(piece) >= _PIECE:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece) + (b"]\n" if before == b"\n" else b"\n]\n")


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value

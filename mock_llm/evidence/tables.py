"""Rows as CSV or JSON, in pieces that can be sent while they are written.

A spreadsheet takes a cell that begins with = + - or @ for a formula, and what clients send is
theirs to choose: in CSV such text gets an apostrophe in front. JSON has it as it came.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

Row = Mapping[str, Any]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_PIECE = 64 * 1024  # characters or bytes


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

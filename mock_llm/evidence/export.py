"""Journal and ledger for sending on, from the rows of a journal on disk.

The columns of a journal are those of `mock_llm.evidence.disk` (with the request's body as
`request`, and the costs once more in dollars); those of a ledger are in `LEDGER`: what was summed
over, then the sums. Numbers are exact: costs are integer nano-dollars, and dollars with nine
decimals made of them.
"""

from collections.abc import Iterable, Iterator, Sequence

from mock_llm.evidence.disk import COLUMNS
from mock_llm.evidence.tables import Row

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
_FLAGS = ("stream", "batch", "matched", "correct")


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

"""The rows of the tables by user, feature and model: spend, tokens, failures and latencies."""

from collections.abc import Sequence
from typing import Any

from mock_llm.dashboard.callers import Named
from mock_llm.dashboard.quantiles import quantiles
from mock_llm.dashboard.spending import COLUMNS, Row
from mock_llm.dashboard.window import PERCENTILES

TOP = 20
TOP_FAILING = 5  # of those who cost less: who only fails costs nothing, and is to be seen
_UNBILLED: Row = [0] * len(COLUMNS)


def breakdown(spent: dict[str, Row], callers: Sequence[Named]) -> dict[str, Any]:
    """Who or what cost most, who else fails most, and how many more there are.

    Args:
        spent: what was billed, by name.
        callers: the requests of each lab, by the same names.
    """
    counts: dict[str, tuple[int, int]] = dict.fromkeys(spent, (0, 0))
    for named in callers:
        for name, (requests, failed) in named.counts.items():
            before = counts.get(name, (0, 0))
            counts[name] = (before[0] + requests, before[1] + failed)
    names = sorted(
        counts, key=lambda name: (-spent.get(name, _UNBILLED)[4], -counts[name][0], name)
    )
    failing = sorted(
        (name for name in names[TOP:] if counts[name][1]), key=lambda name: -counts[name][1]
    )
    shown = [*names[:TOP], *failing[:TOP_FAILING]]
    return {
        "rows": [_row(name, spent.get(name, _UNBILLED), *counts[name], callers) for name in shown],
        "more": len(names) - len(shown),
    }


def _row(
    name: str, billed: Row, requests: int, failed: int, callers: Sequence[Named]
) -> dict[str, Any]:
    sketches = (sketch for named in callers for sketch in named.sketches(name))
    found = quantiles(sketches, PERCENTILES.values())
    return {
        "name": name,
        **dict(zip(COLUMNS, billed, strict=True)),
        "billed": billed[0],
        # The ledger knows of requests that were not looked at one by one.
        "requests": max(requests, billed[0]),
        "failed": failed,
        "duration": dict(zip(PERCENTILES, found, strict=True)) if found else None,
    }

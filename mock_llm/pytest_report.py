"""A test's journal as text, for the report of its failure."""

from collections.abc import Sequence

from mock_llm.evidence.journal import Entry
from mock_llm.pytest_lab import PytestLab

MOST_LINES = 20
PROMPT_CHARACTERS = 48
_HEADINGS = ("#", "model", "status", "outcome", "fault", "tokens", "cost", "prompt")


def describe(lab: PytestLab) -> str:
    """The newest requests of a lab, one a line, under a heading; what they cost in all."""
    is_idle = lab.settle()
    entries = lab.journal()
    lines = [_summary(lab, entries)]
    if entries:
        shown = entries[-MOST_LINES:]
        lines += _aligned([_HEADINGS, *(_cells(entry) for entry in shown)])
        if len(shown) < len(entries):
            lines.insert(1, f"({len(entries) - len(shown)} earlier ones are not shown)")
    if not is_idle:
        lines.append(f"Still under way and not in the list: {lab.underway}.")
    return "\n".join(lines)


def _summary(lab: PytestLab, entries: Sequence[Entry]) -> str:
    if not entries:
        return f"No request with this test's key, {lab.api_key}, was answered."
    count = "1 request" if len(entries) == 1 else f"{len(entries)} requests"
    cost = _dollars(lab.ledger().total_nanodollars)
    return f"{count}, {cost} in all. Scenario {lab.scenario().name}, seed {lab.seed}."


def _cells(entry: Entry) -> tuple[str, ...]:
    return (
        str(entry.sequence),
        entry.model or "-",
        str(entry.status or "-"),
        entry.outcome,
        entry.fault or entry.error or "-",
        f"{entry.prompt_tokens}+{entry.completion_tokens}",
        _dollars(entry.cost_nanodollars),
        _beginning(entry.prompt),
    )


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _beginning(prompt: str) -> str:
    """The first words on one line; a terminal is spared control characters."""
    line = " ".join(prompt[: 4 * PROMPT_CHARACTERS].split())
    safe = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line
    )
    return safe if len(safe) <= PROMPT_CHARACTERS else f"{safe[: PROMPT_CHARACTERS - 1]}…"


def _dollars(nanodollars: int) -> str:
    return f"${nanodollars // 10**9}.{nanodollars % 10**9:09d}"

"""The tables of docs/mock_llm/speed.md, from what the benchmarks wrote down on one machine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
_SAID = {
    "floor": "floor: bare ASGI, orjson, uvicorn",
    "aimock": "npm aimock",
    "fastapi": "a plain FastAPI and pydantic handler",
    "mock_llm": "**mock_llm**, 1,000 prompts go round",
    "mock_llm-different": "**mock_llm**, no prompt comes twice",
    "mock_llm-disk": "**mock_llm**, journal on disk as well",
    "mock_llm-disk-different": "**mock_llm**, both",
}


def speed() -> Iterator[str]:
    """What servers reach with one processor each, beside each other."""
    yield "| server | req/s | p99 ms | stream events/s | start s | memory MB |"
    yield "|---|---|---|---|---|---|"
    for row in _read("speed")["rows"]:
        name = " ".join(filter(None, (_SAID.get(row["name"], row["name"]), row["version"])))
        events = row["events_per_s"]
        shown = f"{events:,.0f}" if events else "–"
        yield (
            f"| {name} | {row['requests_per_s']:,.0f} | {row['p99_ms']:.1f} | {shown} "
            f"| {row['start_to_first_reply_s']:.2f} | {row['rss_mb']:.0f} |"
        )


def streams() -> Iterator[str]:
    """How late chunks of concurrent streams come."""
    yield "| server | streams | begin | p50 ms | p99 ms | largest ms |"
    yield "|---|---|---|---|---|---|"
    for row in _read("streams"):
        begin = "at once" if row["together"] else "within a second"
        yield (
            f"| {row['server']} | {row['streams']:,} | {begin} | {row['p50_ms']:.1f} "
            f"| {row['p99_ms']:.1f} | {row['max_ms']:.1f} |"
        )


def million() -> Iterator[str]:
    """What a million requests leave behind."""
    data = _read("million")
    points = data["points"]
    most = max(point["rss_mb"] for point in points)
    growth = data["growth_mb_per_100k"]
    told = data["told"]
    yield (
        f"{points[-1]['requests']:,} requests take {most:.0f} MB at most, and in the second half "
        f"{growth:+.1f} MB more for each 100,000."
    )
    if not data["ledger_problems"]:
        tokens = told["prompt_tokens"] + told["completion_tokens"]
        yield (
            f"The ledger is the sum of its lines, and has all of them with the {tokens:,} tokens "
            "that the replies named."
        )


def _read(name: str) -> Any:
    return json.loads((RESULTS / f"{name}.json").read_text("utf-8"))

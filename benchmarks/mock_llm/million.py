"""A million requests: does the memory stay flat, and does the ledger add up.

    python benchmarks/mock_llm/million.py
    python benchmarks/mock_llm/million.py --requests 200000 --different

wrk sends exactly that many requests over 32 connections and adds up the token counts in the
replies, so the ledger is compared with what the client was told, not only with itself.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import wrk
from asking import Asker
from contestants import ROOT, has_disk_journal, serve_command
from process import BenchmarkError, Running, free_port, stop_on_sigterm, two_cores
from prompts import bodies, questions

_STEP = 50_000
_MOST_MB = 200.0
# Growth in the second half, in MB for each 100,000 requests, that still counts as flat.
_FLAT_MB = 1.0
_MB = 1024 * 1024
_READY_S = 60.0
_LEDGER_FIELDS = ("prompt_tokens", "completion_tokens", "requests")


@dataclass(frozen=True)
class Point:
    """Memory after so many requests."""

    requests: int
    rss_mb: float
    pss_mb: float


def growth(points: Sequence[Point]) -> float:
    """MB of RSS for each 100,000 requests in the second half of the run, by least squares."""
    half = points[-1].requests / 2
    later = [point for point in points if point.requests >= half]
    if len(later) < 2:
        return 0.0
    slope = statistics.linear_regression(
        [point.requests / 100_000 for point in later], [point.rss_mb for point in later]
    ).slope
    return float(slope)


def main() -> int:
    """Send, watch and check; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--different", action="store_true", help="no prompt comes twice")
    parser.add_argument("--journal", action="store_true", help="with the journal on disk as well")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there as well")
    options = parser.parse_args()
    if not wrk.CONNECTIONS <= options.requests <= 100_000_000:
        parser.error(f"--requests is from {wrk.CONNECTIONS} to 100,000,000")
    stop_on_sigterm()
    try:
        wrk.check_wrk()
        cores = two_cores()
        if options.journal and not has_disk_journal():
            raise BenchmarkError("mock-llm serve has no --journal")
        os.sched_setaffinity(0, {cores[1]})
        with tempfile.TemporaryDirectory(prefix="mock-llm-million-") as made:
            return _run(options, cores, Path(made))
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; everything that was started has been ended.", file=sys.stderr)
        return 130


def _run(options: argparse.Namespace, cores: tuple[int, int], folder: Path) -> int:
    port = free_port()
    sent = bodies(questions(), different=options.different)
    file = wrk.write_bodies(folder / "bodies", sent)
    disk = ["--journal", str(folder / "journal.sqlite3")] if options.journal else []
    points: list[Point] = []
    told = dict.fromkeys(_LEDGER_FIELDS, 0)
    first_number = time.time_ns() // 1000 % 10**11
    command = serve_command(port, "--scenario", "instant", *disk)
    with Running(command, cores[0], cwd=ROOT) as server:
        _wait(server, port)
        points.append(_point(server, 0))
        print(f"{'requests':>10}{'req/s':>9}{'RSS MB':>9}{'PSS MB':>9}")
        while points[-1].requests < options.requests:
            done = points[-1].requests
            step = min(_STEP, options.requests - done)
            load = wrk.run(port, file, cores[1], requests=step, first_number=first_number + done)
            told["prompt_tokens"] += load.prompt_tokens
            told["completion_tokens"] += load.completion_tokens
            told["requests"] += load.answered
            points.append(_point(server, done + step))
            now = points[-1]
            rate = f"{load.requests_per_s:,.0f}"
            print(f"{now.requests:>10,}{rate:>9}{now.rss_mb:>9.1f}{now.pss_mb:>9.1f}", flush=True)
        ledger = Asker(port).admin("ledger")
    problems = _ledger_problems(ledger, told)
    _report(points, problems, told)
    if options.json:
        data = {
            "points": [vars(point) for point in points],
            "growth_mb_per_100k": growth(points),
            "told": told,
            "ledger_problems": problems,
        }
        options.json.write_text(json.dumps(data, indent=2) + "\n")
    return 1 if problems else 0


def _wait(server: Running, port: int) -> None:
    """Wait until the server listens; unlike a request, that leaves the ledger empty."""
    ends = time.monotonic() + _READY_S
    while time.monotonic() < ends:
        if server.has_ended:
            raise BenchmarkError(f"the server ended at once:\n{server.last_words()}")
        try:
            Asker(port).connect()
            return
        except OSError:
            time.sleep(0.01)
    raise BenchmarkError("the server does not listen")


def _point(server: Running, requests: int) -> Point:
    memory = server.memory()
    return Point(requests, memory.rss / _MB, memory.pss / _MB)


def _ledger_problems(ledger: dict[str, object], told: dict[str, int]) -> list[str]:
    lines = ledger["lines"]
    assert isinstance(lines, list)
    problems = []
    total = sum(line["cost_nanodollars"] for line in lines)
    if total != ledger["total_nanodollars"]:
        problems.append(f"total {ledger['total_nanodollars']}, but its lines add up to {total}")
    for name in _LEDGER_FIELDS:
        written = sum(line[name] for line in lines)
        if written != told[name]:
            problems.append(f"{name}: {written:,} in the ledger, {told[name]:,} in the replies")
    return problems


def _report(points: Sequence[Point], problems: Sequence[str], told: dict[str, int]) -> None:
    slope = growth(points)
    most = max(point.rss_mb for point in points)
    flat = "flat" if abs(slope) <= _FLAT_MB else "NOT FLAT"
    print(f"\nmemory: {flat} ({slope:+.2f} MB RSS for each 100,000 requests in the second half)")
    verdict = "reached" if most < _MOST_MB else f"MISSED by {most - _MOST_MB:.0f} MB"
    print(f"most memory: {most:.0f} MB RSS (wanted < {_MOST_MB:g} MB): {verdict}")
    if problems:
        print("\n".join(f"ledger: WRONG: {problem}" for problem in problems))
    else:
        tokens = told["prompt_tokens"] + told["completion_tokens"]
        print(
            f"ledger: its total is the sum of its lines, and it has all {told['requests']:,} "
            f"requests with the {tokens:,} tokens that the replies named"
        )


if __name__ == "__main__":
    sys.exit(main())

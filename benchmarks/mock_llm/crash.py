"""`kill -9` in the middle of a million requests: does the journal on disk have every reply.

    python benchmarks/mock_llm/crash.py
    python benchmarks/mock_llm/crash.py --requests 50000

The client writes down the id and the token counts of each reply that it received whole. After the
requests it pauses, and the ledger of the running server must be the sum of its lines and equal the
file; then it goes on, and the server is killed with requests under way. Each reply must be in the
file, once, with the same token counts.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from asking import Asker, first_reply
from contestants import ROOT, has_disk_journal, serve_command
from process import BenchmarkError, Running, free_port, stop_on_sigterm, two_cores
from prompts import bodies, questions
from reply_client import ReplyClient

# How the journal's file names things: a row for each request, and the rows that cost something.
JOURNAL, LEDGER = "requests", "ledger"
ID, PROMPT, COMPLETION, COST = "id", "prompt_tokens", "completion_tokens", "cost_nanodollars"

_CONNECTIONS = 32
_MORE = 5_000  # replies between the pause and the kill
_NOT_THERE = 2


def main() -> int:
    """Run and check; returns 0 if nothing is missing, 1 if something is, 2 without --journal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=1_000_000, metavar="N")
    options = parser.parse_args()
    if not 1 <= options.requests <= 10_000_000:
        parser.error("--requests is from 1 to 10,000,000")
    stop_on_sigterm()
    try:
        cores = two_cores()
        if not has_disk_journal():
            print("mock-llm serve has no --journal: there is nothing to check.", file=sys.stderr)
            return _NOT_THERE
        os.sched_setaffinity(0, {cores[1]})
        with tempfile.TemporaryDirectory(prefix="mock-llm-crash-") as made:
            problems = _run(options.requests, cores[0], Path(made) / "journal.sqlite3")
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; everything that was started has been ended.", file=sys.stderr)
        return 130
    print("\n".join(problems) or "Nothing is missing, and the ledger is the sum of its lines.")
    return 1 if problems else 0


def _run(requests: int, core: int, journal: Path) -> list[str]:
    port = free_port()
    sent = bodies(questions())
    command = serve_command(port, "--scenario", "instant", "--journal", str(journal))
    with Running(command, core, cwd=ROOT) as server:
        first_reply(server, port, sent[0])
        client = ReplyClient(port, sent, _CONNECTIONS)
        try:
            began = time.perf_counter()
            client.run(requests)
            took = time.perf_counter() - began
            print(f"{requests:,} replies in {took:.0f} s; the ledger is read …", flush=True)
            problems = _ledger_problems(Asker(port).admin("ledger"), journal)
            print(f"{_MORE:,} more, then kill -9 …", flush=True)
            client.run(_MORE, then=server.kill)
        finally:
            client.close()
    print(f"{len(client.replies):,} replies were received whole; the file is read …", flush=True)
    return problems + _missing(client.replies, journal)


def _ledger_problems(ledger: dict[str, object], journal: Path) -> list[str]:
    """What is wrong with the ledger of the running server, while nothing is under way."""
    lines = ledger["lines"]
    assert isinstance(lines, list)
    added = sum(line["cost_nanodollars"] for line in lines)
    with closing(sqlite3.connect(journal)) as db:
        on_disk = _sum(db, LEDGER)
    total = ledger["total_nanodollars"]
    problems = []
    if added != total:
        problems.append(f"LEDGER: its total is {total}, its lines add up to {added}")
    if on_disk != total:
        problems.append(f"LEDGER: its total is {total}, the file's lines add up to {on_disk}")
    return problems


def _missing(replies: Sequence[tuple[str, int, int]], journal: Path) -> list[str]:
    """What the file lacks of what the client received, after the kill."""
    problems = []
    with closing(sqlite3.connect(journal)) as db:
        if (found := db.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            problems.append(f"FILE: {found}")
        rows = db.execute(f"SELECT {ID}, {PROMPT}, {COMPLETION} FROM {JOURNAL}")  # noqa: S608
        written: dict[str, tuple[int, int]] = {}
        count = 0
        for id, prompt, completion in rows:
            written[id] = (prompt, completion)
            count += 1
        if count != len(written):
            problems.append(f"FILE: {count - len(written):,} requests are in it more than once")
        if _sum(db, LEDGER) != _sum(db, JOURNAL):
            problems.append("FILE: the ledger's lines do not add up to what the requests cost")
    lost = [id for id, *_ in replies if id not in written]
    other = [id for id, *usage in replies if id in written and written[id] != tuple(usage)]
    if lost:
        problems.append(f"LOST: {len(lost):,} replies are not in the file, first {lost[0]}")
    if other:
        problems.append(f"WRONG: {len(other):,} have other token counts, first {other[0]}")
    print(f"{count:,} requests in the file, {len(lost):,} of the replies missing from it")
    return problems


def _sum(db: sqlite3.Connection, table: str) -> int:
    return int(db.execute(f"SELECT COALESCE(SUM({COST}), 0) FROM {table}").fetchone()[0])  # noqa: S608


if __name__ == "__main__":
    sys.exit(main())

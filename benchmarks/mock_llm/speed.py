"""Requests, stream events, start and memory of our server and its peers, all in one run.

    python benchmarks/mock_llm/speed.py
    python benchmarks/mock_llm/speed.py --only floor aimock mock_llm --seconds 3 --json out.json

The server has one core for itself, the load generator (wrk, 32 connections) another. README.md says
what each column means.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import wrk
from asking import check_replies, first_reply
from contestants import ROOT, Contestant, contestants, has_disk_journal
from process import BenchmarkError, Running, free_port, stop_on_sigterm, two_cores
from prompts import bodies, questions

_WARM_UP_S = 1.0
_STARTS = 5
_MB = 1024 * 1024


@dataclass(frozen=True)
class Row:
    """What one server reached. None where it was not measured; cpu is a share of one core."""

    name: str
    version: str
    note: str
    requests_per_s: float
    p50_ms: float
    p99_ms: float
    mean_reply_bytes: float
    replies_outside_300_to_700: int
    server_cpu: float
    server_cpu_us_per_request: float
    client_cpu: float
    events_per_s: float | None
    events_per_stream: float | None
    stream_p99_ms: float | None
    stream_server_cpu: float | None
    stream_client_cpu: float | None
    start_to_first_reply_s: float
    rss_mb: float
    pss_mb: float


class Speed:
    """Measures servers one after the other.

    Args:
        seconds: how long each load lasts.
        cores: the server's and the load generator's.
    """

    def __init__(self, seconds: float, cores: tuple[int, int], folder: Path) -> None:
        self._seconds = seconds
        self._core, self._other_core = cores
        self._folder = folder
        texts = questions()
        self._bodies = {
            different: bodies(texts, different=different) for different in (False, True)
        }
        self._files = {
            (stream, different): wrk.write_bodies(
                folder / f"bodies-{stream}-{different}",
                bodies(texts, stream=stream, different=different),
            )
            for stream in (False, True)
            for different in (False, True)
        }

    def measure(self, one: Contestant) -> Row:
        """Everything about one server; it runs only meanwhile.

        Raises:
            BenchmarkError: it does not do what it should.
        """
        starts = []
        for number in range(_STARTS - 1):
            port = free_port()
            with self._start(one, port, number) as server:
                starts.append(first_reply(server, port, self._bodies[False][0]))
        port = free_port()
        with self._start(one, port, _STARTS) as server:
            starts.append(first_reply(server, port, self._bodies[False][0]))
            replies = check_replies(port, self._bodies[one.different])
            whole, cpu = self._load(one, server, port, stream=False)
            streamed, stream_cpu = None, None
            if one.streams:
                streamed, stream_cpu = self._load(one, server, port, stream=True)
            memory = server.memory()
        return Row(
            name=one.name,
            version=one.version,
            note=one.note,
            requests_per_s=whole.requests_per_s,
            p50_ms=whole.p50_us / 1000,
            p99_ms=whole.p99_us / 1000,
            server_cpu=cpu,
            server_cpu_us_per_request=cpu / whole.requests_per_s * 1e6,
            client_cpu=whole.client_cpu,
            events_per_s=streamed.events_per_s if streamed else None,
            events_per_stream=streamed.events / streamed.answered if streamed else None,
            stream_p99_ms=streamed.p99_us / 1000 if streamed else None,
            stream_server_cpu=stream_cpu,
            stream_client_cpu=streamed.client_cpu if streamed else None,
            start_to_first_reply_s=statistics.median(starts),
            rss_mb=memory.rss / _MB,
            pss_mb=memory.pss / _MB,
            mean_reply_bytes=replies.mean_bytes,
            replies_outside_300_to_700=replies.outside,
        )

    def _start(self, one: Contestant, port: int, number: int) -> Running:
        folder = self._folder / f"{one.name}-{number}"
        folder.mkdir()
        return Running(one.command(port, folder), self._core, cwd=ROOT, env=one.env)

    def _load(
        self, one: Contestant, server: Running, port: int, *, stream: bool
    ) -> tuple[wrk.Load, float]:
        file = self._files[stream, one.different]
        wrk.run(port, file, self._other_core, seconds=_WARM_UP_S)
        before = server.cpu_s()
        load = wrk.run(
            port,
            file,
            self._other_core,
            seconds=self._seconds,
            read="events" if stream else "nothing",
        )
        return load, (server.cpu_s() - before) / (load.duration_us / 1e6)


_COLUMNS: Sequence[tuple[str, Callable[[Row], str]]] = (
    ("server", lambda row: f"{row.name} {row.version}".strip()),
    ("req/s", lambda row: f"{row.requests_per_s:,.0f}"),
    ("p50 ms", lambda row: f"{row.p50_ms:.1f}"),
    ("p99 ms", lambda row: f"{row.p99_ms:.1f}"),
    ("bytes", lambda row: f"{row.mean_reply_bytes:.0f}{'*' * bool(_odd(row))}"),
    ("cpu s/c", lambda row: f"{row.server_cpu:.2f}/{row.client_cpu:.2f}"),
    ("cpu µs", lambda row: f"{row.server_cpu_us_per_request:.0f}"),
    ("events/s", lambda row: _maybe(row.events_per_s, ",.0f")),
    ("per stream", lambda row: _maybe(row.events_per_stream, ".0f")),
    ("cpu s/c", lambda row: f"{_maybe(row.stream_server_cpu)}/{_maybe(row.stream_client_cpu)}"),
    ("start s", lambda row: f"{row.start_to_first_reply_s:.2f}"),
    ("RSS MB", lambda row: f"{row.rss_mb:.0f}"),
    ("PSS MB", lambda row: f"{row.pss_mb:.0f}"),
    ("note", lambda row: row.note),
)


def _maybe(value: float | None, form: str = ".2f") -> str:
    return "–" if value is None else format(value, form)


def _odd(row: Row) -> int:
    return row.replies_outside_300_to_700


def table(rows: Sequence[Row]) -> str:
    """The rows for people."""
    cells = [[name for name, _ in _COLUMNS], *([show(row) for _, show in _COLUMNS] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_COLUMNS))]
    ends = (0, len(_COLUMNS) - 1)  # text; the columns between are numbers
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in ends else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )


@dataclass(frozen=True)
class Figure:
    """A figure to reach. `least` is False for one to stay under.

    `by_cpu` is the same ratio from the processor time that each request or event took.
    """

    what: str
    reached: float
    wanted: float
    least: bool = True
    by_cpu: float | None = None

    @property
    def is_met(self) -> bool:
        return self.reached >= self.wanted if self.least else self.reached < self.wanted

    def __str__(self) -> str:
        sign = "≥" if self.least else "<"
        missed = abs(self.reached / self.wanted - 1)
        verdict = "reached" if self.is_met else f"MISSED by {missed:.0%}"
        by_cpu = "" if self.by_cpu is None else f"; by processor time {self.by_cpu:.2f}"
        wanted = f"wanted {sign} {self.wanted:,.2f}"
        return f"{self.what}: {self.reached:,.2f} ({wanted}{by_cpu}): {verdict}"


# The floor's rate on the machine where "15,000 requests a second" was asked for.
_FLOOR_THERE, _WANTED_THERE = 42_800, 15_000


def figures(rows: Sequence[Row]) -> list[Figure]:
    """Those that can be told from the rows that there are."""
    by_name = {row.name: row for row in rows}
    ours, aimock, floor = (by_name.get(name) for name in ("mock_llm", "aimock", "floor"))
    found: list[Figure] = []
    if ours is None:
        return found
    if aimock is not None:
        found.append(_faster("requests/s, of aimock's", _requests, ours, aimock, 1.2))
        if ours.events_per_s and aimock.events_per_s:
            found.append(_faster("stream events/s, of aimock's", _events, ours, aimock, 2.0))
    if floor is not None:
        least = _WANTED_THERE / _FLOOR_THERE
        found.append(_faster("requests/s, of the floor's", _requests, ours, floor, least))
    start = ours.start_to_first_reply_s
    return [*found, Figure("start to first reply, s", start, 0.6, least=False)]


def _faster(
    what: str, rate: Callable[[Row], tuple[float, float]], ours: Row, other: Row, least: float
) -> Figure:
    (our_rate, our_cpu), (other_rate, other_cpu) = rate(ours), rate(other)
    by_cpu = (our_rate / our_cpu) / (other_rate / other_cpu)
    return Figure(what, our_rate / other_rate, least, by_cpu=by_cpu)


def _requests(row: Row) -> tuple[float, float]:
    return row.requests_per_s, row.server_cpu


def _events(row: Row) -> tuple[float, float]:
    return row.events_per_s or 0.0, row.stream_server_cpu or 1.0


_BUSY = 0.9
"""A server that had less of its core while it was loaded shared it with somebody."""


def not_quiet(rows: Sequence[Row]) -> list[str]:
    """The servers whose rates say little, because neither they nor wrk had all of a core."""
    return [row.name for row in rows if row.server_cpu < _BUSY and row.client_cpu < _BUSY]


def main() -> int:
    """Measure, say so meanwhile, and print the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [each.name for each in contestants()]
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=names, help=", ".join(names))
    parser.add_argument("--seconds", type=float, default=5.0, help="of each load (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there as well")
    options = parser.parse_args()
    if not 1 <= options.seconds <= 600:
        parser.error("--seconds is from 1 to 600")
    stop_on_sigterm()
    try:
        wrk.check_wrk()
        cores = two_cores()
        rows, failed = _measure(options.only or names, options.seconds, cores)
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; everything that was started has been ended.", file=sys.stderr)
        return 130
    met = figures(rows)
    print()
    print(table(rows))
    if any(map(_odd, rows)):
        print("* some replies are not of 300 to 700 bytes")
    if shared := not_quiet(rows):
        print(f"not quiet: {', '.join(shared)} did not get a whole core; compare by cpu µs")
    print("\n".join(["", *map(str, met)]))
    if options.json:
        data = {
            "seconds": options.seconds,
            "connections": wrk.CONNECTIONS,
            "rows": [asdict(row) for row in rows],
            "figures": [{**asdict(each), "is_met": each.is_met} for each in met],
        }
        options.json.write_text(json.dumps(data, indent=2) + "\n")
    return 1 if failed else 0


def _measure(
    names: Sequence[str], seconds: float, cores: tuple[int, int]
) -> tuple[list[Row], list[str]]:
    os.sched_setaffinity(0, {cores[1]})  # nothing of ours disturbs the server's core
    rows, failed = [], []
    with tempfile.TemporaryDirectory(prefix="mock-llm-speed-") as made:
        speed = Speed(seconds, cores, Path(made))
        disk = has_disk_journal()
        for one in contestants():
            if one.name not in names:
                continue
            print(f"{one.name:<24}", end="", flush=True)
            if not one.is_there:
                print("not installed; run install_peers.py")
                continue
            if "-disk" in one.name and not disk:
                print("not there: mock-llm serve has no --journal")
                continue
            try:
                row = speed.measure(one)
            except BenchmarkError as error:
                print(f"FAILED: {error}")
                failed.append(one.name)
                continue
            rows.append(row)
            events = _maybe(row.events_per_s, ",.0f")
            print(f"{row.requests_per_s:>9,.0f} req/s {events:>9} events/s", flush=True)
    return rows, failed


if __name__ == "__main__":
    sys.exit(main())

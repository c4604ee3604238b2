"""How late the chunks of many concurrent streams come, at 20 ms a chunk.

    python benchmarks/mock_llm/streams.py
    python benchmarks/mock_llm/streams.py --streams 100 --seconds 10

Chunk k of a stream is due at  sent + 20 ms + k · 20 ms,  where `sent` is when the client sent the
request. Its lateness is the time at which the client read it less that, on one monotonic clock, so
it holds everything: the request's way, the server's queue, its timers, the chunk's way and the
client itself. What the client and the machine cost is measured beside it: the same load on a bare
ASGI app that sends by absolute deadlines (floor.py).
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from asking import first_reply
from contestants import HERE, ROOT, serve_command
from process import BenchmarkError, Running, free_port, stop_on_sigterm, two_cores
from prompts import bodies, questions
from stream_client import StreamClient

CHUNK_S = 0.02
_SCENARIO = f"latency:\n  default: {{ttft_median_s: {CHUNK_S}, per_token_median_s: {CHUNK_S}}}\n"
_WANTED_MS = {100: 5.0, 1000: 25.0}
_RAMP_S = 1.0


@dataclass(frozen=True)
class Lateness:
    """Of one load on one server, in milliseconds. cpu is a share of one core."""

    server: str
    streams: int
    together: bool
    chunks: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    server_cpu: float
    client_cpu: float

    def __str__(self) -> str:
        start = "at once" if self.together else f"over {_RAMP_S:g} s"
        return (
            f"{self.server:<10}{self.streams:>8}  {start:<10}{self.chunks:>9,}"
            f"{self.p50_ms:>9.2f}{self.p99_ms:>9.2f}{self.max_ms:>9.2f}"
            f"{self.server_cpu:>8.2f}/{self.client_cpu:.2f}"
        )


def commands(folder: Path, port: int) -> dict[str, list[str]]:
    """The servers, by name: the floor and ours, both at 20 ms a chunk."""
    scenario = folder / "paced.yaml"
    scenario.write_text(_SCENARIO)
    pace = ["--first-s", str(CHUNK_S), "--each-s", str(CHUNK_S)]
    return {
        "floor": [sys.executable, str(HERE / "floor.py"), "--port", str(port), *pace],
        "mock_llm": serve_command(port, "--scenario", str(scenario)),
    }


def measure(
    name: str, folder: Path, streams: int, together: bool, seconds: float, cores: tuple[int, int]
) -> Lateness:
    """One load on one server.

    Raises:
        BenchmarkError: the server does not start, or breaks a stream off.
    """
    port = free_port()
    texts = questions()
    with Running(commands(folder, port)[name], cores[0], cwd=ROOT) as server:
        first_reply(server, port, bodies(texts[:1])[0])
        client = StreamClient(port, bodies(texts, stream=True), streams, CHUNK_S)
        try:
            before, own = server.cpu_s(), sum(os.times()[:2])
            took = client.run(seconds, 0.0 if together else _RAMP_S)
            cpu, client_cpu = server.cpu_s() - before, sum(os.times()[:2]) - own
        finally:
            client.close()
    late = sorted(client.lateness_s)
    if not late:
        raise BenchmarkError(f"{name}: no chunk came")
    return Lateness(
        name,
        streams,
        together,
        len(late),
        late[len(late) // 2] * 1000,
        late[int(len(late) * 0.99)] * 1000,
        late[-1] * 1000,
        cpu / took,
        client_cpu / took,
    )


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--streams", type=int, nargs="+", default=[100, 1000], metavar="N")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each load (%(default)s)")
    parser.add_argument("--only", nargs="+", choices=("floor", "mock_llm"), metavar="NAME")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there as well")
    options = parser.parse_args()
    if not all(1 <= n <= 10_000 for n in options.streams) or not 1 <= options.seconds <= 600:
        parser.error("--streams are from 1 to 10000, --seconds from 1 to 600")
    stop_on_sigterm()
    rows: list[Lateness] = []
    try:
        cores = two_cores()
        os.sched_setaffinity(0, {cores[1]})
        gc.disable()  # a collection would make chunks late that were not
        with tempfile.TemporaryDirectory(prefix="mock-llm-streams-") as made:
            print("server     streams  started      chunks   p50 ms   p99 ms   max ms  cpu s/c")
            for streams in options.streams:
                for together in (False, True):
                    for name in options.only or ("floor", "mock_llm"):
                        row = measure(name, Path(made), streams, together, options.seconds, cores)
                        rows.append(row)
                        print(row, flush=True)
                        gc.collect()
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; everything that was started has been ended.", file=sys.stderr)
        return 130
    _judge(rows)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    return 0


def _judge(rows: Sequence[Lateness]) -> None:
    print()
    for row in rows:
        wanted = _WANTED_MS.get(row.streams)
        if row.server == "mock_llm" and wanted is not None:
            start = "at once" if row.together else "one after the other"
            over = row.p99_ms - wanted
            verdict = "reached" if over < 0 else f"MISSED by {over:.1f} ms"
            print(
                f"{row.streams} streams started {start}: p99 {row.p99_ms:.1f} ms "
                f"(wanted < {wanted:g} ms): {verdict}"
            )


if __name__ == "__main__":
    sys.exit(main())

"""The load generator: wrk (https://github.com/wg/wrk), one thread on one core."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from process import BenchmarkError, pinned

CONNECTIONS = 32
_SCRIPT = Path(__file__).resolve().parent / "load.lua"
_MOST_S = 3600  # that a run with a number of requests may take
_LATE_S = 30


@dataclass(frozen=True)
class Load:
    """What one run of wrk saw. Times in microseconds where their names say so.

    `bytes` are all that were received, headers too. `client_cpu` is the share of its core that wrk
    was busy: near 1, it is wrk that is measured and not the server.
    """

    requests: int
    bytes: int
    duration_us: int
    p50_us: int
    p99_us: int
    max_us: int
    bad_status: int
    broken: int
    events: int
    prompt_tokens: int
    completion_tokens: int
    answered: int
    client_cpu: float

    @property
    def requests_per_s(self) -> float:
        return self.requests / (self.duration_us / 1e6)

    @property
    def events_per_s(self) -> float:
        return self.events / (self.duration_us / 1e6)


def check_wrk() -> None:
    """Raises BenchmarkError if wrk is not installed."""
    if shutil.which("wrk") is None:
        raise BenchmarkError("wrk is missing. Try: sudo apt-get install wrk")


def write_bodies(path: Path, bodies: Sequence[bytes]) -> Path:
    """Write request bodies as load.lua reads them: one a line."""
    path.write_bytes(b"".join(body + b"\n" for body in bodies))
    return path


def run(
    port: int,
    bodies: Path,
    core: int,
    *,
    seconds: float = 0.0,
    requests: int = 0,
    read: Literal["nothing", "events", "usage"] = "nothing",
    first_number: int | None = None,
) -> Load:
    """Send for so many seconds, or exactly so many requests.

    Args:
        first_number: where the counter in the prompts begins; None takes one that is new each time.

    Raises:
        BenchmarkError: wrk failed, or a reply was not 200.
    """
    number = time.time_ns() // 1000 % 10**12 if first_number is None else first_number
    timed = _MOST_S if requests else max(1, round(seconds))
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{timed}s", "--timeout", "10s"]
    command += ["-s", str(_SCRIPT), f"http://127.0.0.1:{port}", "--"]
    command += [str(bodies), str(number), str(requests), read]
    process = subprocess.Popen(
        pinned(core, command),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    began = time.perf_counter()
    used = _children_cpu_s()
    try:
        said, _ = process.communicate(timeout=timed + _LATE_S)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    busy = (_children_cpu_s() - used) / (time.perf_counter() - began)
    lines = [line for line in said.splitlines() if line.startswith("@@")]
    if process.returncode or not lines:
        raise BenchmarkError(f"wrk failed: {said.strip()}")
    load = Load(**json.loads(lines[0][2:]), client_cpu=busy)
    if load.bad_status or load.broken:
        raise BenchmarkError(f"{load.bad_status} replies were not 200, {load.broken} broke off")
    if not load.requests:
        raise BenchmarkError("no reply came")
    return load


def _children_cpu_s() -> float:
    """Processor seconds of the children that have ended; wrk is the one that ends meanwhile."""
    times = os.times()
    return times.children_user + times.children_system

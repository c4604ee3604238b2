"""Part 2's cache against a real Redis server, by URL, as in production.

The server is started here, on a free port, from Debian's package; CI installs it.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from workshop.grading.engine import Engine
from workshop.grading.launch import REDIS_VARIABLE
from workshop.parts import find_part, repository_root

ROOT = repository_root()
SERVER = shutil.which("redis-server")

if SERVER is None and os.environ.get("CI"):
    pytest.fail("CI needs redis-server; .ci/run installs it", pytrace=False)
pytestmark = pytest.mark.skipif(
    SERVER is None, reason="needs redis-server; Debian: apt install redis-server"
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def real_redis(tmp_path: Path) -> Iterator[str]:
    """The URL of a Redis server of our own, without persistence."""
    port = free_port()
    words = [str(SERVER), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen([*words, "--dir", str(tmp_path)], stdout=subprocess.DEVNULL)
    try:
        with redis.Redis(port=port) as client:
            for _ in range(100):
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/3"
    finally:
        server.terminate()
        server.wait(timeout=10)


def test_the_finished_service_earns_the_caches_points_on_a_real_server(
    real_redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REDIS_VARIABLE, real_redis)
    part = find_part(ROOT, "2")

    with Engine() as engine:
        result = engine.grade(part, ROOT / "solutions" / part.id, tasks=["cache"], hidden=True)

    (cache,) = result.tasks
    assert cache.state == "passed", cache.reasons
    with redis.Redis.from_url(real_redis) as client:
        assert client.info("stats")["total_connections_received"] > 5, "it was not this server"

"""The Redis of one test ends when it is told to, whatever its clients do."""

from __future__ import annotations

import socket
import time
from urllib.parse import urlsplit

import pytest

from workshop.grading.launch import REDIS_VARIABLE
from workshop.grading.redis_server import RedisServer


def test_a_client_that_waits_for_ever_does_not_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REDIS_VARIABLE, raising=False)
    server = RedisServer()
    url = urlsplit(server.url)
    with socket.create_connection((url.hostname or "", url.port or 0)) as client:
        client.sendall(b"*3\r\n$5\r\nBLPOP\r\n$1\r\nx\r\n$1\r\n0\r\n")
        time.sleep(0.3)
        began = time.monotonic()
        server.close()
    assert time.monotonic() - began < 5

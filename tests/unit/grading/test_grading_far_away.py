"""Connections are handed on; once it is out of reach, nobody refuses one and nobody takes it."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from workshop.grading.far_away import FarAway


@pytest.fixture
def provider() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        yield listening


@pytest.fixture
def way(provider: socket.socket) -> Iterator[FarAway]:
    made = FarAway(f"http://127.0.0.1:{provider.getsockname()[1]}")
    yield made
    made.close()


def test_what_is_sent_arrives_and_so_does_the_reply(provider: socket.socket, way: FarAway) -> None:
    with socket.create_connection(_address(way), timeout=5) as client:
        client.sendall(b"a tent?")
        with provider.accept()[0] as served:
            assert served.recv(100) == b"a tent?"
            served.sendall(b"the Fennick")
            assert client.recv(100) == b"the Fennick"
            client.shutdown(socket.SHUT_WR)
            assert served.recv(100) == b""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows refuses where a queue is full")
def test_out_of_reach_whoever_connects_waits_for_as_long_as_they_will(way: FarAway) -> None:
    with socket.create_connection(_address(way), timeout=5) as before:
        way.go_out_of_reach()
        assert before.recv(100) == b""
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        socket.create_connection(_address(way), timeout=0.3)

    assert time.monotonic() - began >= 0.3


def test_when_it_is_closed_nothing_waits_any_more(way: FarAway) -> None:
    way.close()
    with pytest.raises(OSError):  # noqa: PT011  # refused, in the words of each system
        socket.create_connection(_address(way), timeout=5)


def _address(way: FarAway) -> tuple[str, int]:
    url = urlsplit(way.url)
    assert url.hostname
    assert url.port
    return url.hostname, url.port

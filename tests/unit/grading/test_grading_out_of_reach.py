"""Nobody refuses a connection to a provider that is out of reach, and nobody takes it."""

from __future__ import annotations

import socket
import sys
import time
from urllib.parse import urlsplit

import pytest

from workshop.grading.out_of_reach import OutOfReach


@pytest.mark.skipif(sys.platform == "win32", reason="Windows refuses where a queue is full")
def test_whoever_connects_waits_for_as_long_as_they_will() -> None:
    provider = OutOfReach()
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        socket.create_connection(_address(provider), timeout=0.3)

    assert time.monotonic() - began >= 0.3
    provider.close()


def test_when_it_is_closed_nothing_waits_any_more() -> None:
    provider = OutOfReach()
    provider.close()
    with pytest.raises(OSError):  # noqa: PT011  # refused, in the words of each system
        socket.create_connection(_address(provider), timeout=5)


def _address(provider: OutOfReach) -> tuple[str, int]:
    url = urlsplit(provider.url)
    assert url.hostname
    assert url.port
    return url.hostname, url.port

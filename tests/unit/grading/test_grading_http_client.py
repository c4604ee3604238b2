"""A server that holds or fills whoever asks it is given up in time."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from workshop.grading.http_client import BodyTooLong, make_client

SMALL = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
ENDLESS = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@contextlib.contextmanager
def serving(head: bytes, again: bytes, pause_s: float) -> Iterator[str]:
    """A server that sends `head` and then `again`, up to 2000 times, with a pause between."""
    over = threading.Event()

    def serve() -> None:
        with contextlib.suppress(OSError), listening.accept()[0] as client:
            client.recv(1 << 16)
            client.sendall(head)
            for _ in range(2000):
                if not again or over.wait(pause_s):
                    return
                client.sendall(again)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        over.set()
        thread.join()


def test_a_reply_arrives() -> None:
    with serving(SMALL, b"", 0) as url, make_client(2.0) as client:
        assert client.get(url).text == "ok"


@pytest.mark.parametrize(
    ("head", "again"),
    [
        (b"HTTP/1.1 200 OK\r\nx: ", b"y"),
        (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
        (ENDLESS, b"1\r\nx\r\n"),
    ],
    ids=["a header that does not end", "only interim replies", "a body that does not end"],
)
def test_what_trickles_is_given_up_in_time(head: bytes, again: bytes) -> None:
    with serving(head, again, 0.02) as url, make_client(0.3) as client:
        began = time.monotonic()
        with pytest.raises(httpx.ReadTimeout):
            client.get(url)
    assert time.monotonic() - began < 5


def test_a_body_has_a_bound() -> None:
    chunk = b"10000\r\n" + b"x" * (1 << 16) + b"\r\n"
    with serving(ENDLESS, chunk, 0) as url, make_client(5.0) as client, pytest.raises(BodyTooLong):
        client.get(url)

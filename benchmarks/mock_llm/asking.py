"""Asks a server one thing at a time: is it up, are its replies what they should be."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from process import BenchmarkError, Running

HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer sk-bench"}
CHAT = "/v1/chat/completions"
LEAST_BYTES, MOST_BYTES = 300, 700
_START_S = 60.0
_POLL_S = 0.001
_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Replies:
    """What a server's replies are like. `outside` is how many are not of 300 to 700 bytes."""

    asked: int
    mean_bytes: float
    outside: int


def first_reply(server: Running, port: int, body: bytes) -> float:
    """Wait for a server's first whole reply; returns seconds since it was started.

    Raises:
        BenchmarkError: it ended, answered something else, or did not come within a minute.
    """
    while time.perf_counter() - server.started < _START_S:
        if server.has_ended:
            raise BenchmarkError(f"it ended at once:\n{server.last_words()}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_S).close()
        except OSError:
            time.sleep(_POLL_S)
            continue
        asker = Asker(port)
        status, said = asker.post(body)
        took = time.perf_counter() - server.started
        asker.close()
        if status != 200:
            raise BenchmarkError(f"the first reply was {status}: {said[:300]!r}")
        return took
    raise BenchmarkError(f"no reply within {_START_S:g} s:\n{server.last_words()}")


class Asker:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)

    def connect(self) -> None:
        """Connect without asking for anything.

        Raises:
            OSError: nobody listens.
        """
        self._http.connect()

    def post(self, body: bytes) -> tuple[int, bytes]:
        """Ask for a chat completion; returns status and body."""
        self._http.request("POST", CHAT, body, HEADERS)
        reply = self._http.getresponse()
        return reply.status, reply.read()

    def admin(self, path: str) -> Any:
        """Read something of our admin interface.

        Raises:
            BenchmarkError: it answered something else than 200.
        """
        self._http.request("GET", f"/_mock/{path}", headers=HEADERS)
        reply = self._http.getresponse()
        said = reply.read()
        if reply.status != 200:
            raise BenchmarkError(f"GET /_mock/{path} answered {reply.status}: {said[:300]!r}")
        return json.loads(said)

    def close(self) -> None:
        self._http.close()


def check_replies(port: int, bodies: Sequence[bytes]) -> Replies:
    """Ask everything once.

    Raises:
        BenchmarkError: a reply is not a chat completion that says something.
    """
    asker = Asker(port)
    sizes = []
    for body in bodies:
        status, said = asker.post(body)
        try:
            answer = json.loads(said)["choices"][0]["message"]["content"] if status == 200 else ""
        except (ValueError, KeyError, IndexError) as error:
            raise BenchmarkError(f"a reply is no chat completion: {said[:300]!r}") from error
        if not answer:
            raise BenchmarkError(f"a reply was {status}: {said[:300]!r}")
        sizes.append(len(said))
    asker.close()
    outside = sum(not LEAST_BYTES <= size <= MOST_BYTES for size in sizes)
    return Replies(len(sizes), sum(sizes) / len(sizes), outside)

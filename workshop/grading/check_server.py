"""Checks for the terminals and notebooks of a running lab, with imports done once for all of them.

`workshop lab` holds a CheckServer. It writes its address and a token into the clone's state
folder, readable by the user alone, and `ask_lab` (check_client) reads them there. A request names
a part and a folder; the reply is a line of JSON for each step and a last one with the result.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import secrets
import threading
from collections.abc import Iterator
from dataclasses import asdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from workshop.bootstrap_paths import Clone
from workshop.files import read_json, write_json
from workshop.grading.engine import Engine, Progress
from workshop.grading.launch import can_fork_warm
from workshop.parts import PartError, find_part

MAX_REQUEST = 1 << 16


def address_file(clone: Clone) -> Path:
    """Where a running lab says how its check server is reached."""
    return clone.state / "check-server.json"


@contextlib.contextmanager
def check_server(clone: Clone) -> Iterator[CheckServer | None]:
    """A server that ends with the block; None where no process can be kept warm."""
    if not can_fork_warm():
        yield None
        return
    server = CheckServer(clone)
    try:
        yield server
    finally:
        server.close()


class CheckServer:
    """Listens on a free port of 127.0.0.1, one check at a time; who comes meanwhile gets 503."""

    def __init__(self, clone: Clone) -> None:
        self.clone = clone
        self.engine = Engine()
        self.token = secrets.token_urlsafe(24)
        self.busy = threading.Lock()
        self._file = address_file(clone)
        self._http = _Listener(self)
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._thread.start()
        address = {"port": self._http.server_address[1], "token": self.token}
        write_json(self._file, address, private=True)

    def warm_up(self) -> None:
        """Starts the imports, which go on in the background."""
        self.engine.warm_up()

    def close(self) -> None:
        """Ends the server and its warm processes. Another lab's address is left alone."""
        if read_json(self._file).get("token") == self.token:
            self._file.unlink(missing_ok=True)
        self._http.shutdown()
        self._http.server_close()
        self.engine.close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, server: CheckServer) -> None:
        self.check_server = server
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    timeout = 10

    def do_POST(self) -> None:
        """One check."""
        server = self.server.check_server
        given = self.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {server.token}".encode()):
            self.send_error(HTTPStatus.UNAUTHORIZED)
            return
        try:
            length = min(int(self.headers.get("Content-Length", "0")), MAX_REQUEST)
            asked = json.loads(self.rfile.read(length))
            part = find_part(server.clone.root, str(asked["part"]))
            folder, tasks = Path(asked["folder"]), asked["tasks"]
            for task in tasks or ():
                part.task(task)
        except (KeyError, TypeError, ValueError, PartError):
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        if not server.busy.acquire(blocking=False):
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        try:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "application/x-ndjson")
            self.end_headers()
            # Whoever hangs up breaks the next write, and that ends the check.
            with contextlib.suppress(OSError):
                result = server.engine.grade(
                    part, folder, tasks=tasks, on_progress=self._tell_progress
                )
                self._tell({"result": asdict(result)})
        finally:
            server.busy.release()

    def _tell_progress(self, progress: Progress) -> None:
        self._tell({"progress": asdict(progress)})

    def _tell(self, message: dict[str, Any]) -> None:
        self.wfile.write(json.dumps(message).encode() + b"\n")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the lab's terminal belongs to the lab."""

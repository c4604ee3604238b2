"""The child's end of a private channel: one JSON object a line, over two file descriptors."""

from __future__ import annotations

import json
import os
import threading
from typing import Any

MAX_MESSAGE = 5 << 20


class Channel:
    """Reads and writes whole messages. Writing is safe from several threads."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._reader = os.fdopen(read_fd, "rb", closefd=False)
        self._write_fd = write_fd
        self._lock = threading.Lock()

    def read(self) -> dict[str, Any] | None:
        """The next message, or None once the other side has gone."""
        line = self._reader.readline()
        if not line:
            return None
        message: dict[str, Any] = json.loads(line)
        return message

    def write(self, message: dict[str, Any]) -> None:
        """Raises TypeError or ValueError for what is not plain JSON or more than 5 MB of it."""
        line = json.dumps(message, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        if len(line) > MAX_MESSAGE:
            raise ValueError(
                f"the answer has {len(line) / 1e6:.1f} MB, more than {MAX_MESSAGE >> 20} MB"
            )
        with self._lock:
            view = memoryview(line)
            while view:
                view = view[os.write(self._write_fd, view) :]

"""A process of the engine as its starter sees it: messages, captured output, a sure end."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import sys
import threading
import time
from typing import Any, Protocol

from workshop.grading.channel import MAX_MESSAGE

_CHUNK = 1 << 16
_MAX_WAITING = 2000
_MAX_WAITING_BYTES = 4 * MAX_MESSAGE


class ChannelBroken(Exception):
    """The other side has gone, or sent what is no message; the text says which."""


class NoAnswer(Exception):
    """Nothing came in the time given."""


class Life(Protocol):
    """How a process was started decides how it is ended."""

    def end(self) -> int | None:
        """Kills the process and all it started. Its exit code, or None if unknown."""


class Process:
    """Owns the descriptors that it is given and the two threads that empty them."""

    def __init__(
        self, read_fd: int, write_fd: int, output_fd: int, life: Life, max_output: int
    ) -> None:
        self._read_fd, self._write_fd, self._output_fd = read_fd, write_fd, output_fd
        self._life = life
        self._max_output = max_output
        self._messages: queue.Queue[bytes | ChannelBroken] = queue.Queue()
        self._waiting_bytes = 0
        self._waiting_lock = threading.Lock()
        self._output = bytearray()
        self._output_lock = threading.Lock()
        self._end_lock = threading.Lock()
        self._ended = False
        self.exit_code: int | None = None
        self.flooded = False
        self._threads = [
            threading.Thread(target=self._read_messages, daemon=True),
            threading.Thread(target=self._read_output, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def send(self, message: dict[str, Any]) -> None:
        """Raises ChannelBroken if the process has gone."""
        line = json.dumps(message, allow_nan=False).encode() + b"\n"
        try:
            while line:
                line = line[os.write(self._write_fd, line) :]
        except OSError:
            raise ChannelBroken("the process has ended") from None

    def receive(self, timeout: float | None) -> dict[str, Any]:
        """The next message. Raises NoAnswer after `timeout` seconds, or ChannelBroken."""
        try:
            item = self._messages.get(timeout=timeout)
        except queue.Empty:
            raise NoAnswer from None
        if isinstance(item, bytes):
            with self._waiting_lock:
                self._waiting_bytes -= len(item)
        if isinstance(item, ChannelBroken):
            self._messages.put(item)  # whoever asks again hears the same
            raise item
        try:
            message = json.loads(item)
        except (ValueError, RecursionError):
            raise ChannelBroken("it sent something that is not JSON") from None
        if not isinstance(message, dict):
            raise ChannelBroken("it sent something that is no message")
        return message

    @property
    def output(self) -> str:
        """What the process wrote to stdout and stderr so far, cut at the limit."""
        self._settle()
        with self._output_lock:
            return self._output.decode("utf-8", errors="replace")

    def end(self) -> int | None:
        """Ends the process with all it started, reads what is left. May be called again."""
        with self._end_lock:
            if not self._ended:
                self.exit_code = self._life.end()
                self._ended = True
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(timeout=2)
        return self.exit_code

    def _read_messages(self) -> None:
        waiting = bytearray()
        try:
            while chunk := os.read(self._read_fd, _CHUNK):
                waiting += chunk
                if b"\n" in chunk:
                    *lines, rest = bytes(waiting).split(b"\n")
                    waiting = bytearray(rest)
                    for line in lines:
                        with self._waiting_lock:
                            self._waiting_bytes += len(line)
                        self._messages.put(line)
                if len(waiting) > MAX_MESSAGE:
                    raise ChannelBroken(f"it answered with more than {MAX_MESSAGE >> 20} MB")
                too_many = self._messages.qsize() > _MAX_WAITING
                if too_many or self._waiting_bytes > _MAX_WAITING_BYTES:
                    raise ChannelBroken("it sent messages nobody asked for")
            self._messages.put(ChannelBroken("the process has ended"))
        except OSError:
            self._messages.put(ChannelBroken("the process has ended"))
        except ChannelBroken as broken:
            self._messages.put(broken)
        self._close(self._read_fd)
        if self._write_fd != self._read_fd:
            self._close(self._write_fd)

    def _read_output(self) -> None:
        with contextlib.suppress(OSError):
            while self._take_output():
                if self.flooded:
                    self.end()
                    break
        self._close(self._output_fd)

    def _take_output(self) -> bool:
        """Waits for output and keeps it; False at its end."""
        if sys.platform == "win32":
            chunk = os.read(self._output_fd, _CHUNK)
            with self._output_lock:
                self._keep(chunk)
            return bool(chunk)
        _readable(self._output_fd)
        # Out of the pipe and into the output as one: see _settle.
        with self._output_lock:
            chunk = os.read(self._output_fd, _CHUNK)
            self._keep(chunk)
        return bool(chunk)

    def _keep(self, chunk: bytes) -> None:
        self._output += chunk[: self._max_output - len(self._output)]
        self.flooded = self.flooded or len(self._output) >= self._max_output

    def _settle(self) -> None:
        """Waits until the pipe holds nothing that this side has not read yet."""
        if sys.platform == "win32":
            time.sleep(0.05)
            return
        with contextlib.suppress(OSError, ValueError):
            while self._threads[1].is_alive() and _readable(self._output_fd, wait=False):
                time.sleep(0.001)
        with self._output_lock:
            pass

    @staticmethod
    def _close(fd: int) -> None:
        with contextlib.suppress(OSError):
            os.close(fd)


def _readable(fd: int, *, wait: bool = True) -> bool:
    """Whether a read would return at once; after waiting until it would."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(None if wait else 0))

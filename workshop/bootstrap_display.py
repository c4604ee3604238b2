"""Show how far the set-up is: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TextIO

_LINE_EVERY_S = 10.0
_BAR = 24


class Display:
    """Progress of one set-up on `stream`; `clock` gives monotonic seconds."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._live = self._stream.isatty()
        self._started = self._last_line = time.monotonic()
        self._shown = ""

    def say(self, text: str) -> None:
        """A line that stays."""
        self._clear()
        print(text, file=self._stream, flush=True)

    def step(self, what: str, done: int, total: int) -> None:
        """`done` of `total` packages are through `what`."""
        elapsed = time.monotonic() - self._started
        text = f"  {what} {done}/{total}, {elapsed:.0f} s"
        if self._live:
            filled = _BAR * min(done, total) // max(total, 1)
            self._clear()
            width = shutil.get_terminal_size().columns - 1
            self._shown = f"  [{'#' * filled}{'.' * (_BAR - filled)}]{text}"[:width]
            print(self._shown, end="", file=self._stream, flush=True)
        elif time.monotonic() - self._last_line >= _LINE_EVERY_S:
            self._last_line = time.monotonic()
            print(text, file=self._stream, flush=True)

    def close(self) -> None:
        """Leave the terminal's line clean."""
        self._clear()

    def _clear(self) -> None:
        if self._shown:
            print("\r" + " " * len(self._shown) + "\r", end="", file=self._stream, flush=True)
            self._shown = ""

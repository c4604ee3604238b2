"""A server that `workshop lab` runs beside itself: start, wait until it answers, stop."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

_STOP_S = 8.0
# Loopback only: a proxy from the environment has no business here.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Service:
    """One child process: the module `words[0]` with the arguments `words[1:]`, output to `log`.

    `answers_at` is a URL that answers with success once the server is up. It should answer so to
    nobody else's caller: another lab may have taken the port a moment ago. `restarts` is how often
    it may be started again when it ends by itself.
    """

    def __init__(
        self,
        name: str,
        words: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        log: Path,
        answers_at: str,
        restarts: int = 0,
    ) -> None:
        self.name = name
        self.log = log
        self.restarts = restarts
        self._answers_at = answers_at
        self._words, self._env, self._cwd = tuple(words), dict(env), cwd
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "workshop.lab_tether", *self._words],
                cwd=self._cwd,
                env=self._env,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Its own group: Ctrl-C in the terminal reaches the parent alone, which then
                # stops the children in order.
                start_new_session=os.name != "nt",
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )

    def start_again(self) -> None:
        """Start it once more after it has ended."""
        self.stop()
        self.restarts -= 1
        self._process = self._started()

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def answers(self) -> bool:
        """Whether the server replies to a request now, and is the one that was started here."""
        try:
            with _OPENER.open(self._answers_at, timeout=2):
                return True
        except urllib.error.HTTPError as refused:
            refused.close()
            return False
        except (OSError, ValueError):
            return False

    def last_words(self, lines: int = 12) -> str:
        """The end of its log."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.rstrip().splitlines()[-lines:])

    def let_go(self) -> None:
        """Ask it to end; returns at once."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def stop(self, within_s: float = _STOP_S) -> None:
        """End it and all it started, by force if it takes longer than `within_s`."""
        self.let_go()
        deadline = time.monotonic() + within_s
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(deadline - time.monotonic(), 0.1))
        if os.name != "nt":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()

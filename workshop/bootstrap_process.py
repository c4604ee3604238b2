"""Let another program take this one's place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import NoReturn


def hand_over(words: list[str], env: dict[str, str] | None = None) -> NoReturn:
    """Continue as the program `words`, whose exit code becomes this one's.

    On POSIX it keeps the process id, so signals reach it directly. Windows has no such thing:
    there this process waits and leaves Ctrl-C to the program.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    environment = dict(os.environ) if env is None else env
    if os.name != "nt":
        os.execve(words[0], words, environment)  # noqa: S606
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(subprocess.call(words, env=environment))

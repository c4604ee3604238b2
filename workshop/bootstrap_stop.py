"""How the command ends early: what is wrong in one sentence, and what to type next."""

from __future__ import annotations

import os
import sys

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


class Stop(Exception):
    """Ends the command with a sentence for the reader instead of a traceback."""

    def __init__(self, reason: str, next_step: str, code: int = EXIT_FAILED) -> None:
        super().__init__(reason)
        self.reason = reason
        self.next_step = next_step
        self.code = code


def say_stop(stop: Stop) -> None:
    """Print the reason and the next step on stderr."""
    print(f"workshop: {stop.reason}", file=sys.stderr)
    print(f"  Next: {stop.next_step}", file=sys.stderr)


def command(arguments: str) -> str:
    """What to type to run `workshop <arguments>` from the clone's folder on this system."""
    in_environment = sys.prefix != sys.base_prefix or "CONDA_PREFIX" in os.environ
    # Windows' `py` passes over an activated conda environment.
    windows = "python" if in_environment else "py"
    return f"{windows if os.name == 'nt' else 'python3'} -m workshop {arguments}".rstrip()

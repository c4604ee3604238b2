"""Which Python runs the course, and which other one to name when this one cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from workshop.bootstrap_paths import this_clone, venv_python
from workshop.bootstrap_process import hand_over
from workshop.bootstrap_stop import Stop

OLDEST = (3, 11)
NEWEST = (3, 13)
_PROBE = "import sys; print('%d %d' % sys.version_info[:2])"


def supported(version: tuple[int, ...]) -> bool:
    """Whether a Python of this version can run the course."""
    return OLDEST <= tuple(version[:2]) <= NEWEST


def require_supported(arguments: list[str]) -> None:
    """Go on if this Python is one the course runs on, else hand over to `.venv` or stop.

    Raises Stop with the command that uses another Python of this machine, if one is found.
    """
    if supported(sys.version_info[:2]):
        return
    made_earlier = venv_python(this_clone().venv)
    its_version = version_of([str(made_earlier)])
    if its_version is not None and supported(its_version):
        hand_over([str(made_earlier), "-m", "workshop", *arguments])
    raise unsupported(tuple(sys.version_info[:3]), arguments, find_other())


def unsupported(version: tuple[int, ...], arguments: list[str], other: str | None) -> Stop:
    """The message for a Python the course cannot use; `other` starts one that it can."""
    found = ".".join(str(number) for number in version)
    word = "too old" if version[:2] < OLDEST else "too new"
    reason = f"Python {found} is {word}: the course runs on Python 3.11, 3.12 or 3.13."
    if other is None:
        step = (
            "install Python 3.13 from https://www.python.org/downloads/ and run this again with it"
        )
    else:
        step = " ".join([other, "-m", "workshop", *arguments])
    return Stop(reason, step)


def find_other() -> str | None:
    """The words that start a supported Python on this machine, or None."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        candidates = [[f"python3.{minor}"]]
        if os.name == "nt":
            candidates.insert(0, ["py", f"-3.{minor}"])
        for words in candidates:
            if version_of(words) == (3, minor):
                return " ".join(words)
    if shutil.which("uv"):
        return f"uv run --no-project --python {NEWEST[0]}.{NEWEST[1]} python"
    return None


def version_of(words: list[str]) -> tuple[int, int] | None:
    """Major and minor version of the Python started by `words`; None if it does not start.

    Asking is needed: a version manager leaves commands behind for Pythons that are not active.
    """
    if shutil.which(words[0]) is None:
        return None
    try:
        answer = subprocess.run(
            [*words, "-c", _PROBE],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=20,
            check=True,
        ).stdout.split()
        return int(answer[0]), int(answer[1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None

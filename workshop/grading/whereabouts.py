"""Where a worker is that gives no answer: it prints that itself, shortly before its time is over.

Python's faulthandler does so from a thread of its own, which no loop holds up and no signal's
handler replaces. What it printed is a hint for people: a submission can print the same.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import re
from collections.abc import Iterator
from typing import NoReturn

from workshop.grading.worker_errors import inside

_SHARE_OF_THE_TIME = 0.8
_STDERR = 2
_ENDS_ITSELF = "Fatal Python error: the code ends its own process\n"
_HEADINGS = ("Timeout (", "Fatal Python error: ")
_LINE = re.compile(r'^  File "(?P<file>[^"\n]{1,400})", line (?P<line>\d{1,6}) in ', re.MULTILINE)


def tell_crashes() -> None:
    """In a worker: a crash of the interpreter is told too, and an end without any exception."""
    faulthandler.enable(_STDERR, all_threads=False)
    end, worker = os._exit, os.getpid()

    def tell_and_end(status: int) -> NoReturn:
        if os.getpid() == worker:  # and not a child of it
            with contextlib.suppress(OSError):
                os.write(_STDERR, _ENDS_ITSELF.encode())
                faulthandler.dump_traceback(_STDERR, all_threads=False)
        end(status)

    os._exit = tell_and_end


@contextlib.contextmanager
def told(timeout: float | None) -> Iterator[None]:
    """In a worker: what takes nearly `timeout` seconds is told, if there is a limit."""
    if timeout is not None:
        # It takes a thread, which a submission that has used them all up does not get.
        with contextlib.suppress(RuntimeError):
            faulthandler.dump_traceback_later(timeout * _SHARE_OF_THE_TIME, file=_STDERR)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def without_end(output: str) -> str:
    """What was printed before the process told of its end."""
    return output.partition(_ENDS_ITSELF)[0]


def found_in(output: str, folder: str) -> str:
    """ "service/cache.py, line 41": the last place inside the submission in `folder` that was told.

    Empty if there is none. A traceback names the innermost call first.
    """
    # Of several threads, which are told one after the other, one is in the submission's code.
    began = max(output.rfind(heading) for heading in _HEADINGS)
    text = output[began:] if began >= 0 else ""
    for match in _LINE.finditer(text):
        file = inside(match["file"], folder)
        if file is not None and file.isprintable():
            return f"{file}, line {match['line']}"
    return ""

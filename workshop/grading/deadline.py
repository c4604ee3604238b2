"""A time limit in which only the time counts that there was a processor for.

On a machine that is busy with something else, honest work would be late through no fault of its
own. Linux tells for how long something had to wait for a processor (pressure stall information,
https://docs.kernel.org/accounting/psi.html); that long a limit is put off, up to a bound that
endless work cannot move.
"""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path
from typing import Any

from workshop.grading.process import NoAnswer, Process

PRESSURE = Path("/proc/pressure/cpu")
MOST_TIMES = 3.0  # the longest that a limit gets, as a multiple of what it was
_TOTAL_US = re.compile(r"^some .*\btotal=(\d+)", re.MULTILINE)


class Deadline:
    """Runs from the moment it is made.

    Args:
        seconds: how long the work may take on an idle machine.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began = time.monotonic()
        self._stalled = stalled_s()

    def left_s(self) -> float:
        """Seconds until it is over, by what is known now; 0 if it is."""
        put_off = min(stalled_s() - self._stalled, (MOST_TIMES - 1) * self._seconds)
        return max(0.0, self._began + self._seconds + put_off - time.monotonic())

    def receive_from(self, process: Process) -> dict[str, Any]:
        """The next message. Raises NoAnswer when the time is over, or ChannelBroken."""
        while (left := self.left_s()) > 0:
            with contextlib.suppress(NoAnswer):
                return process.receive(left)
        return process.receive(0.0)


def stalled_s() -> float:
    """Seconds since the start of the system in which something waited for a processor.

    0 where the system does not tell.
    """
    try:
        found = _TOTAL_US.search(PRESSURE.read_text("ascii"))
    except (OSError, ValueError):
        return 0.0
    return int(found[1]) / 1e6 if found else 0.0

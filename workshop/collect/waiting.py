"""A bar on stderr for a run that takes long."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

SECONDS = 2.0


@contextlib.contextmanager
def bar_when_long(
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Callable[[int, int], None]]:
    """Gives what takes (done, of all); the bar appears after two seconds, and goes at the end."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    # rich takes a moment to import.
    from rich.console import Console
    from rich.progress import Progress

    began = clock()
    with contextlib.ExitStack() as stack:
        bar = Progress(console=Console(stderr=True), transient=True)
        row = bar.add_task("collecting")
        shown = False

        def show(done: int, total: int) -> None:
            nonlocal shown
            if not shown and clock() - began >= SECONDS:
                stack.enter_context(bar)
                shown = True
            bar.update(row, completed=done, total=total)

        yield show

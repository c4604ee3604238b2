"""Start of an engine process, run as a file: `python -I boot.py worker|tests|pair …`.

Started bare, a program talks on the stdin and stdout it was given, and takes them away from the
code it runs: print goes where errors go. `pair TESTS_FD WORKER_FD ROOM WALLS OUTSIDE` is the parent
of two warm processes, which serve forks on these sockets (see pair for the other words).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workshop.grading.channel import Channel

    Main = Callable[[Channel, list[int]], None]


def main() -> None:
    """Finds the program by name and runs it."""
    sys.dont_write_bytecode = True
    root = str(Path(__file__).resolve().parent.parent.parent)
    sys.path[:] = [root, *(entry for entry in sys.path if entry != root)]
    from workshop.grading import preload
    from workshop.grading.channel import Channel

    program, *rest = sys.argv[1:]
    sys.argv[:] = [program]
    if program == "pair":
        from workshop.grading.pair import serve_both

        serve_both(int(rest[0]), int(rest[1]), Path(rest[2]), *rest[3:])
        return
    run: Main
    if program == "worker":
        from workshop.grading.worker import main as run

    else:
        from workshop.grading.tests_process import main as run

    read_fd, write_fd = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    if program == "worker":
        preload.preload(preload.COLD_WORKER)
    run(Channel(read_fd, write_fd), [])


if __name__ == "__main__":
    main()

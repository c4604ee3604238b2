"""Start of an engine process, run as a file: `python -I boot.py worker|tests [zygote FD]`.

Started bare it talks on the stdin and stdout it was given, and takes them away from the program:
print goes where errors go. As a zygote it serves forks on the socket whose number is given.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Finds the program by name and runs it."""
    sys.dont_write_bytecode = True
    root = str(Path(__file__).resolve().parent.parent.parent)
    sys.path[:] = [root, *(entry for entry in sys.path if entry != root)]
    from workshop.grading import preload
    from workshop.grading.channel import Channel

    program, *rest = sys.argv[1:]
    sys.argv[:] = [program]
    if program == "worker":
        from workshop.grading.worker import main as run

        names: tuple[str, ...] = preload.WORKER
    else:
        from workshop.grading.tests_process import main as run

        names = preload.TESTS
    if rest:
        from workshop.grading import zygote

        preload.preload(names)
        if program == "worker":
            preload.rehearse(preload.ask_with_the_sdk, preload.ask_an_app)
        else:
            preload.rehearse(preload.ask_the_mock)
        zygote.serve(int(rest[1]), run)
        return
    read_fd, write_fd = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    if program == "worker":
        preload.preload(preload.COLD_WORKER)
    run(Channel(read_fd, write_fd), [])


if __name__ == "__main__":
    main()

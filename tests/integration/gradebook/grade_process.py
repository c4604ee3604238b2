"""`workshop grade` of the course in the current folder, as a process of its own."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from workshop.bootstrap_paths import Clone
from workshop.bootstrap_stop import Stop, say_stop
from workshop.gradebook import command


def start(root: Path, *words: str) -> subprocess.Popen[str]:
    """Grades part 1 of the course in `root`."""
    return subprocess.Popen(
        [sys.executable, __file__, "1", "--jobs", "1", *words],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_until(process: subprocess.Popen[str], words: str) -> None:
    """Reads what it says on stderr, to the line with these words."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if words in line:
            return
    raise AssertionError(f"it never said {words!r}, but: {said}")


def main() -> int:
    command.this_clone = lambda: Clone(Path.cwd())
    parser = argparse.ArgumentParser("workshop grade")
    command.add_arguments(parser)
    try:
        return command.run(parser.parse_args())
    except Stop as stop:
        say_stop(stop)
        return stop.code


if __name__ == "__main__":
    sys.exit(main())

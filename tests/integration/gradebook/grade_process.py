"""`workshop grade` of the course in the current folder, as a process of its own."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from toy_class import NEVER_ENDS, KeptEngine, everything

from workshop.bootstrap_paths import Clone
from workshop.bootstrap_stop import Stop, say_stop
from workshop.gradebook import command, session
from workshop.grading.results import Result
from workshop.parts import Part

WITHOUT_ENGINE = "without-engine"


def start(root: Path, *words: str, with_engine: bool = True) -> subprocess.Popen[str]:
    """Grades part 1 of the course in `root`. Without an engine, which takes seconds to start,
    everybody gets everything, but what never ends does not."""
    return subprocess.Popen(
        [sys.executable, __file__, "1", "--jobs", "1", *words],
        cwd=root,
        env={**os.environ, **({} if with_engine else {WITHOUT_ENGINE: "1"})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job would ignore the interrupt, and this run may be one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
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


def without_engine(part: Part, folder: Path, **how: Any) -> Result:
    if NEVER_ENDS in (folder / "tally" / "total.py").read_text(encoding="utf-8"):
        threading.Event().wait()
    return everything(part, folder, **how)


def main() -> int:
    command.this_clone = lambda: Clone(Path.cwd())
    if WITHOUT_ENGINE in os.environ:
        session.Engine = lambda: KeptEngine(without_engine)
    parser = argparse.ArgumentParser("workshop grade")
    command.add_arguments(parser)
    try:
        return command.run(parser.parse_args())
    except Stop as stop:
        say_stop(stop)
        return stop.code


if __name__ == "__main__":
    sys.exit(main())

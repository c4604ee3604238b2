"""Run a module as `python -m` would, and end it when the parent lets go of its stdin.

One way to stop a child that works on every system, and works also when the parent was killed and
could tell nobody: the pipe that is this process's stdin closes.
"""

from __future__ import annotations

import _thread
import os
import runpy
import signal
import sys
import threading
from types import FrameType

_GRACE_S = 10.0


def main() -> None:
    """`python -m workshop.lab_tether MODULE [ARGUMENTS]`."""
    tether = os.dup(0)
    sink = os.open(os.devnull, os.O_RDONLY)
    os.dup2(sink, 0)
    os.close(sink)
    # Until the module has a handler of its own, the same signal simply ends the process.
    signal.signal(signal.SIGTERM, _leave)
    # The terminal's Ctrl-C is for the parent, which then lets go.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(tether,), daemon=True).start()
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _watch(tether: int) -> None:
    while os.read(tether, 64):
        pass
    if os.name == "nt":
        _thread.interrupt_main(signal.SIGTERM)
    else:
        os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_GRACE_S)
    os._exit(1)


def _leave(signum: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()

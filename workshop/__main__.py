"""Entry point of `python -m workshop` and of the `workshop` script.

Runs on Python 3.8, so that a Python the course cannot use gets a sentence and not a traceback.
"""

from __future__ import annotations

import os
import sys

from workshop import bootstrap_python
from workshop.bootstrap_stop import EXIT_INTERRUPTED, Stop, say_stop


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        bootstrap_python.require_supported(arguments)
        # Everything from here on may use the syntax of the supported Pythons.
        from workshop import cli

        return cli.main(arguments)
    except Stop as stop:
        say_stop(stop)
        return stop.code
    except KeyboardInterrupt:
        print("\nworkshop: stopped.", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has left. Python flushes stdout once more at exit: give it a sink.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())

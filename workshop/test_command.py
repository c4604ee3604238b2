"""`workshop test`: the project's own tests, in the environment that development needs."""

from __future__ import annotations

import argparse
import os
import sys

from workshop.bootstrap_paths import this_clone
from workshop.bootstrap_process import hand_over

SUMMARY = "run the project's tests; what follows -- goes to pytest"
EXAMPLES = ("test", "test -- -x -k workspace", "test -- -m 'not installs'")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything goes to pytest."""
    parser.add_argument("pytest_arguments", nargs="*", metavar="-- PYTEST ARGUMENTS")


def run(args: argparse.Namespace) -> int:
    """Become pytest, whose exit code is passed on."""
    os.chdir(this_clone().root)
    hand_over([sys.executable, "-m", "pytest", *args.pytest_arguments])

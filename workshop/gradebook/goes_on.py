"""What to type after `workshop grade` was stopped."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess

from workshop.bootstrap_stop import command
from workshop.parts import Part

JOBS = max(1, (os.cpu_count() or 1) // 2)
"""Submissions at a time, if nobody says."""


def goes_on(part: Part, args: argparse.Namespace, *, noted: bool) -> str:
    """The same command once more; without what starts over, if it is `noted` what is left."""
    words = ["grade", str(part.number)]
    words += [word for name in args.student or () for word in _option("--student", name)]
    words += [f"--jobs={args.jobs}"] if args.jobs != JOBS else []
    if not noted:
        words += [f"--regrade-task={task}" for task in args.regrade_task]
        words += ["--again"] if args.again else []
    words += ["--json"] if args.json else []
    return command(subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words))


def _option(option: str, value: str) -> list[str]:
    """A value that begins with a dash would pass for an option."""
    return [f"{option}={value}"] if value.startswith("-") else [option, value]

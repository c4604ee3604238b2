"""What to type after `workshop collect`."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess

from workshop.bootstrap_stop import command
from workshop.collect.report import Report
from workshop.parts import Part


def again(args: argparse.Namespace, *more: str) -> str:
    """The same command once more, without --dry-run and with `more`."""
    words = ["collect", args.part, os.fspath(args.source)]
    if args.students is not None:
        words += ["--students", os.fspath(args.students)]
    if args.timezone is not None:
        words += [f"--timezone={args.timezone}"]
    if args.update and "--update" not in more:
        words.append("--update")
    words += more
    return command(subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words))


def next_step(report: Report, part: Part, args: argparse.Namespace, *, class_list: bool) -> str:
    """What to type after this run, which had a class list or not."""
    if args.dry_run and report.placed:
        return again(args)
    if report.elsewhere:
        return f"{again(args, '--update')} moves them to the class list's ids; nothing is deleted"
    if report.placed or report.unchanged:
        return command(f"grade {part.number}")
    if report.differs:
        return f"{again(args, '--update')} replaces them; the old ones are kept"
    if report.unmatched and not class_list:
        return f"{again(args, '--students', 'class.csv')}, with your class list"
    return f"put right what is said above, then {again(args)}"

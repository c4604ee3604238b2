"""`workshop collect`: puts a class's submissions where `workshop grade` and nbgrader look."""

from __future__ import annotations

import argparse
import datetime
import errno
import json

from workshop.bootstrap_paths import Clone, this_clone
from workshop.bootstrap_stop import EXIT_INTERRUPTED, Stop, command
from workshop.collect.arguments import (
    EXIT_USAGE,
    GRADING,
    add_arguments,
    part_of,
    students_of,
    zone_named,
)
from workshop.collect.collecting import Collecting, Wish
from workshop.collect.earlier import Earlier
from workshop.collect.matching import AnyName, ClassList
from workshop.collect.members import Refused
from workshop.collect.next_step import again, next_step
from workshop.collect.place import Places
from workshop.collect.report import Report
from workshop.collect.source import opened
from workshop.collect.waiting import bar_when_long
from workshop.parts import Part
from workshop.workspace import shipped_files

SUMMARY = "place a class's submissions where grading looks"
EXAMPLES = (
    "collect 2 part2-submissions.zip",
    "collect 2 part2-submissions.zip --students class.csv --dry-run",
    "collect 2 part2-submissions --update",
)
__all__ = ["EXAMPLES", "SUMMARY", "add_arguments", "run"]
EXIT_ALL, EXIT_NOT_ALL = 0, 1


def run(args: argparse.Namespace) -> int:
    """0: all is in place; 1: something was left out. Raises Stop with code 2 for wrong usage."""
    clone = this_clone()
    part = part_of(clone, args.part)
    earlier = Earlier(clone.root / GRADING, part)
    students = students_of(clone, args.students, earlier)
    shipped = shipped_files(clone.exercises)
    given = frozenset(path.removeprefix(f"{part.id}/") for path in shipped)
    wish = Wish(args.update, args.dry_run, zone_named(args.timezone), given)
    report = _collect(clone, part, args, students, earlier, wish)
    if args.json:
        print(json.dumps(report.to_json(), ensure_ascii=False, indent=2), flush=True)
    else:
        # rich takes a moment to import, and --json has no need of it.
        from rich.console import Console

        from workshop.collect.table import print_report

        step = next_step(report, part, args, class_list=isinstance(students, ClassList))
        print_report(Console(highlight=False), report, dry_run=args.dry_run, next_step=step)
    return EXIT_ALL if report.complete else EXIT_NOT_ALL


def _collect(
    clone: Clone,
    part: Part,
    args: argparse.Namespace,
    students: AnyName | ClassList,
    earlier: Earlier,
    wish: Wish,
) -> Report:
    collecting = None
    try:
        places = Places(clone.root / GRADING, part, datetime.datetime.now())
        collecting = Collecting(part, places, earlier, wish)
        with opened(args.source) as items, bar_when_long() as on_progress:
            collecting.run(items, students, on_progress)
    except Refused as refused:
        raise Stop(
            f"{args.source} {refused}.",
            f"{command(f'collect {args.part} SOURCE')}, with the zip or folder you downloaded",
            EXIT_USAGE,
        ) from None
    except OSError as error:
        reason = f"{error.strerror}: {error.filename or args.source}."
        code = EXIT_NOT_ALL if error.errno == errno.ENOSPC else EXIT_USAGE
        raise Stop(reason, f"put that right, then {again(args)}", code) from None
    except KeyboardInterrupt:
        placed = 0 if wish.dry_run or not collecting else len(collecting.report.placed)
        reason = f"stopped; placed so far: {placed}, each of them whole."
        raise Stop(reason, f"{again(args)} goes on from there", EXIT_INTERRUPTED) from None
    return collecting.report

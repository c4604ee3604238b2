"""The arguments of `workshop collect`, and what they mean."""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path

from workshop.bootstrap_paths import Clone
from workshop.bootstrap_stop import Stop, command
from workshop.collect.class_list import ClassListError, read_class_list
from workshop.collect.earlier import AsBefore, Earlier
from workshop.collect.matching import AnyName, ClassList
from workshop.collect.submitted_at import zone_of
from workshop.parts import Part, PartError, find_part

EXIT_USAGE = 2
GRADING, STUDENTS = "grading", "students.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to collect, whose it may be, and how careful to be."""
    parser.add_argument("part", help="2, part2 or the part's full name")
    parser.add_argument(
        "source",
        type=Path,
        metavar="SOURCE",
        help="the zip or folder you downloaded from Moodle, Canvas or Blackboard, "
        "or a folder of jdoe/ and jdoe.zip",
    )
    parser.add_argument(
        "--students",
        type=Path,
        metavar="FILE",
        help="class list, a CSV file with the columns id, first_name, last_name, email "
        f"(only id must be there); {GRADING}/{STUDENTS} if that exists",
    )
    parser.add_argument(
        "--update", action="store_true", help="replace what differs; the old one is kept"
    )
    parser.add_argument("--dry-run", action="store_true", help="only show what would happen")
    parser.add_argument(
        "--timezone",
        metavar="ZONE",
        help="zone of Blackboard's times, such as Europe/Berlin or UTC; writes timestamp.txt",
    )
    parser.add_argument("--json", action="store_true", help="print JSON only")


def part_of(clone: Clone, name: str) -> Part:
    """The part of that name. Raises Stop."""
    try:
        return find_part(clone.root, name)
    except PartError as error:
        raise Stop(f"{error}.", command("collect --help"), EXIT_USAGE) from None


def students_of(clone: Clone, file: Path | None, earlier: Earlier) -> AnyName | ClassList:
    """The class list in `file`, or else in its usual place, or else the one that was given last,
    or else none. Raises Stop."""
    usual = clone.root / GRADING / STUDENTS
    if file is None and not usual.is_file():
        return ClassList(earlier.class_list) if earlier.class_list else AsBefore(earlier)
    try:
        return ClassList(read_class_list(file or usual))
    except ClassListError as error:
        raise Stop(f"{error}.", "put that right, then collect again", EXIT_USAGE) from None


def zone_named(name: str | None) -> datetime.tzinfo | None:
    """The zone of that name, if there is a name. Raises Stop."""
    try:
        return zone_of(name) if name is not None else None
    except ValueError as error:
        raise Stop(
            f"{error}.", "name it like Europe/Berlin, UTC or +01:00, then collect again", EXIT_USAGE
        ) from None

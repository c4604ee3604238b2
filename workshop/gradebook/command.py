"""`workshop grade`: grades a class's submissions of a part into nbgrader's gradebook."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from types import FrameType
from typing import TYPE_CHECKING

from workshop.bootstrap_paths import Clone, this_clone
from workshop.bootstrap_stop import EXIT_INTERRUPTED, Stop, command
from workshop.bootstrap_turn import turn
from workshop.build.files import LESSON
from workshop.build.generate import GRADEBOOK
from workshop.collect.arguments import GRADING, STUDENTS
from workshop.collect.class_list import ClassListError, Student, read_class_list
from workshop.collect.earlier import Earlier
from workshop.gradebook.beside import Beside
from workshop.gradebook.goes_on import JOBS, goes_on
from workshop.gradebook.submissions import (
    SUBMITTED,
    Submission,
    course_digest,
    submissions_of,
    unusable_name,
)
from workshop.grading.isolation import Walls
from workshop.parts import Part, PartError, find_part

if TYPE_CHECKING:
    from workshop.gradebook.course import Course
    from workshop.gradebook.session import Graded

SUMMARY = "grade a class's submissions of a part, into nbgrader's gradebook"
EXAMPLES = ("grade 2", "grade 2 --student ada", "grade 2 --regrade-task cache", "grade 2 --json")
GRADEBOOK_VARIABLE = "WORKSHOP_GRADEBOOK_URL"
EXIT_ALL, EXIT_SOME_NOT, EXIT_USAGE = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The part, whose submissions, and how."""
    parser.add_argument("part", help="2, part2 or part2_production_service")
    parser.add_argument(
        "--student", action="append", metavar="NAME", help="only this one; may be given again"
    )
    parser.add_argument(
        "--jobs",
        type=_jobs,
        default=JOBS,
        help="submissions at a time (%(default)s: half of the processors)",
    )
    parser.add_argument(
        "--regrade-task",
        action="append",
        default=[],
        metavar="ID",
        help="grade this task again, keep the others; may be given again",
    )
    parser.add_argument("--again", action="store_true", help="grade also what has not changed")
    parser.add_argument("--json", action="store_true", help="print JSON only")


def run(args: argparse.Namespace) -> int:
    """0: all graded; 1: some could not be. Raises Stop with code 2 if nothing can be done."""
    clone = this_clone()
    part = _part(clone, args)
    found = _submissions(clone, part, args.student)
    began = time.monotonic()
    # nbgrader and SQLAlchemy take a second to import: not before the arguments are right.
    from workshop.gradebook.grades import GRADES, write_grades
    from workshop.gradebook.session import all_grades
    from workshop.gradebook.summary import print_summary

    done: list[Graded] = []
    kept = "kept"
    noted = False
    try:
        with turn(clone.root / GRADING / ".lock", _say_waiting):
            course = _opened(clone, part, found)
            try:
                _note_again(clone, part, args, found)
                noted = True
                _grade(course, part, args, found, done)
            finally:
                rows = all_grades(course, part, submissions_of(clone.root, part))
                write_grades(clone.root, part, rows)
                kept = f"kept, and in {GRADES}"
    except KeyboardInterrupt:
        print(
            f"\nstopped; {len(done)} of {len(found)} are graded and {kept}. "
            f"Next: {goes_on(part, args, noted=noted)} goes on",
            file=sys.stderr,
        )
        return EXIT_INTERRUPTED
    seconds = time.monotonic() - began
    done.sort(key=lambda graded: graded.student)
    beside = Beside() if args.student else _beside_the_list(clone, part, found)
    if args.json:
        students = [asdict(graded) for graded in done]
        said = {"part": part.id, "seconds": round(seconds, 1), "students": students}
        print(json.dumps({**said, **asdict(beside)}))
    else:
        print_summary(part, done, beside, seconds, clone.root / GRADES)
    missing = any(g.unsaved or any(t.state == "not_graded" for t in g.grades) for g in done)
    return EXIT_SOME_NOT if missing else EXIT_ALL


def _part(clone: Clone, args: argparse.Namespace) -> Part:
    try:
        part = find_part(clone.root, args.part)
        for task in args.regrade_task:
            part.task(task)
    except PartError as error:
        raise Stop(f"{error}.", command("grade --help"), EXIT_USAGE) from None
    return part


def _submissions(clone: Clone, part: Part, students: list[str] | None) -> list[Submission]:
    found = submissions_of(clone.root, part, students or ())
    missing = set(students or ()) - {one.student for one in found}
    where = f"{SUBMITTED}/<student>/{part.id}/"
    if missing:
        raise Stop(
            f"there is no submission of {', '.join(sorted(missing))} in {where}.",
            f"{command(f'grade {part.number}')} grades all that are there",
            EXIT_USAGE,
        )
    if not (clone.exercises / part.id / LESSON).is_file():
        what = f"exercises/{part.id}/{LESSON}, the released lesson, is not there."
        raise Stop(what, command("build"), EXIT_USAGE)
    if not found:
        raise Stop(
            f"there are no submissions in {where}.",
            f"put them there, or {command(f'collect {part.number} FOLDER')} does",
            EXIT_USAGE,
        )
    return found


def _opened(clone: Clone, part: Part, found: list[Submission]) -> Course:
    """The course with its gradebook, the part and the students in it."""
    from sqlalchemy.exc import SQLAlchemyError

    from workshop.gradebook.course import Course, GradebookError

    url = os.environ.get(GRADEBOOK_VARIABLE)
    try:
        course = Course(clone.root, url)
        course.ensure_assignment(part)
        course.name_students(_known_students(clone, part, found), _names(found))
    except (SQLAlchemyError, ImportError) as problem:
        why = str(problem).splitlines()[0]
        mend = f"mend what {GRADEBOOK_VARIABLE} names" if url else f"put back a good {GRADEBOOK}"
        raise Stop(f"the gradebook cannot be used: {why}.", _then(mend, part), EXIT_USAGE) from None
    except GradebookError as problem:
        mend = f"{command('build --check')} may say more"
        raise Stop(
            f"{part.id} cannot be put into the gradebook: {problem}.", mend, EXIT_USAGE
        ) from None
    return course


def _class_list(clone: Clone) -> list[Student]:
    """The class list in its usual place, if there is one."""
    file = clone.root / GRADING / STUDENTS
    try:
        return read_class_list(file) if file.is_file() else []
    except ClassListError as problem:
        raise Stop(f"{problem}.", command("grade --help"), EXIT_USAGE) from None


def _known_students(clone: Clone, part: Part, found: list[Submission]) -> list[Student]:
    """The class list, and whom it does not have of the one that `collect` was given: those who
    handed something in, or all of them if there is no other list."""
    listed = _class_list(clone)
    ids, there = {student.id for student in listed}, set(_names(found))
    given = Earlier(clone.root / GRADING, part).class_list
    return listed + [
        student
        for student in given
        if student.id not in ids and (not listed or student.id in there)
    ]


def _note_again(
    clone: Clone, part: Part, args: argparse.Namespace, found: list[Submission]
) -> None:
    from workshop.gradebook.again import EVERYTHING, Again

    if args.again or args.regrade_task:
        tasks = args.regrade_task or EVERYTHING
        Again(clone.root, part).ask(_names(found), tasks, course_digest(part))


def _names(found: list[Submission]) -> list[str]:
    """Whom the gradebook can hold."""
    return [one.student for one in found if not unusable_name(one.student)]


def _grade(
    course: Course,
    part: Part,
    args: argparse.Namespace,
    found: list[Submission],
    done: list[Graded],
) -> None:
    """Fills `done`, one by one."""
    from workshop.gradebook.session import Session

    with (
        _noticed_interrupts() as is_interrupted,
        Session(course, part, args.jobs, _say_walls, is_interrupted) as session,
        _progress(len(found)) as show,
    ):
        for graded in session.run(found):
            done.append(graded)
            show(graded.student)


def _beside_the_list(clone: Clone, part: Part, found: list[Submission]) -> Beside:
    """By the class list, or the one that `collect` was given; without one nobody is missing."""
    earlier = Earlier(clone.root / GRADING, part)
    listed = {student.id for student in _class_list(clone) or earlier.class_list}
    there = {submission.student for submission in found}
    lost = {who: why for who, why in sorted(earlier.problems.items()) if who not in there}
    return Beside(
        missing=sorted(listed - there - set(lost)),
        not_collected=lost,
        not_listed=sorted(there - listed) if listed else [],
    )


@contextlib.contextmanager
def _noticed_interrupts() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed. It raises KeyboardInterrupt as ever; but where it happens to do
    so in a callback of the interpreter's, Python prints that and goes on."""
    pressed = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.default_int_handler(number, frame)

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:  # somebody else's affair
        yield lambda: False
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _then(mend: str, part: Part) -> str:
    return f"{mend}, then {command(f'grade {part.number}')}"


def _jobs(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of jobs (1 to 64)")
    return number


def _say_walls(walls: Walls) -> None:
    for missing in walls.missing:
        print(f"note: {missing}", file=sys.stderr, flush=True)


def _say_waiting() -> None:
    print("another `workshop grade` is at work here; waiting for it", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """A bar with an estimate on a terminal, else a line for each submission; on stderr."""
    done = 0

    def line(student: str) -> None:
        nonlocal done
        done += 1
        print(f"{done}/{total} {student}", file=sys.stderr, flush=True)

    if not sys.stderr.isatty():
        yield line
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Left

    columns = (
        TextColumn("grading"),
        BarColumn(),
        MofNCompleteColumn(),
        Left(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        row = bar.add_task("", total=total)

        def advance(student: str) -> None:
            bar.update(row, advance=1, description=escape(student[:40]))

        yield advance

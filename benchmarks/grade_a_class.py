"""The time that a class of thirty takes, half of it hostile: `workshop grade` and stock nbgrader.

    python benchmarks/grade_a_class.py             # ours
    python benchmarks/grade_a_class.py --stock 10  # and nbgrader's own over the first ten

Stock is nbgrader as it comes: one after the other, each notebook run top to bottom in a kernel,
with the same submissions and the same cells (they call the engine, with the visible tests only).
No two submissions are the same work, so nothing is graded once for two. Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "hostile"), str(ROOT)]

from hostile_class import LONG, THE_CLASS, Case, course_in, hand_in  # noqa: E402

from workshop.gradebook.course import Course  # noqa: E402
from workshop.gradebook.session import Session  # noqa: E402
from workshop.gradebook.submissions import submissions_of  # noqa: E402
from workshop.parts import find_part  # noqa: E402

_CELL_TIMEOUT_S = 30  # nbgrader's own default


# One name that is hard to have and one way to leave something out are enough.
_LEFT_OUT = ("brackets [a-z] {x}", LONG[:200], "without-a-notebook", "missing-file")


def thirty() -> list[Case]:
    """Half of them fight; the others do not, or only in their notebook."""
    cases = [case for case in THE_CLASS if case.student not in _LEFT_OUT]
    assert len(cases) == 30, len(cases)
    return cases


def ours(folder: Path, cases: list[Case], jobs: int) -> float:
    """Seconds for all; prints a row for each."""
    root = course_in(folder)
    for case in cases:
        hand_in(root, case, unlike_others=True)
    part = find_part(root, "2")
    tasks = {task.id for task in part.tasks}
    expected = {case.student: case for case in cases}
    began = last = time.perf_counter()
    course = Course(root)
    course.ensure_assignment(part)
    print(f"{'submission':<32}{'points':>7}{'expected':>10}{'not graded':>12}{'seconds':>9}")
    with Session(course, part, jobs=jobs) as session:
        for one in session.run(submissions_of(root, part)):
            rows = [grade for grade in one.grades if grade.task in tasks]
            points = sum(row.points or 0 for row in rows)
            missing = sum(row.state == "not_graded" for row in rows)
            now = time.perf_counter()
            wanted = expected[one.student].points
            print(f"{one.student[:31]:<32}{points:>7g}{wanted:>10}{missing:>12}{now - last:>9.1f}")
            sys.stdout.flush()
            last = now
    return time.perf_counter() - began


def stock(folder: Path, cases: list[Case]) -> float:
    """Seconds for all, by nbgrader's default steps."""
    root = course_in(folder)
    for case in cases:
        hand_in(root, case, unlike_others=True)
    part = find_part(root, "2")
    course = Course(root)
    course.ensure_assignment(part)
    config: Any = course.config
    del config["Autograde"]
    config.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback"]
    config.Execute.timeout = _CELL_TIMEOUT_S
    began = last = time.perf_counter()
    for submission in submissions_of(root, part):
        try:
            course.autograde(part, submission.student)
            scores = course.scores(part, submission.student)
            said = f"{sum(score.points for score in scores.values()):g} points"
        except Exception as problem:
            said = f"failed: {type(problem).__name__}"
        now = time.perf_counter()
        print(f"stock: {submission.student[:31]:<32}{said:>24}{now - last:>9.1f}", flush=True)
        last = now
    return time.perf_counter() - began


def main() -> None:
    """Both, in one run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=1, help="of workshop grade (%(default)s)")
    parser.add_argument("--stock", type=int, default=0, metavar="N", help="the first N in stock")
    parser.add_argument("--only", type=int, default=30, metavar="N", help="the first N in ours")
    args = parser.parse_args()
    cases = thirty()
    with tempfile.TemporaryDirectory(prefix="class-") as made:
        if args.only:
            few = cases[: args.only]
            seconds = ours(Path(made, "ours"), few, args.jobs)
            print(f"workshop grade --jobs {args.jobs}: {len(few)} in {seconds:.0f} s")
        if args.stock:
            few = cases[: args.stock]
            seconds = stock(Path(made, "stock"), few)
            print(f"stock nbgrader autograde: {len(few)} in {seconds:.0f} s")


if __name__ == "__main__":
    main()

"""`workshop check`: checks the work on a part and says what to do next."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from workshop.bootstrap_paths import this_clone
from workshop.bootstrap_stop import EXIT_INTERRUPTED, Stop, command
from workshop.grading.checker import Checker
from workshop.grading.engine import OnProgress, Progress
from workshop.grading.folder import take
from workshop.grading.hints import Hint, next_hint
from workshop.grading.results import Result
from workshop.grading.watch import stamps, wait_for_change
from workshop.grading.words import unfinished
from workshop.parts import Part, PartError, find_part

SUMMARY = "check your work on a part and say what is missing"
EXAMPLES = ("check 2", "check 2 --task settings --hints", "check 2 --watch", "check 2 --json")
EXIT_ALL, EXIT_NOT_ALL, EXIT_USAGE = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The part and what to check of it."""
    parser.add_argument("part", help="2, part2 or part2_production_service")
    parser.add_argument(
        "--task", action="append", metavar="ID", help="only this task; may be given again"
    )
    parser.add_argument("--hints", action="store_true", help="one more hint for each task left")
    parser.add_argument("--watch", action="store_true", help="check again whenever a file changes")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument("--path", type=Path, metavar="DIR", help="another folder than work/PART")


def run(args: argparse.Namespace) -> int:
    """0: all passed; 1: not all. Raises Stop with code 2 if it cannot be checked."""
    part = _part(args.part, args.task)
    folder = _folder(part, args.path)
    with Checker(this_clone()) as checker:
        try:
            while True:
                seen = stamps(part, folder)
                result = _check(checker, part, folder, args)
                if not args.watch:
                    break
                _say_watching(folder)
                changed = wait_for_change(part, folder, seen)
                print(f"\n{', '.join(changed)} changed\n", file=sys.stderr, flush=True)
        except OSError as problem:
            raise Stop(
                f"this could not be checked: {problem}.", command("doctor"), EXIT_USAGE
            ) from None
        except KeyboardInterrupt:
            print("\nstopped", file=sys.stderr)
            return EXIT_ALL if args.watch else EXIT_INTERRUPTED
    return EXIT_ALL if result.passed else EXIT_NOT_ALL


def _part(name: str, tasks: list[str] | None) -> Part:
    try:
        part = find_part(this_clone().root, name)
        for task in tasks or ():
            part.task(task)
    except PartError as error:
        raise Stop(f"{error}.", command("progress"), EXIT_USAGE) from None
    return part


def _folder(part: Part, path: Path | None) -> Path:
    folder = path if path is not None else this_clone().work / part.id
    if not folder.is_dir():
        reason = f"there is no folder {folder}."
        if path is None:
            next_step = f"{command('lab')} makes it, or name another with --path DIR"
        else:
            next_step = f"{command(f'check {part.number}')} checks your workspace"
        raise Stop(reason, next_step, EXIT_USAGE)
    if not take(part, folder).files:
        expected = ", ".join(part.files)
        raise Stop(
            f"{folder} holds none of the files of part {part.number} ({expected}).",
            f"{command(f'check {part.number}')} checks your workspace",
            EXIT_USAGE,
        )
    return folder


def _check(checker: Checker, part: Part, folder: Path, args: argparse.Namespace) -> Result:
    with _progress_shown(quiet=not sys.stderr.isatty()) as on_progress:
        result = checker.check(part, folder, args.task, on_progress)
    if args.json:
        print(json.dumps(result.to_json(), ensure_ascii=False, indent=2), flush=True)
        return result
    # rich takes a moment to import, and --json has no need of it.
    from rich.console import Console

    from workshop.grading.table import print_result

    hints: list[Hint] = []
    if args.hints:
        work = this_clone().work
        found = (next_hint(part, task.id, work) for task in unfinished(result))
        hints = [hint for hint in found if hint is not None]
    print_result(Console(highlight=False), part, result, hints)
    return result


def _say_watching(folder: Path) -> None:
    print(f"watching {folder}; Ctrl-C ends it", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _progress_shown(*, quiet: bool) -> Iterator[OnProgress | None]:
    """A bar on stderr while the tests run, gone when they have."""
    if quiet:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        SpinnerColumn(),
        TextColumn("checking {task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
    )
    done: dict[str, tuple[int, int]] = {}
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        row = bar.add_task("", total=None)

        def show(progress: Progress) -> None:
            done[progress.task] = (progress.done, progress.tests)
            total = sum(tests for _, tests in done.values())
            bar.update(
                row,
                description=progress.task,
                completed=sum(count for count, _ in done.values()),
                total=total or None,
            )

        yield show

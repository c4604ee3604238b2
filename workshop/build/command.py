"""`workshop build`: makes exercises/ and solutions/ from modules/, or checks the author's rules."""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
import time
from pathlib import Path

from workshop.build.files import strays
from workshop.build.generate import EDITIONS, BuildError, generated
from workshop.build.replace import differences, replace_all
from workshop.parts import Part, PartError, all_parts, find_part, repository_root

SUMMARY = "make exercises/ and solutions/ from modules/, or check the author's rules"
EXAMPLES = ("build", "build 2", "build --check")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("parts", nargs="*", metavar="PART", help="2, part2, … (default: all)")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; list every broken rule, exit 1 if any"
    )
    parser.add_argument("--json", action="store_true", help="with --check: the findings as JSON")
    parser.add_argument("--verbose", action="store_true", help="show nbgrader's log")
    parser.add_argument("--root", type=Path, default=repository_root(), help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Exit code: 0 done, 1 a rule is broken or a part cannot be built, 130 stopped by Ctrl-C."""
    started = time.monotonic()
    root: Path = args.root.resolve()
    try:
        parts = _chosen(args.parts, root)
        if args.check:
            return _check(parts, root, args, started)
        return _build(parts, root, args, started)
    except (PartError, BuildError, OSError) as problem:
        print(f"workshop build: {problem}", file=sys.stderr)
        print("Mend it, then run: workshop build --check", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Nothing that was half made is left; run: workshop build", file=sys.stderr)
        return 130


def _chosen(names: list[str], root: Path) -> list[Part]:
    parts = [find_part(root, name) for name in names] if names else all_parts(root)
    if not parts:
        raise PartError(f"there is nothing to build: {root / 'modules'} has no parts")
    return parts


def _build(parts: list[Part], root: Path, args: argparse.Namespace, started: float) -> int:
    for part in parts:
        for stray in strays(part):
            raise BuildError(f"modules/{part.id}/{stray}: nobody said what this file is")
    with generated(parts, root, log=logger(args.verbose), on_part=_say) as built:
        for part_id, reason in built.failures.items():
            raise BuildError(f"{part_id} could not be built: {reason}")
        changed = 0
        moves = []
        for edition in EDITIONS:
            for part in parts:
                new, old = built.folder / edition / part.id, root / edition / part.id
                files = differences(new, old)
                changed += len(files)
                if files:
                    moves.append((new, old))
        replace_all(moves, attic=built.folder / "before")
        if not args.parts:
            changed += sum(_remove_orphans(root / edition, parts) for edition in EDITIONS)
    what = f"{changed} files changed" if changed else "nothing to change"
    print(f"{_names(parts)} in exercises/ and solutions/: {what}, {_seconds(started)}")
    return 0


def _remove_orphans(edition: Path, parts: list[Part]) -> int:
    known = {part.id for part in parts}
    orphans = [path for path in edition.iterdir() if path.name not in known]
    for path in orphans:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return len(orphans)


def _check(parts: list[Part], root: Path, args: argparse.Namespace, started: float) -> int:
    from workshop.build.check import check  # imports nbformat: only when it is needed

    found = check(parts, root, whole_course=not args.parts, log=logger(args.verbose), on_part=_say)
    if args.json:
        rows = [vars(finding) for finding in found]
        print(json.dumps({"ok": not found, "findings": rows}, indent=2, ensure_ascii=False))
    else:
        for finding in found:
            print(finding.line())
        verdict = f"{len(found)} to mend" if found else "every rule holds"
        print(f"{_names(parts)}: {verdict}, {_seconds(started)}")
    return 1 if found else 0


def logger(verbose: bool) -> logging.Logger:
    """nbgrader's log: shown with `verbose`, else only kept for the reason of a failure."""
    log = logging.Logger("workshop.build", logging.INFO if verbose else logging.CRITICAL)
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.INFO if verbose else logging.CRITICAL)
    log.addHandler(handler)
    log.setLevel(logging.INFO if verbose else logging.ERROR)
    return log


def _say(part: Part) -> None:
    print(f"Building {part.id} …", file=sys.stderr, flush=True)


def _names(parts: list[Part]) -> str:
    return ", ".join(part.id for part in parts)


def _seconds(started: float) -> str:
    return f"{time.monotonic() - started:.1f} s"

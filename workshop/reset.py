"""`workshop reset`: a part, or one file of it, as it was shipped; what was there is kept."""

from __future__ import annotations

import argparse
import difflib
import sys
from dataclasses import dataclass
from pathlib import Path

from workshop.bootstrap_paths import Clone, this_clone
from workshop.bootstrap_stop import Stop, command
from workshop.progress import result_path
from workshop.workspace import give, shipped_files
from workshop.workspace_backup import Backup
from workshop.workspace_manifest import Manifest, fingerprint, manifest_path

SUMMARY = "start a part or a file afresh; what you had is kept as a backup"
EXAMPLES = ("reset 2", "reset 2 --file service/cache.py")


@dataclass(frozen=True)
class Plan:
    """What a reset would do, as paths below the workspace."""

    part: str
    restore: list[str]
    keep: list[str]
    whole: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which part, which file, and whether to ask."""
    parser.add_argument("part", help="2, part2 or the part's full name")
    parser.add_argument("--file", metavar="F", help="only this file, such as service/cache.py")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace) -> int:
    """Ask, keep, restore. Raises Stop."""
    clone = this_clone()
    part = find_shipped_part(clone, args.part)
    plan = plan_reset(clone, part, args.file)
    if not plan.restore:
        print("Nothing to reset: everything there is as it was shipped.")
        return 0
    print("To be as shipped again:")
    for path in plan.restore:
        print(f"  {path}{'' if path in plan.keep else ' (is not there now)'}")
    if not args.yes and not _agreed(args.part):
        print("Nothing was changed.")
        return 1
    folder = do_reset(clone, plan)
    if folder is not None:
        print(f"Done. What you had is in {folder}")
    else:
        print("Done.")
    return 0


def plan_reset(clone: Clone, part: str, file: str | None) -> Plan:
    """The files of `part` (or the one `file`) that differ from what was shipped. Raises Stop."""
    shipped = [path for path in shipped_files(clone.exercises) if path.startswith(f"{part}/")]
    if file is not None:
        wanted = file.replace("\\", "/").removeprefix("work/").removeprefix(f"{part}/")
        shipped = [_known(f"{part}/{wanted}", shipped, part)]
    differ = [
        path
        for path in shipped
        if (mine := fingerprint(clone.work / path)) is None
        or mine != fingerprint(clone.exercises / path)
    ]
    there = [path for path in differ if (clone.work / path).is_file()]
    return Plan(part, differ, there, whole=file is None)


def do_reset(clone: Clone, plan: Plan) -> Path | None:
    """Keep what is there, then restore; the folder of the backup. Raises OSError."""
    manifest = Manifest.read(manifest_path(clone.work))
    backup = Backup(clone.work)
    for path in plan.keep:
        backup.keep(path)
    if plan.whole and (clone.work / result_path(plan.part)).is_file():
        # What an earlier check said is not true of the fresh files.
        backup.keep(result_path(plan.part))
        (clone.work / result_path(plan.part)).unlink()
    for path in plan.restore:
        give(clone.exercises / path, clone.work / path)
        restored = fingerprint(clone.exercises / path)
        if restored is not None:
            manifest.given[path] = restored
    manifest.write(manifest_path(clone.work))
    return backup.folder


def find_shipped_part(clone: Clone, name: str) -> str:
    """The full name of the part called "2", "part2" or so. Raises Stop naming what there is."""
    parts = sorted({path.split("/")[0] for path in shipped_files(clone.exercises)})
    wanted = name.replace("\\", "/").rstrip("/").rpartition("/")[2].lower()
    for part in parts:
        number = part.partition("_")[0].removeprefix("part")
        if wanted in {part, number, f"part{number}"}:
            return part
    there = ", ".join(parts) or "none"
    raise Stop(
        f"there is no part {name!r} in the exercises; there is: {there}.",
        command(f"reset {parts[0]}") if parts else command("lab"),
    )


def _known(path: str, shipped: list[str], part: str) -> str:
    if path in shipped:
        return path
    near = difflib.get_close_matches(path, shipped, n=1, cutoff=0.3)
    step = command(f"reset {part} --file {near[0].partition('/')[2]}") if near else "look in work/"
    raise Stop(f"{path} is not among the shipped files.", step)


def _agreed(part: str) -> bool:
    if not sys.stdin.isatty():
        raise Stop(
            "a reset asks first, and there is no one to ask.", command(f"reset {part} --yes")
        )
    try:
        answer = input("Go on? What you have is kept as a backup. [y/N] ")
    except EOFError:  # Ctrl-D
        print()
        return False
    return answer.strip().lower() in {"y", "yes"}

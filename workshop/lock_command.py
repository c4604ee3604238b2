"""`workshop lock`: compile both lock files from pyproject.toml, for every system at once."""

from __future__ import annotations

import argparse
import shutil
import subprocess

from workshop.bootstrap_paths import LOCKS, this_clone
from workshop.bootstrap_stop import Stop, command

SUMMARY = "compile requirements.lock and requirements-dev.lock from pyproject.toml, with uv"
EXAMPLES = ("lock", "lock --upgrade")
_OPTIONS = (
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    # A lock that named an index would work behind one mirror only.
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--no-annotate",
    "--quiet",
)
_WHAT = {"course": ("--extra=course",), "dev": ("--extra=course", "--group=dev")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Keep versions where possible, or take the newest."""
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions allowed")


def run(args: argparse.Namespace) -> int:
    """Write both locks. Raises Stop without uv."""
    uv = shutil.which("uv")
    if uv is None:
        raise Stop(
            "locks are compiled by uv, which comes with the development environment.",
            f"{command('test -- --version')} sets that up, then {command('lock')}",
        )
    root = this_clone().root
    for kind, name in LOCKS.items():
        code = subprocess.call(lock_words(uv, kind, name, upgrade=args.upgrade), cwd=root)
        if code != 0:
            return code
    print(f"{' and '.join(LOCKS.values())} are compiled. Next: {command('test')}")
    return 0


def lock_words(uv: str, kind: str, output: str, *, upgrade: bool) -> list[str]:
    """The command that compiles one lock; the course's pins bind the development lock too."""
    words = [uv, "pip", "compile", *_OPTIONS, *_WHAT[kind], "pyproject.toml", "-o", output]
    if kind == "dev":
        words += ["--constraints", LOCKS["course"]]
    return [*words, "--upgrade"] if upgrade else words

"""Puts built folders in place of the old ones, all or nothing as far as a file system allows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workshop.build.files import walk


def differences(new: Path, old: Path) -> list[str]:
    """Relative paths of the files that are not the same in both folders, sorted.

    A folder that is not there counts as empty.
    """
    new_files, old_files = set(walk(new)), set(walk(old))
    changed = {
        file
        for file in new_files & old_files
        if (new / file).read_bytes() != (old / file).read_bytes()
    }
    return sorted(file.as_posix() for file in (new_files ^ old_files) | changed)


def replace_all(moves: Sequence[tuple[Path, Path]], attic: Path) -> None:
    """For each (new, old): `new` goes to where `old` is, `old` into the folder `attic`.

    All of it lies on one disk, so that each move is one rename. If one fails, or Ctrl-C comes
    between two, those that were made are undone and the exception goes on.
    """
    attic.mkdir(parents=True, exist_ok=True)
    done: list[tuple[Path, Path]] = []
    try:
        for index, (new, old) in enumerate(moves):
            old.parent.mkdir(parents=True, exist_ok=True)
            steps = [(old, attic / str(index))] if old.exists() else []
            for source, target in [*steps, (new, old)]:
                done.append((source, target))
                source.rename(target)
    except BaseException:
        for source, target in reversed(done):
            if not source.exists():
                target.rename(source)
        raise

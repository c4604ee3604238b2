"""A submission as bytes, taken once, and the folders that workers get of it."""

from __future__ import annotations

import base64
import fnmatch
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from workshop.parts import Part

MAX_FILE = 2 << 20
MAX_FILES = 200
_IGNORED = {"__pycache__", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class Snapshot:
    """The allowed files of a submission: path (with slashes) to content.

    What the submission does to its folder while it is being graded changes nothing any more.
    """

    files: Mapping[str, bytes]

    def to_plain(self) -> dict[str, str]:
        """For the channel."""
        return {path: base64.b64encode(data).decode() for path, data in self.files.items()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, str]) -> Snapshot:
        """The way back."""
        return cls({path: base64.b64decode(data) for path, data in plain.items()})

    def replaced(self, files: Mapping[str, bytes]) -> Snapshot:
        """With these files instead of, or beside, its own."""
        return Snapshot({**self.files, **files})

    def without(self, package: str) -> Snapshot:
        """Without the files of a package."""
        prefix = package + "/"
        return Snapshot({p: data for p, data in self.files.items() if not p.startswith(prefix)})


def take(part: Part, folder: Path) -> Snapshot:
    """The files under `folder` that `part.files` allows. No link is followed."""
    files: dict[str, bytes] = {}
    for here, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if name not in _IGNORED)
        for name in sorted(names):
            path = Path(here, name)
            relative = path.relative_to(folder).as_posix()
            if not allowed(part, relative) or path.is_symlink() or not path.is_file():
                continue
            if path.stat().st_size <= MAX_FILE and len(files) < MAX_FILES:
                files[relative] = path.read_bytes()
    return Snapshot(files)


def allowed(part: Part, relative: str) -> bool:
    """Whether a submission may hold that file: its path matches a glob, level by level."""
    path = PurePosixPath(relative)
    return any(_matches(path, PurePosixPath(glob)) for glob in part.files)


def _matches(path: PurePosixPath, glob: PurePosixPath) -> bool:
    return len(path.parts) == len(glob.parts) and all(
        fnmatch.fnmatchcase(name, pattern)
        for name, pattern in zip(path.parts, glob.parts, strict=True)
    )


def read_tree(folder: Path, prefix: str) -> dict[str, bytes]:
    """The Python and data files under `folder`, each path beginning with `prefix`."""
    if not folder.is_dir():
        return {}
    return {
        f"{prefix}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _IGNORED.intersection(path.parts)
    }


def write_tree(files: Mapping[str, bytes], folder: Path) -> None:
    """Writes the files under `folder`. Raises ValueError for a path that leads out of it."""
    for relative, data in files.items():
        path = PurePosixPath(relative)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"{relative!r} leads out of the folder")
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

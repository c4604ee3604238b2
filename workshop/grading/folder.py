"""A submission as bytes, taken once, and the folders that workers get of it."""

from __future__ import annotations

import base64
import fnmatch
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from workshop.parts import Part

MAX_FILE = 2 << 20
MAX_FILES = 200
MAX_LEFT_OUT = 5
_IGNORED = {"__pycache__", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class Snapshot:
    """The allowed files of a submission: path (with slashes) to content.

    What the submission does to its folder while it is being graded changes nothing any more.
    """

    files: Mapping[str, bytes]
    left_out: tuple[str, ...] = ()
    """Files that would have counted, with the reason why they do not."""

    def to_plain(self) -> dict[str, str]:
        """For the channel."""
        return {path: base64.b64encode(data).decode() for path, data in self.files.items()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, str]) -> Snapshot:
        """The way back."""
        return cls({path: base64.b64decode(data) for path, data in plain.items()})

    def replaced(self, files: Mapping[str, bytes]) -> Snapshot:
        """With these files instead of, or beside, its own."""
        return replace(self, files={**self.files, **files})

    def without(self, package: str) -> Snapshot:
        """Without the files of a package."""
        prefix = package + "/"
        kept = {p: data for p, data in self.files.items() if not p.startswith(prefix)}
        return replace(self, files=kept)


def take(part: Part, folder: Path) -> Snapshot:
    """The files under `folder` that `part.files` allows. No link is followed."""
    files: dict[str, bytes] = {}
    left_out: list[str] = []
    tops = {PurePosixPath(glob).parts[0] for glob in part.files}
    for here, folders, names in os.walk(folder, followlinks=False):
        linked = [name for name in folders if Path(here, name).is_symlink()]
        if Path(here) == folder:
            left_out += [f"{name}/: it is a link, not a folder" for name in linked if name in tops]
        folders[:] = sorted(name for name in folders if name not in _IGNORED)
        for name in sorted(names):
            path = Path(here, name)
            relative = path.relative_to(folder).as_posix()
            if not allowed(part, relative):
                continue
            if path.is_symlink() or not path.is_file():
                left_out.append(f"{relative}: it is a link, not a file")
            elif path.stat().st_size > MAX_FILE:
                left_out.append(f"{relative}: it is larger than {MAX_FILE >> 20} MB")
            elif len(files) >= MAX_FILES:
                left_out.append(f"{relative}: there are more than {MAX_FILES} files")
            else:
                files[relative] = path.read_bytes()
    return Snapshot(files, tuple(left_out[:MAX_LEFT_OUT]))


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

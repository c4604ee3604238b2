"""A root folder that holds what running Python takes, and nothing else of the machine.

Built once for a warm process, in a file system in memory; each worker then gets its own folder, its
own /tmp and its own /proc in it. Solutions, hidden tests, other submissions, the gradebook, homes:
none of them has a path any more.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from workshop.grading.namespaces import (
    CLONE_NEWNS,
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_REC,
    make_read_only,
    make_read_only_alone,
    mount,
    pivot_root,
    unmount,
    unshare,
)
from workshop.grading.preload import WORKER

# Where the engine's folder for submissions lies until a worker has taken its own out of it.
_ROOM = "/.room"
_OLD, _NEXT_TMP = "/.old", "/.tmp"
_TMP, _SHARED = "/tmp", "/dev/shm"  # noqa: S108 (mounts of our own)
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = (
    "alternatives",
    "ca-certificates",
    "host.conf",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "nsswitch.conf",
    "passwd",
    "group",
    "ssl",
)
_DEVICES = ("null", "zero", "full", "random", "urandom")
_OURS = ("mock_llm", "workshop")
# Packages by the names under which a worker imports them, wherever they were installed from.
_USED = (*_OURS, *dict.fromkeys(name.partition(".")[0] for name in WORKER))
# Folders that an installer fills, and nobody works in.
_INSTALLED = ("site-packages", "dist-packages")
_QUIET = MS_NOSUID | MS_NODEV
_SIZE = "size=64m,nr_inodes=8k"


def enter_private_root(room: Path) -> None:
    """Moves this process into a root of its own, with `room` in a hidden place. Raises OSError.

    It must be the first of a new process namespace, for which /proc is mounted.
    """
    readable = what_python_needs()
    os.umask(0o022)  # another user has to find the way
    unshare(CLONE_NEWNS)
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    root = room / "root"
    root.mkdir(exist_ok=True)
    mount("tmpfs", str(root), "tmpfs", _QUIET, "size=1m,mode=755")
    for name in ("/dev", "/proc", _TMP, _SHARED, _NEXT_TMP, _ROOM, _OLD):
        (root / name[1:]).mkdir()
    _temporary(f"{root}{_TMP}")
    for path in readable:
        _show(path, root)
    for name in _DEVICES:
        (root / "dev" / name).touch()
        mount(f"/dev/{name}", f"{root}/dev/{name}", None, MS_BIND)
    mount("proc", f"{root}/proc", "proc", _QUIET | MS_NOEXEC)
    mount(str(room), f"{root}{_ROOM}", None, MS_BIND)
    pivot_root(str(root), f"{root}{_OLD}")
    os.chdir("/")
    unmount(_OLD)


def settle_in(folder: Path, room: Path, owner: int | None) -> None:
    """A worker's own part: a copy of `folder` under its path, in memory, and nothing of the rest.

    Its files belong to `owner`, if given. Raises OSError. The copy, /tmp and /dev/shm go away with
    the worker.
    """
    hidden = Path(_ROOM) / folder.relative_to(room)
    below_tmp = [path for path in what_python_needs() if path.is_relative_to(_TMP)]
    unshare(CLONE_NEWNS)
    _temporary(_NEXT_TMP)
    for path in below_tmp:
        _bind(path, Path(_NEXT_TMP) / path.relative_to(_TMP))
    mount(_NEXT_TMP, _TMP, None, MS_BIND | MS_REC)
    unmount(_NEXT_TMP)
    _temporary(_SHARED)
    folder.mkdir(parents=True)
    mount("tmpfs", str(folder), "tmpfs", _QUIET, _SIZE)
    shutil.copytree(hidden, folder, dirs_exist_ok=True)
    if owner is not None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner, owner)
    unmount(_ROOM)
    mount("proc", "/proc", "proc", _QUIET | MS_NOEXEC)
    make_read_only_alone("/")


def what_python_needs() -> list[Path]:
    """The folders and files that running Python code reads: the system's, Python's, the packages'.

    Of this project only the code of mock_llm and of the workshop command, and of other folders to
    which an environment leads (those of editable installs) only packages that a worker uses: such a
    folder may be another checkout, with its solutions. Raises OSError if the project lies inside
    Python's own folder, which could not be shown without it.
    """
    project = Path(__file__).resolve().parents[2]
    prefixes = [Path(sys.base_prefix), Path(sys.prefix)]
    for prefix in prefixes:
        if project.is_relative_to(prefix):
            raise OSError(f"the project lies in {prefix}, beside Python")
    wanted = [Path(path) for path in _SYSTEM]
    wanted += [Path("/etc") / name for name in _SETTINGS]
    wanted += prefixes
    wanted += [project / name for name in _OURS]
    for entry in (Path(entry) for entry in sys.path if entry):
        if entry.name in _INSTALLED:
            wanted.append(entry)
        else:
            wanted += [entry / name for name in _USED if (entry / name / "__init__.py").is_file()]
    return _outermost(path for path in wanted if path.exists())


def _temporary(target: str) -> None:
    mount("tmpfs", target, "tmpfs", _QUIET, f"{_SIZE},mode=1777")


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """Each once, and none that lies in another; links as they are and where they lead."""
    found: dict[Path, None] = {}
    for path in paths:
        found[path.absolute()] = None
        found[path.parent.resolve() / path.name] = None
        found[path.resolve()] = None
    return [
        path
        for path in found
        if not any(other in path.parents and not other.is_symlink() for other in found)
    ]


def _show(path: Path, root: Path) -> None:
    """`path` read-only under `root`; a link as a link."""
    target = root / path.relative_to("/")
    if path.is_symlink():
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            target.symlink_to(path.readlink())
        return
    _bind(path, target)
    make_read_only(str(target))


def _bind(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    mount(str(path), str(target), None, MS_BIND | MS_REC)

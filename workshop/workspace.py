"""The attendee's workspace: `exercises/` copied to `work/`, and kept up to date from it.

What the attendee changed is theirs. Per file, with the edition given last as the third party:

| attendee    | course    | what happens                                                 |
|-------------|-----------|--------------------------------------------------------------|
| –           | new       | it is copied                                                 |
| left as is  | changed   | it is updated (a notebook with outputs is backed up first)   |
| changed     | as it was | nothing                                                      |
| changed     | changed   | theirs stays, the new one is laid beside it, as name.new.ext |
| deleted     | any       | it stays deleted, unless the whole part is gone              |
| left as is  | removed   | it is removed; changed, it stays                             |
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from workshop.bootstrap_failure import disk_full
from workshop.bootstrap_paths import Clone
from workshop.bootstrap_stop import Stop, command
from workshop.files import write_atomically
from workshop.workspace_backup import Backup
from workshop.workspace_manifest import Fingerprint, Manifest, fingerprint, manifest_path

LESSON = "lesson.ipynb"
_NOT_GIVEN = {"__pycache__", ".ipynb_checkpoints", ".pytest_cache"}


@dataclass
class Update:
    """What one round of bringing up to date did, as paths below the workspace."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    beside: dict[str, str] = field(default_factory=dict)
    left_deleted: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    backup: Path | None = None


def bring_up_to_date(clone: Clone) -> list[str]:
    """Copy or update the workspace; the lines to tell the attendee. Raises Stop."""
    if not any(shipped_files(clone.exercises)):
        raise Stop(
            f"this clone has no exercises: {clone.exercises} is not there or empty.",
            "git checkout -- exercises (authors: workshop build makes it from modules/)",
        )
    try:
        return said_of(update_workspace(clone.exercises, clone.work), clone.work)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise disk_full(clone.work, "lab") from None
        raise Stop(
            f"the workspace cannot be written: {error.strerror}: {error.filename}.",
            f"make it writable, then {command('lab')}",
        ) from None


def update_workspace(exercises: Path, work: Path) -> Update:
    """One round, as the module's table says. Raises OSError; a repeat then goes on from there."""
    manifest = Manifest.read(manifest_path(work))
    update = Update()
    backup = Backup(work)
    shipped = {path: exercises / path for path in shipped_files(exercises)}
    # The parts that are (still) there; one that is gone as a whole is given afresh.
    present = {folder.name for folder in work.iterdir()} if work.is_dir() else set()
    for path, source in shipped.items():
        part_is_gone = PurePosixPath(path).parts[0] not in present
        _one_file(path, source, work, manifest, update, backup, part_is_gone=part_is_gone)
    for path in [path for path in manifest.given if path not in shipped]:
        if fingerprint(work / path) == manifest.given[path]:
            (work / path).unlink()
            update.removed.append(path)
        del manifest.given[path]
    update.backup = backup.folder
    manifest.write(manifest_path(work))
    return update


def _one_file(
    path: str,
    source: Path,
    work: Path,
    manifest: Manifest,
    update: Update,
    backup: Backup,
    *,
    part_is_gone: bool,
) -> None:
    new, mine, given = fingerprint(source), fingerprint(work / path), manifest.given.get(path)
    assert new is not None, f"{source} vanished while it was copied"
    if mine is None and given is not None and not part_is_gone:
        update.left_deleted.append(path)
        return
    if mine is None:
        give(source, work / path)
        update.added.append(path)
    elif new == given or new.exact == mine.exact:
        pass
    elif given is not None and mine.said == given.said:
        if mine.exact != given.exact:
            backup.keep(path)
        give(source, work / path)
        update.updated.append(path)
    else:
        update.beside[path] = _lay_beside(path, source, new, work, manifest)
    manifest.given[path] = new


def _lay_beside(path: str, source: Path, new: Fingerprint, work: Path, manifest: Manifest) -> str:
    """Put the new edition beside the attendee's file, not over anything of theirs."""
    name = PurePosixPath(path)
    for number in range(1, 1000):
        suffix = ".new" if number == 1 else f".new{number}"
        beside = str(name.with_name(f"{name.stem}{suffix}{name.suffix}"))
        there = fingerprint(work / beside)
        if there is None or there == new or there == manifest.aside.get(beside):
            give(source, work / beside)
            manifest.aside[beside] = new
            return beside
    raise FileExistsError(errno.EEXIST, "a thousand new editions lie beside it", str(work / path))


def give(source: Path, target: Path) -> None:
    """Copy one shipped file, all of it or nothing."""
    write_atomically(target, source.read_bytes())


def shipped_files(exercises: Path) -> list[str]:
    """Every file that attendees get, as a path with forward slashes, in order."""
    if not exercises.is_dir():
        return []
    files = (path for path in exercises.rglob("*") if path.is_file())
    relative = (path.relative_to(exercises) for path in files)
    return sorted(
        path.as_posix()
        for path in relative
        if len(path.parts) > 1 and not _NOT_GIVEN.intersection(path.parts) and path.suffix != ".pyc"
    )


def said_of(update: Update, work: Path) -> list[str]:
    """What the attendee should know about an update."""
    lines = []
    if update.added:
        lines.append(f"{len(update.added)} new files in {work}")
    if update.updated:
        lines.append(f"Updated, as you had not changed them: {', '.join(update.updated)}")
    if update.backup is not None:
        lines.append(f"Notebooks with your outputs were kept in {update.backup}")
    for path, beside in update.beside.items():
        lines.append(f"{path} has a new edition. Yours stays; the new one is {beside}")
    if update.removed:
        lines.append(f"No longer part of the course, removed: {', '.join(update.removed)}")
    for path in update.left_deleted:
        part, _, file = path.partition("/")
        again = command(f"reset {part} --file {file}")
        lines.append(f"{path} stays deleted, as you left it. To have it back: {again}")
    return lines


def where_left_off(clone: Clone) -> str | None:
    """The lesson of the part that was worked on last, as a path below the workspace.

    Worked on means changed, run or checked. Without any, the first lesson there is; None without
    a lesson.
    """
    manifest = Manifest.read(manifest_path(clone.work))
    lessons = sorted(clone.work.glob(f"*/{LESSON}"), key=lambda path: _natural(path.parent.name))
    if not lessons:
        return None
    latest = max(lessons, key=lambda path: _last_worked_on(clone.work, path.parent, manifest))
    return latest.relative_to(clone.work).as_posix()


def _last_worked_on(work: Path, folder: Path, manifest: Manifest) -> float:
    """Seconds since the epoch; 0.0 for a part that is as it was given."""
    touched = [work / ".workshop" / "results" / f"{folder.name}.json"]
    for path in folder.rglob("*"):
        if _NOT_GIVEN.intersection(path.parts) or not path.is_file():
            continue
        relative = path.relative_to(work).as_posix()
        known = manifest.given.get(relative) or manifest.aside.get(relative)
        if fingerprint(path) != known:
            touched.append(path)
    return max((path.stat().st_mtime for path in touched if path.exists()), default=0.0)


def _natural(name: str) -> tuple[int, str]:
    digits = "".join(char for char in name.partition("_")[0] if char.isdigit())
    return int(digits or 0), name

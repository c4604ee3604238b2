"""Get from a bare Python to one that has everything the course needs."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from workshop.bootstrap_display import Display
from workshop.bootstrap_environment import Environment, activated, of_venv, running, runs_in
from workshop.bootstrap_failure import NEEDED_BYTES, disk_full, explain, may_be_leftovers
from workshop.bootstrap_install import Installer, InstallerFailed, can_make_venv, find_uv
from workshop.bootstrap_paths import LOCKS, Clone
from workshop.bootstrap_stop import Stop, command
from workshop.bootstrap_turn import turn


def prepared(clone: Clone, kind: str, again: str) -> Path:
    """The Python that has everything of `kind` ("course" or "dev"), set up first if need be.

    `again` is the subcommand that the reader is told to repeat. Raises Stop.
    """
    ready = find_prepared(clone, kind)
    if ready is not None:
        return ready
    _require_clone(clone, again)
    display = Display()
    try:
        with turn(
            clone.state / "setup.turn", lambda: display.say("Another set-up is at work; waiting.")
        ):
            return find_prepared(clone, kind) or _make_ready(clone, kind, display, again)
    except InstallerFailed as failure:
        raise explain(str(failure), again, clone.setup_log) from None
    except OSError as error:
        raise explain(str(error), again, clone.setup_log) from None


def find_prepared(clone: Clone, kind: str = "course") -> Path | None:
    """A Python that needs no set-up: the activated environment's, else that of `.venv`."""
    if not clone.lock(kind).is_file():
        return None
    if activated():
        here = running()
        if here.complete(clone, kind):
            return here.python
    made = of_venv(clone.venv)
    return made.python if made is not None and made.complete(clone, kind) else None


def _make_ready(clone: Clone, kind: str, display: Display, again: str) -> Path:
    here = running()
    linked = here.linked_clone()
    another_clones = linked not in (None, clone.root) and linked is not None and linked.is_dir()
    if (
        activated()
        and not runs_in(clone.venv)
        and not another_clones  # taking it over would break that clone
        and not here.missing(clone.lock(kind))
    ):
        # It was made for the course; only the link to this clone is not there yet.
        display.say(f"Using the activated environment {sys.prefix}")
        Installer(clone, display, again).project(here, find_uv())
        return here.python
    return _set_up(clone, kind, display, again)


def _set_up(clone: Clone, kind: str, display: Display, again: str) -> Path:
    uv = find_uv()
    installer = Installer(clone, display, again)
    made = of_venv(clone.venv)
    moved = made is not None and made.linked_clone() not in (None, clone.root)
    from_nothing = made is None or moved
    if made is None or moved:
        if moved:
            display.say("This clone has moved since its .venv was made.")
        if shutil.disk_usage(str(clone.root)).free < NEEDED_BYTES:
            raise disk_full(clone.root, again)
        display.say("First start: setting up, a minute or two. Later starts take seconds.")
        made = installer.make_venv(uv)
    else:
        display.say(f"Bringing {clone.venv} up to date")
        made.drop_half_installed()
    try:
        _fill(installer, made, clone, kind, uv, display)
    except InstallerFailed as failure:
        if from_nothing or not may_be_leftovers(str(failure)):
            raise
        # What an interrupted or damaged set-up left behind can confuse an installer.
        display.say("That did not work with what was there: making .venv anew.")
        made = installer.make_venv(uv)
        _fill(installer, made, clone, kind, uv, display)
    return made.python


def _fill(
    installer: Installer,
    target: Environment,
    clone: Clone,
    kind: str,
    uv: str | None,
    display: Display,
) -> None:
    """Packages, then the project. A uv that fails gives way to pip: their settings differ."""
    try:
        installer.packages(target, clone.lock(kind), uv)
        installer.project(target, uv)
    except InstallerFailed:
        if uv is None or not can_make_venv():
            raise
        display.say("uv did not manage; trying pip.")
        installer.packages(target, clone.lock(kind), None)
        installer.project(target, None)
    left = target.missing(clone.lock(kind))
    if left:
        raise InstallerFailed(f"{len(left)} packages are still missing, {left[0]} first")


def _require_clone(clone: Clone, again: str) -> None:
    absent = [
        name for name in (*LOCKS.values(), "pyproject.toml") if not (clone.root / name).is_file()
    ]
    if absent:
        raise Stop(
            f"{clone.root} is not a whole clone of the workshop: {absent[0]} is not there.",
            f"git checkout -- {' '.join(absent)} (in a clone), then {command(again)}",
        )

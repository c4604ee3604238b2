"""The walls around a submission: what of them this system can build, and building them.

Four steps, each in the process that it concerns:

1. `shut_network` in the parent of both warm processes: a network of their own, in which there is
   nothing but loopback. Tests and workers share it, because they talk to each other over it.
2. `choose` there too: tries in a child what the next steps will do, and decides.
3. `shut_files` in the warm worker process: a root folder with nothing in it but Python and the
   course's commands (see private_root); every fork of it has processes of its own only.
4. `settle` and `close_behind` in each worker, before the submission's code is there: its own folder
   and /tmp, another user (where grading runs as root), no rights.

Where Linux gives no namespaces, Landlock closes the file system instead. `Walls` says what stands,
and `missing` in words what does not and why. `WORKSHOP_ISOLATION` may be "landlock" or "none", to
try what other systems get.
"""

from __future__ import annotations

import json
import os
import random
import sys
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from workshop.grading import namespaces as ns
from workshop.grading.landlock import close_file_system, landlock_version
from workshop.grading.private_root import enter_private_root, settle_in, what_python_needs

VARIABLE = "WORKSHOP_ISOLATION"
# Users that no system gives to people; systemd draws its passing ones from here too.
_PASSING_USERS = range(61184, 65519)
_DEVICES = tuple(Path("/dev") / name for name in ("null", "zero", "full", "random", "urandom"))


@dataclass(frozen=True)
class Walls:
    """What stands between a submission and the machine."""

    files: str = ""
    """"namespaces", "landlock" or "" for nothing."""
    network: bool = False
    processes: bool = False
    user: bool = False
    root: bool = False
    """Whether the warm processes have the rights to build more (as root, or in a namespace)."""
    missing: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Walls:
        return cls(**json.loads(text))

    def without(self, *reasons: str) -> Walls:
        return replace(self, missing=[*self.missing, *reasons])


NONE = Walls(
    missing=[
        "a submission could read this user's files (the solutions among them) and use the network: "
        "this system has no walls that the grader knows how to build"
    ]
)


def shut_network(wish: str, *, needs_outside: bool) -> Walls:
    """Step 1. `wish`: the value of `WORKSHOP_ISOLATION`. `needs_outside`: the tests use a server
    that somebody else runs (a real Redis)."""
    if sys.platform != "linux" or wish == "none":
        return NONE
    if wish == "landlock":
        return Walls().without(_no_network(f"{VARIABLE} asks for no namespaces"))
    walls = Walls(user=os.geteuid() == 0)
    try:
        if not walls.user:
            ns.become_root_of_a_user_namespace()
        ns.unshare(ns.CLONE_NEWIPC | ns.CLONE_NEWUTS)
        if needs_outside:
            return replace(walls, root=True).without(
                _no_network("the tests were given a Redis server outside")
            )
        ns.unshare(ns.CLONE_NEWNET)
        ns.bring_up_loopback()
    except OSError as refused:
        return Walls().without(_no_network(str(refused)))
    return replace(walls, root=True, network=True)


def choose(walls: Walls, room: Path) -> Walls:
    """Step 2: how the file system will be closed. `room`: where the copies of submissions are."""
    if walls == NONE:
        return walls
    why = _tried(room) if walls.root else "there are no namespaces"
    if not why:
        return replace(walls, files="namespaces", processes=True)
    walls = replace(walls, user=False, root=False)
    try:
        what_python_needs()
        if landlock_version():
            walls = replace(walls, files="landlock")
            return walls.without(f"a submission could see what else this user runs: {why}")
        why += ", and the kernel has no Landlock"
    except OSError as problem:
        why = str(problem)
    return walls.without(
        f"a submission could read this user's files, the solutions among them: {why}"
    )


def shut_files(walls: Walls, room: Path) -> None:
    """Step 3, in the first process of a new process namespace. Raises OSError."""
    if walls.files == "namespaces":
        enter_private_root(room)


def settle(walls: Walls, folder: Path, room: Path, *, alone: bool = False) -> None:
    """Step 4, with rights: the worker's own view of the files, and another user.

    Nothing that it leaves in the kernel's memory outlives it or is found by another worker: no
    shared memory, no queue, no key. `alone`: no other process is on its network either.
    """
    if walls.files == "namespaces":
        # The seed is the system's: all forks of one process would draw the same.
        user = random.SystemRandom().choice(_PASSING_USERS) if walls.user else None
        ns.unshare(ns.CLONE_NEWIPC)
        ns.leave_the_session_keyring()
        if alone:
            ns.unshare(ns.CLONE_NEWNET)
            ns.bring_up_loopback()
        settle_in(folder, room, user)
        ns.drop_every_right(user)


def close_behind(walls: Walls, folder: Path) -> None:
    """Step 4, once no right can come back: Landlock, where it is all there is."""
    if walls.files == "landlock":
        readable = [*what_python_needs(), Path("/sys/devices/system/cpu")]
        close_file_system(
            [path for path in readable if path.exists()],
            [folder, *(device for device in _DEVICES if device.exists())],
        )


def _tried(room: Path) -> str:
    """Does all steps of the namespaces in a child; why that failed, or nothing."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _try_all(room)
        except OSError as refused:
            os.write(writer, str(refused).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as said:
        why = said.read()
    os.waitpid(child, 0)
    return why


def _try_all(room: Path) -> None:
    """In a child, whose own child is the first of its namespace. What it raises, both raise."""
    ns.unshare(ns.CLONE_NEWPID)
    if (inner := os.fork()) != 0:
        os.waitpid(inner, 0)
        return
    folder = room / "trial"
    folder.mkdir()
    enter_private_root(room)
    if (first := ns.fork_the_first_process()) == 0:
        os._exit(0)
    os.waitpid(first, 0)
    settle_in(folder, room, None)


def _no_network(why: str) -> str:
    return f"a submission could use the network: {why}"

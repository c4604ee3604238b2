"""The Linux calls that walls are made of: namespaces, mounts, identities. See `isolation`.

Numbers are from the kernel's headers (sched.h, mount.h, prctl.h, securebits.h). Every function
raises OSError where the system refuses.
"""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import struct
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
_MNT_DETACH = 2
_MOUNT_SETATTR = 442
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_READ_ONLY_NO_SETUID_NO_DEVICES = 1 | 2 | 4

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_KEYCTL = {"x86_64": 250, "aarch64": 219}
_JOIN_SESSION_KEYRING = 1
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_PR_CAPBSET_DROP, _PR_SET_SECUREBITS = 24, 28
# No rights from being user 0, none kept over a change of user, and both for good.
_NO_ROOT_FOR_GOOD = 0b0000_1111
_CAPABILITY_VERSION_3 = 0x20080522


def unshare(flags: int) -> None:
    """New namespaces for this process (CLONE_NEWPID: for its children to come)."""
    _check(_libc().unshare(flags), "unshare")


def rejoin(namespace_fd: int, flag: int) -> None:
    """Back to a namespace that was opened under /proc/self/ns."""
    _check(_libc().setns(namespace_fd, flag), "setns")


def fork_the_first_process() -> int:
    """os.fork(), with the child as the first process of a new namespace."""
    own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    try:
        unshare(CLONE_NEWPID)
        pid = os.fork()
        if pid != 0:
            rejoin(own, CLONE_NEWPID)
        return pid
    finally:
        os.close(own)


def become_root_of_a_user_namespace() -> None:
    """A user namespace in which this user is user 0, with all rights over what it makes there."""
    user, group = os.getuid(), os.getgid()
    unshare(CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """mount(2)."""
    result = _libc().mount(
        source.encode(), target.encode(), kind.encode() if kind else None, flags, data.encode()
    )
    _check(result, f"mount {target}")


def make_read_only(target: str) -> None:
    """A mount and all below it, for good: mount_setattr(2), Linux 5.12."""
    _set_attributes(target, _AT_RECURSIVE)


def make_read_only_alone(target: str) -> None:
    """A mount, but not those below it."""
    _set_attributes(target, 0)


def _set_attributes(target: str, flags: int) -> None:
    attributes = struct.pack("QQQQ", _READ_ONLY_NO_SETUID_NO_DEVICES, 0, 0, 0)
    result = _libc().syscall(
        _MOUNT_SETATTR, _AT_FDCWD, target.encode(), flags, attributes, len(attributes)
    )
    _check(result, f"mount_setattr {target}")


def unmount(target: str) -> None:
    """At once, whatever still uses it."""
    _check(_libc().umount2(target.encode(), _MNT_DETACH), f"umount {target}")


def pivot_root(new: str, old: str) -> None:
    """`new` becomes the root; the earlier one is found at `old`, below `new`."""
    number = _PIVOT_ROOT.get(platform.machine())
    if number is None:
        raise OSError(f"pivot_root is not known for {platform.machine()}")
    _check(_libc().syscall(number, new.encode(), old.encode()), "pivot_root")


def leave_the_session_keyring() -> None:
    """For an empty one of this process's own; where the kernel keeps no keys there is none."""
    number = _KEYCTL.get(platform.machine())
    if number is not None:
        _libc().syscall(number, _JOIN_SESSION_KEYRING, None)


def bring_up_loopback() -> None:
    """In a new network namespace 127.0.0.1 is there, but down."""
    import fcntl

    request = struct.Struct("16sh14x")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request.pack(b"lo", 0))
        flags: int = request.unpack(asked)[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request.pack(b"lo", flags | _IFF_UP))


def drop_every_right(user: int | None) -> None:
    """Becomes `user` (if given) without groups, and gives up every capability for good."""
    libc = _libc()
    for capability in range(64):
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # past the last one that this kernel knows
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
    # Before the user changes: it takes CAP_SETPCAP.
    _check(libc.prctl(_PR_SET_SECUREBITS, _NO_ROOT_FOR_GOOD, 0, 0, 0), "securebits")
    if user is not None:
        os.setresuid(user, user, user)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    _check(libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")

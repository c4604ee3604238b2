"""Landlock: Linux lets a process close the file system to itself, without any rights of its own.

The wall where namespaces are not to be had (many containers). Numbers are from linux/landlock.h;
what a kernel does not know yet is left out, as its documentation recommends.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_ASKED = 1
_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
# Abstract sockets and signals to processes outside, since the sixth version.
_SCOPES = 0b11
_RIGHTS_BY_VERSION = {1: 13, 2: 14, 3: 15, 4: 15}
_ALL_RIGHTS = 16


def landlock_version() -> int:
    """0 where the kernel has none, or a container's filter forbids it."""
    if sys.platform != "linux":
        return 0
    version: int = ctypes.CDLL(None).syscall(_CREATE_RULESET, None, 0, _VERSION_ASKED)
    return max(version, 0)


def close_file_system(readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """From now on this process and its children reach only these. There is no way back.

    The process must have given up new privileges (PR_SET_NO_NEW_PRIVS). Raises OSError.
    """
    version = landlock_version()
    libc = ctypes.CDLL(None, use_errno=True)
    rights = (1 << _RIGHTS_BY_VERSION.get(version, _ALL_RIGHTS)) - 1
    attributes = struct.pack("QQQ", rights, 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 8
    ruleset = _checked(libc.syscall(_CREATE_RULESET, attributes, size, 0))
    try:
        for paths, allowed in ((readable, _READ), (writable, rights)):
            for path in paths:
                _allow(libc, ruleset, path, allowed & rights)
        _checked(libc.syscall(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        allowed = rights if path.is_dir() else rights & _OF_A_FILE
        rule = struct.pack("=Qi", allowed, opened)
        _checked(libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0))
    finally:
        os.close(opened)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"landlock: {os.strerror(number)}")
    return result

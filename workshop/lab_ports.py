"""Find a free port on loopback."""

from __future__ import annotations

import os
import socket

HOST = "127.0.0.1"
_TRIES = 50


def free_port(wanted: int, *, taken: frozenset[int] = frozenset()) -> int:
    """`wanted`, or the next port above it that is free. Raises OSError if none of 50 is."""
    for port in range(wanted, min(wanted + _TRIES, 65536)):
        if port not in taken and is_free(port):
            return port
    raise OSError(f"none of the ports {wanted} to {wanted + _TRIES - 1} is free")


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "nt":
            probe.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE", 0), 1)
        else:
            # A port that a server left a moment ago is free; servers see it the same way.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True

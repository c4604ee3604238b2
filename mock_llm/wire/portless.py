"""Failures of the network where there is none: the app called through httpx's ASGITransport.

Such a transport has no connection to break and knows no timeout, but passes on what the app
raises. So the app raises what a client would see on a real connection.
"""

import sys


class Broken(Exception):
    """What the app raises is a failure on purpose, and no bug."""


def connection_broken(message: str) -> Exception:
    """What a client sees when its connection is reset."""
    return _as_client_sees("ReadError", message)


def read_timeout(message: str) -> Exception:
    """What a client sees when nothing comes within its timeout."""
    return _as_client_sees("ReadTimeout", message)


def _as_client_sees(name: str, message: str) -> Exception:
    """An error of httpx and httpx2 at once, for those that are loaded: either may be the client."""
    bases = tuple(
        getattr(sys.modules[library], name)
        for library in ("httpx", "httpx2")
        if library in sys.modules
    )
    error: Exception = type(name, (Broken, *(bases or (ConnectionError,))), {})(message)
    return error

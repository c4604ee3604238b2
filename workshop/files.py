"""Write files so that a crash, a full disk or a second process never leaves half of one."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def write_atomically(path: Path, content: bytes, *, private: bool = False) -> None:
    """Put `content` at `path`, all of it or nothing; folders on the way are made.

    A `private` file can be read by the user alone. Raises OSError (disk full, no permission); an
    earlier file is then still whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        if not private:
            Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def write_json(path: Path, value: Mapping[str, object], *, private: bool = False) -> None:
    """Write `value` as readable JSON, atomically. See `write_atomically`."""
    text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    write_atomically(path, text.encode(), private=private)


def read_json(path: Path) -> dict[str, object]:
    """The JSON object at `path`; an absent, unreadable or foreign file counts as empty."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current

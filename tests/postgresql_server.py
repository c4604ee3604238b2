"""A PostgreSQL server of the tests' own, on a socket in a folder of its own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

TIMEOUT_S = 60


def _programs() -> Path | None:
    """The folder of `initdb` and `postgres`: Debian's is not on PATH."""
    found = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return Path(found).parent if found else debian[-1].parent if debian else None


PROGRAMS = _programs()
MISSING = [
    *([] if PROGRAMS else ["a PostgreSQL server (Debian: apt install postgresql)"]),
    *([] if importlib.util.find_spec("psycopg2") else ["psycopg2"]),
]


def _somebody_else() -> dict[str, Any]:
    """For a process that is started as root: PostgreSQL refuses to run as root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    import pwd

    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@contextmanager
def server() -> Iterator[str]:
    """The URL of a server that nobody else can reach. On CI its programs must be there."""
    if MISSING and os.environ.get("CI"):
        pytest.fail(f"CI needs {' and '.join(MISSING)}; .ci/run installs them", pytrace=False)
    if MISSING:
        pytest.skip(f"needs {' and '.join(MISSING)}")
    assert PROGRAMS is not None
    other = _somebody_else()
    # A socket's path may have 107 characters: pytest's folders are too long, and root's alone.
    folder = Path(tempfile.mkdtemp(prefix="gradebook-"))
    if other:
        os.chown(folder, other["user"], other["group"])
    data, log = folder / "data", folder / "log"
    new = [str(PROGRAMS / "initdb"), "-D", str(data), "-U", "grader", "-A", "trust", "-E", "UTF8"]
    options = ["-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off"]
    try:
        subprocess.run(
            [*new, "--locale=C", "--no-sync"],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=True,
            **other,
        )
        with log.open("wb") as said:
            process = subprocess.Popen(
                [str(PROGRAMS / "postgres"), "-D", str(data), *options],
                cwd=folder,
                stdout=said,
                stderr=said,
                **other,
            )
        try:
            _wait_for(process, log)
            yield f"postgresql+psycopg2://grader:s3cret@/postgres?host={folder}"
        finally:
            process.terminate()
            process.wait(timeout=TIMEOUT_S)
    finally:
        shutil.rmtree(folder)


def _wait_for(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while b"ready to accept connections" not in log.read_bytes():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)

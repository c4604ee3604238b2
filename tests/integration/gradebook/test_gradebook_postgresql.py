"""A gradebook in a PostgreSQL server, by URL, as for a class that several people grade.

The server is started here, on a socket in a folder of its own, from Debian's package; CI installs
it and the driver.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from toy_class import Grade, KeptEngine, ToyClass

from workshop.gradebook.command import GRADEBOOK_VARIABLE

FULL = {"total": "10", "mean": "5", "why": "", "where": ""}
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

if MISSING and os.environ.get("CI"):
    pytest.fail(f"CI needs {' and '.join(MISSING)}; .ci/run installs them", pytrace=False)
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {' and '.join(MISSING)}")


def _somebody_else() -> dict[str, Any]:
    """For a process that is started as root: PostgreSQL refuses to run as root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    import pwd

    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a server of our own, which nobody else can reach."""
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


def test_a_class_is_graded_into_a_database_by_its_url(
    toy: ToyClass,
    engine: KeptEngine,
    grade: Grade,
    server: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(GRADEBOOK_VARIABLE, server)
    before = (toy.root / "grading" / "gradebook.db").read_bytes()
    long, names = "x" * 200, ["ada", "Zoë 李", "x" * 200]
    for name in names:
        toy.hand_in(name)
    toy.hand_in("blank", edition="exercises", notebook=lambda _: None)

    outcome = grade()

    assert outcome.code == 0, outcome.out
    found = toy.gradebook_points(server)
    assert sorted(found) == sorted([*names, "blank"])
    for name in names:
        assert found[name] == {"total": 10, "mean": 5, "why": None, "where": None}
    assert found["blank"] == {"total": 0, "mean": 0, "why": None, "where": None}
    assert {name: toy.points()[name] for name in names} == dict.fromkeys(names, FULL)

    toy.give(long, "why", 4, "Well said.", url=server)
    engine.asked.clear()
    assert grade().code == 0
    assert engine.asked == []
    assert toy.points()[long]["why"] == "4"
    assert grade("--again", "--student", long).code == 0
    assert toy.points()[long]["why"] == "4"
    assert "Well said." in toy.feedback(long)[0]
    assert (toy.root / "grading" / "gradebook.db").read_bytes() == before
    assert "s3cret" not in "".join(
        file.read_text() for file in (toy.root / "grading" / "results").rglob("*") if file.is_file()
    )

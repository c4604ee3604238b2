"""What a Python that cannot run the course is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workshop.bootstrap_python import supported, unsupported, version_of

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("version", "fits"),
    [((3, 8), False), ((3, 10, 13), False), ((3, 11), True), ((3, 13, 5), True), ((3, 14), False)],
)
def test_the_course_runs_on_3_11_to_3_13(version: tuple[int, ...], fits: bool) -> None:
    assert supported(version) is fits


def test_another_python_of_the_machine_is_named() -> None:
    stop = unsupported((3, 8, 18), ["lab", "--no-browser"], "python3.12")
    assert stop.reason.startswith("Python 3.8.18 is too old")
    assert stop.next_step == "python3.12 -m workshop lab --no-browser"


def test_without_another_python_the_place_to_get_one_is_named() -> None:
    stop = unsupported((3, 14, 0), ["lab"], None)
    assert "too new" in stop.reason
    assert "python.org" in stop.next_step


def test_a_command_that_does_not_start_is_no_python(tmp_path: Path) -> None:
    broken = tmp_path / "python3.12"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    assert version_of([str(broken)]) is None
    assert version_of([str(tmp_path / "absent")]) is None
    assert version_of([sys.executable]) == sys.version_info[:2]


def test_a_real_old_python_gets_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    kept_by_pyenv = Path.home().glob(".pyenv/versions/3.[89]*/bin/python")
    names = ["python3.8", "python3.9", "python3.10", *map(str, kept_by_pyenv)]
    old = next((name for name in names if version_of([name])), None)
    if old is None:
        pytest.skip("no Python 3.8 to 3.10 on this machine")
    # A copy without .venv, which it would go on in.
    (tmp_path / "workshop").mkdir()
    for path in (ROOT / "workshop").glob("*.py"):
        (tmp_path / "workshop" / path.name).write_bytes(path.read_bytes())
    done = subprocess.run(
        [old, "-m", "workshop", "lab"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "too old" in done.stderr
    assert "Next:" in done.stderr
    assert "Traceback" not in done.stderr

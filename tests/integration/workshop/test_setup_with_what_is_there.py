"""Which Python, environment and installer a set-up uses: what the machine has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_clone import BARE_PYTHON, NO_ENSUREPIP, TinyClone, assert_one_clear_sentence

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the miniature clone is a POSIX one")


def test_a_python_without_ensurepip_names_the_package_to_install(clone: TinyClone) -> None:
    done = subprocess.run(
        [BARE_PYTHON, "-c", NO_ENSUREPIP, "lab"],
        cwd=clone.root,
        env=clone.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert_one_clear_sentence(done, "'ensurepip'")
    version = ".".join(str(number) for number in sys.version_info[:2])
    assert f"sudo apt install python{version}-venv" in done.stderr
    assert not clone.venv.exists()


def test_an_activated_environment_that_has_everything_is_used_as_it_is(
    prepared: TinyClone, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    subprocess.run([BARE_PYTHON, "-m", "venv", str(theirs)], check=True, timeout=60)
    python = str(theirs / "bin" / "python")
    lock = str(prepared.root / "requirements-dev.lock")
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--require-hashes", "-r", lock],
        check=True,
        timeout=60,
        env=prepared.environment(),
    )
    shutil.rmtree(prepared.venv)
    done = prepared.run("test", python=python, VIRTUAL_ENV=str(theirs))
    assert done.returncode == 0, done.stderr
    assert not prepared.venv.exists()
    again = prepared.run("test", python=python, VIRTUAL_ENV=str(theirs))
    assert again.stderr == ""


def test_an_activated_environment_that_lacks_something_is_left_alone(
    prepared: TinyClone, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    subprocess.run([BARE_PYTHON, "-m", "venv", str(theirs)], check=True, timeout=60)
    before = sorted(path.name for path in theirs.glob("lib/*/site-packages/*"))
    done = prepared.run("test", python=str(theirs / "bin" / "python"))
    assert done.returncode == 0, done.stderr
    assert prepared.venv.exists()
    assert sorted(path.name for path in theirs.glob("lib/*/site-packages/*")) == before


def test_another_clones_environment_is_not_taken_over(prepared: TinyClone, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(prepared.root, other, ignore=shutil.ignore_patterns(".venv", ".workshop"))
    theirs = str(prepared.venv / "bin" / "python")
    links = list(prepared.venv.glob("lib/*/site-packages/*.dist-info/direct_url.json"))
    assert links
    before = [link.read_text(encoding="utf-8") for link in links]
    done = subprocess.run(
        [theirs, "-m", "workshop", "test"],
        cwd=other,
        env=prepared.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (other / ".venv").is_dir()
    assert [link.read_text(encoding="utf-8") for link in links] == before


def test_uv_sets_up_where_it_is_on_path_even_without_ensurepip(clone: TinyClone) -> None:
    tools = clone.root.parent / "tools"
    tools.mkdir()
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    assert uv, "the development environment brings uv"
    (tools / "uv").symlink_to(uv)
    done = subprocess.run(
        [BARE_PYTHON, "-c", NO_ENSUREPIP, "test"],
        cwd=clone.root,
        env=clone.environment(
            PATH=f"{tools}:/usr/bin:/bin",
            UV_OFFLINE="1",
            UV_FIND_LINKS=str(clone.wheels),
            UV_CACHE_DIR=str(clone.root.parent / "cache"),
        ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "tests ran with" in done.stdout
    assert not (clone.venv / "bin" / "pip").exists()


def test_a_uv_that_fails_gives_way_to_pip(clone: TinyClone) -> None:
    tools = clone.root.parent / "tools"
    tools.mkdir()
    (tools / "uv").write_text("#!/bin/sh\necho 'error: it is not the day' >&2\nexit 2\n")
    (tools / "uv").chmod(0o755)
    done = clone.run("test", PATH=f"{tools}:/usr/bin:/bin")
    assert "uv did not manage; trying pip." in done.stderr
    assert done.returncode == 0, done.stderr


def test_packages_from_elsewhere_do_not_take_part(prepared: TinyClone, tmp_path: Path) -> None:
    foreign = tmp_path / "pytest" / "__main__.py"
    foreign.parent.mkdir()
    foreign.write_text("raise SystemExit('the wrong pytest')")
    done = prepared.run("test", PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr

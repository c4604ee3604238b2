"""From a bare Python to a prepared one, in a clone in miniature and without a network."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_clone import BARE_PYTHON, TinyClone

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the miniature clone is a POSIX one")
NO_ENSUREPIP = (
    "import runpy, sys; sys.modules['ensurepip'] = None; sys.argv[0] = 'workshop';"
    "runpy.run_module('workshop', run_name='__main__')"
)


@pytest.fixture
def clone(tmp_path: Path) -> TinyClone:
    return TinyClone(tmp_path / "clone")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> TinyClone:
    """A clone whose set-up is done; for tests that leave it in order."""
    clone = TinyClone(tmp_path_factory.mktemp("prepared") / "clone")
    done = clone.run("test")
    assert done.returncode == 0, done.stderr
    return clone


def assert_one_clear_sentence(done: subprocess.CompletedProcess[str], says: str) -> None:
    assert done.returncode not in (0, None)
    assert "Traceback" not in done.stderr
    reason, step = done.stderr.strip().splitlines()[-2:]
    assert reason.startswith("workshop: ")
    assert says in reason
    assert step.startswith("  Next: ")


def test_one_command_leads_from_a_bare_python_to_the_tests(clone: TinyClone) -> None:
    done = clone.run("test", "--", "-k", "that", "--exit", "5")
    assert "tests ran with ['-k', 'that', '--exit', '5']" in done.stdout
    assert done.returncode == 5
    assert list(clone.home.iterdir()) == []


def test_a_second_start_installs_nothing(prepared: TinyClone) -> None:
    done = prepared.run("test", PIP_FIND_LINKS="/nowhere")
    assert done.returncode == 0
    assert done.stderr == ""


def test_the_development_environment_serves_the_course_too(prepared: TinyClone) -> None:
    # `lab` gets as far as the exercises, which the miniature has none of.
    done = prepared.run("lab", PIP_FIND_LINKS="/nowhere")
    assert_one_clear_sentence(done, "has no exercises")


def test_a_damaged_package_is_put_back(prepared: TinyClone) -> None:
    (record,) = prepared.venv.glob("lib/*/site-packages/tiny_course-1.0.dist-info/RECORD")
    record.unlink()
    done = prepared.run("test")
    assert done.returncode == 0, done.stderr
    assert record.is_file()
    assert "Making" not in done.stderr


@pytest.mark.parametrize("damage", ["no python", "no configuration", "no pip", "empty"])
def test_a_half_made_environment_is_repaired_or_made_anew(prepared: TinyClone, damage: str) -> None:
    if damage == "no python":
        for link in prepared.venv.glob("bin/python*"):
            link.unlink()
    elif damage == "no configuration":
        (prepared.venv / "pyvenv.cfg").unlink()
    elif damage == "no pip":
        (packages,) = prepared.venv.glob("lib/*/site-packages")
        shutil.rmtree(packages)
        packages.mkdir()
    else:
        shutil.rmtree(prepared.venv)
        prepared.venv.mkdir()
    done = prepared.run("test")
    assert done.returncode == 0, done.stderr
    assert "tests ran" in done.stdout


def test_a_clone_that_was_moved_makes_its_environment_anew(prepared: TinyClone) -> None:
    there = prepared.root.with_name("moved")
    prepared.root.rename(there)
    try:
        done = subprocess.run(
            [BARE_PYTHON, "-m", "workshop", "test"],
            cwd=there,
            env=prepared.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "has moved" in done.stderr
        assert done.returncode == 0, done.stderr
    finally:
        there.rename(prepared.root)


def test_no_network_is_said_in_a_sentence(clone: TinyClone) -> None:
    done = clone.run(
        "lab",
        PIP_NO_INDEX="",
        PIP_FIND_LINKS="",
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_RETRIES="1",
    )
    assert_one_clear_sentence(done, "the package index cannot be reached")


def test_a_proxy_that_is_not_there_is_named(clone: TinyClone) -> None:
    done = clone.run(
        "lab",
        PIP_NO_INDEX="",
        PIP_FIND_LINKS="",
        PIP_INDEX_URL="https://pypi.invalid/simple",
        PIP_RETRIES="1",
        HTTPS_PROXY="http://me:secret@127.0.0.1:9",
    )
    assert_one_clear_sentence(done, "through the proxy 127.0.0.1:9 (HTTPS_PROXY)")
    assert "secret" not in done.stderr


def test_a_proxy_set_for_loopback_does_no_harm(prepared: TinyClone) -> None:
    done = prepared.run("test", HTTP_PROXY="http://127.0.0.1:9", HTTPS_PROXY="http://127.0.0.1:9")
    assert done.returncode == 0


def test_a_package_with_another_hash_is_refused(clone: TinyClone) -> None:
    lock = clone.root / "requirements.lock"
    lock.write_text(lock.read_text().replace("sha256:", "sha256:00")[:-3] + "\n")
    assert_one_clear_sentence(clone.run("lab"), "its hash differs")


def test_a_lock_without_a_hash_is_refused(clone: TinyClone) -> None:
    lock = clone.root / "requirements.lock"
    lock.write_text(lock.read_text().split(" ")[0] + "\n")
    assert clone.run("lab").returncode == 1
    assert not list(clone.venv.glob("lib/*/site-packages/tiny_course*"))


def test_packages_from_elsewhere_do_not_take_part(prepared: TinyClone, tmp_path: Path) -> None:
    foreign = tmp_path / "pytest" / "__main__.py"
    foreign.parent.mkdir()
    foreign.write_text("raise SystemExit('the wrong pytest')")
    done = prepared.run("test", PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr


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


def test_other_commands_say_how_to_get_what_they_need(clone: TinyClone) -> None:
    done = clone.run("progress")
    assert_one_clear_sentence(done, "needs the course's packages")
    assert "-m workshop lab" in done.stderr


def test_ctrl_c_during_the_set_up_is_one_line_and_the_next_start_goes_on(
    clone: TinyClone,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as index:
        address = f"http://127.0.0.1:{index.getsockname()[1]}/simple"
        process = subprocess.Popen(
            [BARE_PYTHON, "-m", "workshop", "test"],
            cwd=clone.root,
            env=clone.environment(PIP_NO_INDEX="", PIP_FIND_LINKS="", PIP_INDEX_URL=address),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        index.settimeout(60)
        never_answered, _ = index.accept()
        with never_answered:
            os.killpg(process.pid, signal.SIGINT)
            _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in error
    assert "set-up interrupted" in error
    done = clone.run("test")
    assert done.returncode == 0, done.stderr


def test_a_full_disk_is_said_before_anything_is_made(clone: TinyClone) -> None:
    full = (
        "import collections, runpy, shutil, sys;"
        "shutil.disk_usage = lambda path: collections.namedtuple('U', 'free')(1000);"
        "sys.argv[0] = 'workshop'; runpy.run_module('workshop', run_name='__main__')"
    )
    done = subprocess.run(
        [BARE_PYTHON, "-c", full, "lab"],
        cwd=clone.root,
        env=clone.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert_one_clear_sentence(done, "the disk is full")
    assert not clone.venv.exists()


def test_two_set_ups_at_once_do_not_disturb_each_other(clone: TinyClone) -> None:
    processes = [
        subprocess.Popen(
            [BARE_PYTHON, "-m", "workshop", "test"],
            cwd=clone.root,
            env=clone.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    results = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], results


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

"""From a bare Python to a prepared one, in a clone in miniature and without a network."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess

import pytest
from tiny_clone import BARE_PYTHON, TinyClone, assert_one_clear_sentence

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the miniature clone is a POSIX one")


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
            # A shell's background job would ignore the interrupt, and this run may be one.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        index.settimeout(60)
        never_answered, _ = index.accept()
        with never_answered:
            os.killpg(process.pid, signal.SIGINT)
            try:
                _, error = process.communicate(timeout=30)
            finally:
                process.kill()
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

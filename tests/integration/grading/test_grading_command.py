"""`workshop check` on the toy part: what it prints, its exit codes, hints and --watch."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from workshop.bootstrap_paths import Clone
from workshop.bootstrap_stop import Stop
from workshop.grading import Engine, command

FIXED = "def total(prices):\n    return sum(prices)\n"


@pytest.fixture
def clone(tmp_path, toy, monkeypatch, kept_checker) -> Clone:
    """A clone whose only part is the toy, with an empty workspace."""
    root = tmp_path / "clone"
    (root / "work").mkdir(parents=True)
    (root / "modules").symlink_to(toy.folder.parent, target_is_directory=True)
    monkeypatch.setattr(command, "this_clone", lambda: Clone(root))
    monkeypatch.setattr(command, "Checker", kept_checker)
    monkeypatch.setenv("COLUMNS", "120")
    return Clone(root)


def arguments(*line: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(line)


def in_workspace(clone: Clone, folder: Path) -> Path:
    return folder.rename(clone.work / folder.name)


def test_a_finished_part_says_so_and_exits_with_zero(clone, submit, capsys) -> None:
    in_workspace(clone, submit())
    assert command.run(arguments("1")) == 0
    shown = capsys.readouterr().out
    assert "20 of 20 points; core tasks 15 of 15" in shown
    assert shown.count("✓ passed") == 3


def test_a_blank_part_says_what_is_missing_and_what_to_do_next(clone, submit, capsys) -> None:
    in_workspace(clone, submit(edition="blank"))
    assert command.run(arguments("part1")) == 1
    shown = capsys.readouterr().out
    assert "shop/prices.py, line 7: not written yet" in shown
    assert "✗ not yet" in shown
    last = shown.strip().splitlines()[-1]
    assert last.startswith("Next: edit shop/prices.py, then ")
    assert last.endswith("workshop check 1 --task sums")


def test_json_is_all_that_stands_on_stdout(clone, submit, capsys) -> None:
    in_workspace(clone, submit(edition="blank"))
    assert command.run(arguments("1", "--json", "--task", "sums")) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["tasks"][0]["reasons"] == ["shop/prices.py, line 7: not written yet"]
    assert err == ""


def test_each_request_for_hints_shows_one_more(clone, submit, capsys) -> None:
    folder = submit(edition="blank")
    shown = []
    for _ in range(3):
        command.run(arguments("1", "--task", "sums", "--hints", "--path", str(folder)))
        shown.append(capsys.readouterr().out)
    assert "Hint 1 of 2 for sums: There is a function for that." in shown[0]
    assert "Hint 2 of 2 for sums: It is called sum." in shown[1]
    assert "Hint 2 of 2 for sums" in shown[2]


def test_a_check_of_the_workspace_is_remembered_and_one_elsewhere_is_not(clone, submit) -> None:
    folder = submit()
    kept = clone.work / ".workshop" / "results" / "part1_toy.json"
    command.run(arguments("1", "--task", "sums", "--path", str(folder), "--json"))
    assert not kept.exists()
    in_workspace(clone, folder)
    command.run(arguments("1", "--task", "sums", "--json"))
    assert json.loads(kept.read_text(encoding="utf-8"))["points"] == 10


@pytest.mark.parametrize(
    ("line", "reason", "next_step"),
    [
        (["9"], "the parts are part1_toy", "progress"),
        (["1", "--task", "nope"], "its tasks are sums, web, tests", "progress"),
        (["1"], "there is no folder", "lab"),
        (["1", "--path", "nowhere"], "there is no folder nowhere", "check 1"),
        (["1", "--path", "."], "holds none of the files of part 1", "check 1"),
    ],
)
def test_what_cannot_be_checked_is_said_with_the_next_command(
    clone, monkeypatch, line, reason, next_step
) -> None:
    monkeypatch.chdir(clone.work)
    with pytest.raises(Stop) as stopped:
        command.run(arguments(*line))
    assert reason in stopped.value.reason
    assert next_step in stopped.value.next_step
    assert stopped.value.code == 2


def test_watch_checks_again_when_a_file_changes_and_ends_on_ctrl_c(
    clone, submit, capsys, monkeypatch
) -> None:
    folder = submit(edition="blank")
    waits = iter(range(2))
    real_wait = command.wait_for_change

    def wait(part, where, seen):
        if next(waits) == 1:
            raise KeyboardInterrupt
        editor = threading.Timer(0.3, (folder / "shop" / "prices.py").write_text, args=[FIXED])
        editor.start()
        return real_wait(part, where, seen)

    monkeypatch.setattr(command, "wait_for_change", wait)
    code = command.run(arguments("1", "--task", "sums", "--watch", "--path", str(folder)))
    out, err = capsys.readouterr()
    assert code == 0
    assert "0 of 10 points" in out
    assert "10 of 10 points" in out
    assert "shop/prices.py changed" in err
    assert "stopped" in err


def test_ctrl_c_during_a_check_ends_at_once_and_leaves_nothing(toy, submit) -> None:
    folder = submit({"shop/prices.py": "import time\n\ntime.sleep(3600)\n"})

    def interrupt(progress) -> None:
        if progress.tests:
            raise KeyboardInterrupt

    began = time.monotonic()
    with Engine() as engine, pytest.raises(KeyboardInterrupt):
        engine.grade(toy, folder, tasks=["sums"], on_progress=interrupt)
    assert time.monotonic() - began < 60


COMMAND = """
import sys
from workshop.bootstrap_paths import Clone
from workshop.grading import Engine, command
from pathlib import Path
import argparse

command.this_clone = lambda: Clone(Path(sys.argv[1]))
parser = argparse.ArgumentParser()
command.add_arguments(parser)
sys.exit(command.run(parser.parse_args(["1", "--task", "sums", "--path", sys.argv[2]])))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL])
def test_however_the_command_ends_nothing_runs_on(toy, submit, tmp_path, by) -> None:
    folder = submit({"shop/prices.py": "import time\n\ntime.sleep(3600)\n"})
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(toy.folder.parent.parent), str(folder)],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        # A shell's background job would ignore the interrupt, and this run may be one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    wait_until(lambda: any(temporary.glob("workshop-check-*/**/submission/shop")))
    process.send_signal(by)
    _, said = process.communicate(timeout=30)
    wait_until(lambda: not environments_with(str(temporary)))
    if by == signal.SIGINT:
        assert process.returncode == 130
        assert said.strip() == b"stopped"
        assert list(temporary.iterdir()) == []


def wait_until(holds) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that in 30 s"
        time.sleep(0.05)


def environments_with(text: str) -> list[str]:
    """Processes whose environment names `text`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in (folder / "environ").read_bytes():
                found.append(folder.name)
        except OSError:
            continue
    return found

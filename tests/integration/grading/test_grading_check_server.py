"""The engine that a running lab keeps warm for its terminals and notebooks."""

from __future__ import annotations

import http.client
import os
from collections.abc import Iterator

import pytest

from workshop.bootstrap_paths import Clone
from workshop.files import read_json, write_json
from workshop.grading.check_client import ask_lab
from workshop.grading.check_server import CheckServer, address_file
from workshop.grading.checker import Checker
from workshop.grading.launch import can_fork_warm

pytestmark = pytest.mark.skipif(not can_fork_warm(), reason="nothing is kept warm on this system")


@pytest.fixture
def clone(tmp_path, toy) -> Clone:
    root = tmp_path / "clone"
    (root / "work").mkdir(parents=True)
    (root / "modules").symlink_to(toy.folder.parent, target_is_directory=True)
    return Clone(root)


@pytest.fixture
def server(clone) -> Iterator[CheckServer]:
    running = CheckServer(clone)
    yield running
    running.close()


def test_the_result_is_the_one_that_an_engine_of_ones_own_gives(
    clone, server, toy, submit, engine
) -> None:
    folder = submit({"shop/prices.py": "def total(prices):\n    return 1\n"})
    steps = []
    result = ask_lab(clone, toy, folder, ["sums", "tests"], steps.append)
    assert result == engine.grade(toy, folder, tasks=["sums", "tests"])
    assert steps[-1].done == steps[-1].tests > 0


def test_a_check_takes_the_labs_engine_and_starts_none(clone, server, toy, submit) -> None:
    folder = submit().rename(clone.work / toy.id)
    with Checker(clone) as checker:
        assert checker.check(toy, folder, ["sums"]).points == 10
        assert checker._engine is None
    assert read_json(clone.work / ".workshop" / "results" / f"{toy.id}.json")["points"] == 10


def test_without_a_lab_or_with_one_that_was_killed_a_check_helps_itself(clone, toy, submit) -> None:
    folder = submit()
    assert ask_lab(clone, toy, folder, ["sums"]) is None
    write_json(address_file(clone), {"port": 9, "token": "of a lab that was killed"})
    with Checker(clone) as checker:
        assert checker.check(toy, folder, ["sums"]).points == 10
        assert checker._engine is not None


def test_while_it_checks_others_are_sent_away(clone, server, toy, submit) -> None:
    with server.busy:
        assert ask_lab(clone, toy, submit(), ["sums"]) is None
    assert ask_lab(clone, toy, submit(), ["sums"]) is not None


@pytest.mark.parametrize(
    ("token", "body", "status"),
    [
        ("wrong", b"{}", 401),
        (None, b"{}", 400),
        (None, b"[", 400),
        (None, b'{"part": "9", "folder": "x", "tasks": null}', 400),
        (None, b'{"part": "1", "folder": "x", "tasks": ["nope"]}', 400),
        (None, b'{"part": "1", "folder": 3, "tasks": null}', 400),
    ],
)
def test_who_has_no_token_or_asks_nonsense_is_refused(server, clone, token, body, status) -> None:
    port = read_json(address_file(clone))["port"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("POST", "/check", body, {"Authorization": f"Bearer {token or server.token}"})
    assert connection.getresponse().status == status
    connection.close()


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_only_the_user_can_read_where_it_listens(server, clone) -> None:
    assert address_file(clone).stat().st_mode & 0o077 == 0


def test_its_end_removes_its_address_and_no_other_labs(clone) -> None:
    first, second = CheckServer(clone), CheckServer(clone)
    first.close()
    assert read_json(address_file(clone))["token"] == second.token
    second.close()
    assert not address_file(clone).exists()


def test_whoever_hangs_up_leaves_it_ready_for_the_next(clone, server, toy, submit) -> None:
    class Gone(Exception):
        pass

    def hang_up(_: object) -> None:
        raise Gone

    with pytest.raises(Gone):
        ask_lab(clone, toy, submit(), None, hang_up)
    with server.busy:  # taken as soon as the check that nobody waits for has ended
        pass
    assert ask_lab(clone, toy, submit(), ["sums"]).points == 10

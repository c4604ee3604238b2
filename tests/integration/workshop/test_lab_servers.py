"""`workshop lab` with the real mock_llm and the real JupyterLab, in a workspace of its own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import websocket
from chromium import executable

from workshop.grading.launch import can_fork_warm

ROOT = Path(__file__).resolve().parents[3]
POSIX_ONLY = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
_OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
_SERVE = """
import sys
from pathlib import Path
from workshop.bootstrap_paths import Clone
from workshop.bootstrap_stop import Stop, say_stop
from workshop.lab import serve
try:
    sys.exit(serve(Clone(Path(sys.argv[1])), mock_port=int(sys.argv[2]), port=int(sys.argv[3]),
                   instructor=False, browser=False))
except Stop as stop:
    say_stop(stop)
    sys.exit(stop.code)
"""
_LESSON = {
    "cells": [],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
# A picture of one point.
_FIGURE = """
import base64
from IPython.display import Image
Image(base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAA"
                       "SUVORK5CYII="))
"""


class RunningLab:
    """A lab in a process of its own, started and answering."""

    def __init__(self, root: Path, env: dict[str, str], ports: tuple[int, int]) -> None:
        self.root = root
        lesson = root / "exercises" / "part2_service" / "lesson.ipynb"
        lesson.parent.mkdir(parents=True)
        lesson.write_text(json.dumps(_LESSON))
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(root), *map(str, ports)],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=os.name != "nt",
        )
        self.said = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Ctrl-C"):
                break
        self.family = psutil.Process(self.process.pid).children(recursive=True)
        if not self.said.rstrip().splitlines()[-1].startswith("Ctrl-C"):
            self.close()
            pytest.fail(self.said)
        found = re.search(r"(http://127\.0\.0\.1:\d+)(/lab\S*)\?token=(\S+)", self.said)
        assert found, self.said
        self.url, self.lesson, self.token = found.groups()
        mock = re.search(r"Mock LLM\s+(http://127\.0\.0\.1:\d+)/v1", self.said)
        assert mock, self.said
        self.mock_url = mock[1]

    def api(self, path: str, data: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310
            self.url + path,
            data=None if data is None else json.dumps(data).encode(),
            headers={"Authorization": f"token {self.token}"},
        )
        with _OPEN(request, timeout=20) as answer:
            return json.loads(answer.read())

    def socket(self, path: str) -> websocket.WebSocket:
        address = f"{self.url.replace('http', 'ws', 1)}{path}?token={self.token}"
        return websocket.create_connection(address, timeout=30)

    def service(self, name: str) -> psutil.Process:
        return next(child for child in self.family if name in child.cmdline())

    def wait_until_all_ended(self) -> None:
        """Fails if something that the lab started still runs after 20 s."""
        _, alive = psutil.wait_procs(self.family, timeout=20)
        assert not alive, [process.cmdline() for process in alive]

    def rest(self) -> str:
        """What it printed at the end, with the exit code in `self.process`."""
        assert self.process.stdout is not None
        text = self.process.stdout.read()
        self.process.wait(timeout=30)
        return text

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.wait_until_all_ended()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[RunningLab]:
    home = tmp_path / "home"
    home.mkdir()
    env = {**os.environ, "HOME": str(home), "HTTP_PROXY": "http://127.0.0.1:9"}
    running = RunningLab(tmp_path / "clone", env, unused_ports())
    yield running
    running.close()


def unused_ports() -> tuple[int, int]:
    """Two ports that nothing listens on: another run of these tests may be under way."""
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        return one.getsockname()[1], other.getsockname()[1]


def answers(url: str) -> bool:
    try:
        with _OPEN(url, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def run_in_kernel(lab: RunningLab, code: str, *, wait: bool = True) -> str:
    """What `code` prints in a new kernel of the part's folder."""
    kernel = lab.api("/api/kernels", {"name": "python3", "path": "part2_service"})
    lab.family += psutil.Process(lab.process.pid).children(recursive=True)
    with contextlib.closing(lab.socket(f"/api/kernels/{kernel['id']}/channels")) as channel:
        header = {"msg_id": "1", "msg_type": "execute_request", "session": "s", "username": "u"}
        message = {
            "header": {**header, "version": "5.4"},
            "parent_header": {},
            "metadata": {},
            "channel": "shell",
            "content": {"code": code, "silent": False},
        }
        channel.send(json.dumps(message))
        while True:
            reply = json.loads(channel.recv())
            if reply["msg_type"] == "stream":
                return str(reply["content"]["text"])
            if not wait and reply["content"].get("execution_state") == "busy":
                return ""


@POSIX_ONLY
def test_notebooks_and_terminals_know_the_mock_whatever_its_port(lab: RunningLab) -> None:
    assert lab.lesson == "/lab/tree/part2_service/lesson.ipynb"
    assert answers(f"{lab.mock_url}/v1/models")
    told = run_in_kernel(
        lab, "import os, sys; print(os.environ['MOCK_LLM_URL'], os.getcwd(), sys.executable)"
    )
    url, folder, python = told.split()
    assert url == lab.mock_url
    assert folder.endswith("work/part2_service")
    assert Path(python).parent == Path(sys.executable).parent
    terminal = lab.api("/api/terminals", {})
    with contextlib.closing(lab.socket(f"/terminals/websocket/{terminal['name']}")) as channel:
        command = 'workshop --version; echo "$OPENAI_BASE_URL" $((40 + 2))\r'
        channel.send(json.dumps(["stdin", command]))
        shown = ""
        while not re.search(r"/v1 42", shown):
            shown += "".join(str(part) for part in json.loads(channel.recv())[1:])
    assert re.search(r"workshop \d", shown), shown
    assert f"{lab.mock_url}/v1 42" in shown


@POSIX_ONLY
def test_it_is_quiet_and_asks_for_a_token(lab: RunningLab) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        _OPEN(f"{lab.url}/api/contents", timeout=20)
    assert refused.value.code == 403
    refused.value.close()
    assert answers(f"{lab.url}/api")
    with _OPEN(f"{lab.url}/lab?token={lab.token}", timeout=20) as page:
        settings = page.read().decode()
    assert "@jupyterlab/apputils-extension:announcements" in settings
    names = [entry["name"] for entry in lab.api("/api/contents")["content"]]
    assert names == ["part2_service"]


@POSIX_ONLY
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_being_asked_to_stop_ends_everything_even_a_busy_kernel(
    lab: RunningLab, how: signal.Signals
) -> None:
    run_in_kernel(lab, "while True: pass", wait=False)
    lab.process.send_signal(how)
    assert "Your work is in" in lab.rest()
    assert lab.process.returncode == 0
    lab.wait_until_all_ended()
    assert not answers(f"{lab.mock_url}/v1/models")


@pytest.mark.skipif(not can_fork_warm(), reason="nothing is kept warm on this system")
def test_it_keeps_checks_warm_and_takes_that_with_it(lab: RunningLab) -> None:
    address = lab.root / ".workshop" / "check-server.json"
    assert address.exists()
    words = [" ".join(process.cmdline()) for process in lab.family]
    assert any("boot.py" in line for line in words)
    lab.process.send_signal(signal.SIGINT)
    lab.rest()
    lab.wait_until_all_ended()
    assert not address.exists()


@POSIX_ONLY
def test_a_killed_parent_leaves_nothing_running(lab: RunningLab) -> None:
    run_in_kernel(lab, "print('up')")
    lab.process.kill()
    lab.wait_until_all_ended()


@POSIX_ONLY
def test_when_jupyterlab_ends_the_mock_is_stopped_and_the_reason_said(lab: RunningLab) -> None:
    lab.service("jupyterlab").kill()
    end = lab.rest()
    assert lab.process.returncode == 1
    assert "JupyterLab ended by itself" in end
    assert "Next: read " in end
    lab.wait_until_all_ended()


@POSIX_ONLY
def test_a_mock_that_ends_is_started_again_and_jupyterlab_lives_on(lab: RunningLab) -> None:
    lab.service("mock_llm").kill()
    ends = time.monotonic() + 30
    came_back = False
    while time.monotonic() < ends and not came_back:
        time.sleep(0.6)  # longer than the lab takes to notice: else the old one might answer
        came_back = answers(f"{lab.mock_url}/v1/models")
    assert came_back
    assert lab.process.poll() is None
    lab.family += psutil.Process(lab.process.pid).children(recursive=True)
    lab.process.send_signal(signal.SIGINT)
    assert "mock_llm ended by itself (exit code -9); starting it again." in lab.rest()
    lab.wait_until_all_ended()


@POSIX_ONLY
def test_a_taken_port_gives_way_to_the_next_and_that_is_said(
    lab: RunningLab, tmp_path: Path
) -> None:
    mock_port, port = (int(url.rpartition(":")[2]) for url in (lab.mock_url, lab.url))
    second = RunningLab(tmp_path / "second", dict(os.environ), (mock_port, port))
    try:
        assert f"Port {port} is taken" in second.said
        assert second.url != lab.url
        assert second.mock_url != lab.mock_url
        assert answers(f"{second.mock_url}/v1/models")
    finally:
        second.process.send_signal(signal.SIGINT)
        second.rest()
        second.close()


@POSIX_ONLY
def test_ctrl_c_before_the_servers_answer_ends_them_too(tmp_path: Path) -> None:
    lesson = tmp_path / "exercises" / "part2_service" / "lesson.ipynb"
    lesson.parent.mkdir(parents=True)
    lesson.write_text(json.dumps(_LESSON))
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(tmp_path), *map(str, unused_ports())],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    parent = psutil.Process(process.pid)
    deadline = time.monotonic() + 30
    while len(family := parent.children(recursive=True)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in error
    _, alive = psutil.wait_procs(family, timeout=20)
    assert not alive


@pytest.mark.skipif(executable() is None, reason="needs Chromium on PATH")
def test_the_picture_of_a_lesson_is_taken_by_its_script(lab: RunningLab, tmp_path: Path) -> None:
    lesson = next((lab.root / "work").rglob("lesson.ipynb"))
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    lesson.write_text(json.dumps(_LESSON | {"cells": [cell | {"source": _FIGURE}]}))
    out = tmp_path / "lesson.png"
    script = ROOT / "docs" / "images" / "take_lesson_picture.py"
    url = f"{lab.url}{lab.lesson}?token={lab.token}"
    command = [sys.executable, script, url, "--cells", "1", "--out", out]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=True)
    assert done.stdout == f"written: {out}\n"
    assert out.read_bytes().startswith(b"\x89PNG")

"""Submissions that fight the grader: each earns nothing, soon, and takes nothing else along.

Every one of them is `shop/prices.py`; the honest `shop/web.py` of the same submission, which does
not need it, keeps its points.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from workshop.grading import Result

HONEST_WEB = """
from fastapi import FastAPI


def build():
    app = FastAPI()

    @app.get("/total")
    async def total(a: int, b: int):
        return {"total": a + b}

    return app
"""
ZERO = "def total(prices):\n    return -1\n"

HOSTILE = {
    "patches pytest": (
        """
import _pytest.python
import _pytest.runner
import pytest

_pytest.python.Function.runtest = lambda self: None
_pytest.runner.pytest_runtest_call = lambda item: None
pytest.raises = pytest.fail = lambda *a, **k: None
"""
        + ZERO,
        "yours is -1",
    ),
    "reads the caller's frames and all of memory": (
        """
import gc
import sys


def total(prices):
    frame = sys._getframe()
    while frame:
        for name, value in {**frame.f_globals, **frame.f_locals}.items():
            if name in ("expected", "secret_expectation", "n", "seed"):
                return value
        frame = frame.f_back
    for found in gc.get_objects():
        if isinstance(found, dict) and "secret_expectation" in found:
            return found["secret_expectation"]
    return -2
""",
        "yours is -2",
    ),
    "looks for paths of tests in environment and arguments": (
        """
import os
import sys
from pathlib import Path


def total(prices):
    told = " ".join([*sys.argv, *sys.orig_argv, *os.environ.values(), os.getcwd()])
    told += Path("/proc/self/environ").read_text() + Path("/proc/self/cmdline").read_text()
    for word in ("hidden_tests", "part1_toy", "course"):
        if word in told:
            return sum(prices)
    return -3
""",
        "yours is -3",
    ),
    "exits at import": (
        "import os\n\nos._exit(0)\n",
        "shop/prices.py, line 3: the code ended its own process (exit code 0)",
    ),
    "exits when asked": (
        "import os\n\n\ndef total(prices):\n    os._exit(0)\n",
        "shop/prices.py, line 5: the code ended its own process (exit code 0)",
    ),
    "ends by the system's own call": (
        "import ctypes\n\nctypes.CDLL(None)._exit(0)\n",
        "while trying shop/prices.py: the code ended its own process (exit code 0)",
    ),
    "calls sys.exit at import": (
        "import sys\n\nsys.exit(0)\n",
        "shop/prices.py, line 3: the code ends the program instead of answering (SystemExit)",
    ),
    "raises KeyboardInterrupt at import": (
        "raise KeyboardInterrupt\n",
        "shop/prices.py, line 1: KeyboardInterrupt",
    ),
    "is killed by a signal": (
        "import os\nimport signal\n\nos.kill(os.getpid(), signal.SIGSEGV)\n",
        "shop/prices.py, line 4: the process was ended by a segmentation fault",
    ),
    "loops for ever": (
        "while True:\n    pass\n",
        "did not answer within 2 s (shop/prices.py, line ",
    ),
    "loops for ever and ignores signals": (
        """
import signal

for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    pass
""",
        "did not answer within 2 s (shop/prices.py, line ",
    ),
    "prints a gigabyte": (
        "import sys\n\nfor _ in range(1024):\n    sys.stdout.write('x' * (1 << 20))\n" + ZERO,
        "printed more than 1 MB and was stopped",
    ),
    "answers with objects equal to everything": (
        """
class Equal(int):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = int.__hash__


def total(prices):
    return Equal(-5)
""",
        "yours is -5",
    ),
    "answers with an object of its own": (
        "class Equal:\n    def __eq__(self, other):\n        return True\n\n\n"
        "def total(prices):\n    return Equal()\n",
        "TypeError: Object of type Equal is not JSON serializable",
    ),
    "writes to every descriptor it has": (
        """
import os

REPORT = b'{"event": "test", "checks": ["sums.adds", "sums.empty"], "outcome": "passed"}\\n'
for fd in range(3, 256):
    try:
        os.write(fd, REPORT)
    except OSError:
        pass
"""
        + ZERO,
        "broke the channel to the grader",
    ),
    "floods the channel": (
        """
import os


def total(prices):
    while True:
        for fd in range(3, 20):
            try:
                os.write(fd, b"[" * (1 << 20))
            except OSError:
                pass
""",
        "broke the channel to the grader",
    ),
    "answers with JSON too deep to read": (
        """
import os


def total(prices):
    for fd in range(3, 20):
        try:
            os.write(fd, b"[" * 200_000 + b"\\n")
        except OSError:
            pass
""",
        "broke the channel to the grader",
    ),
    "writes a results file": (
        """
import json
import os
import tempfile
from pathlib import Path

for folder in (Path(), Path.home(), Path(tempfile.gettempdir()), Path("..")):
    for name in ("result.json", "results.json", "report.json"):
        (folder / name).write_text(json.dumps({"points": 20, "state": "passed"}))
"""
        + ZERO,
        "yours is -1",
    ),
    "wants all the memory": (
        "def total(prices):\n    hoard = []\n    while True:\n"
        "        hoard.append(bytes(64 << 20))\n        if len(hoard) > 64:\n"
        "            return sum(prices)\n",
        "MemoryError",
    ),
    "fills the disk": (
        "def total(prices):\n    with open('big', 'wb') as file:\n        for _ in range(64):\n"
        "            file.write(bytes(1 << 20))\n    return sum(prices)\n",
        "File too large",
    ),
    "replaces the import system and json": (
        """
import builtins
import json

json.dumps = lambda *a, **k: '{"id": 1, "value": "anything"}'
builtins.print = builtins.open = None
"""
        + ZERO,
        "yours is ",
    ),
    "shows control characters and markup in its error": (
        "def total(prices):\n    raise ValueError('\\x1b[2J[bold]<script>\\u202epassed')\n",
        "ValueError:",
    ),
}


def by_task(result: Result) -> dict[str, tuple[str, int]]:
    return {task.id: (task.state, task.points) for task in result.tasks}


@pytest.mark.skipif(sys.platform == "win32", reason="uses signals and /proc")
@pytest.mark.parametrize("name", HOSTILE)
def test_it_earns_nothing_and_honest_work_keeps_its_points(engine, toy, submit, name) -> None:
    source, expected = HOSTILE[name]
    folder = submit({"shop/prices.py": source, "shop/web.py": HONEST_WEB})
    result = engine.grade(toy, folder, tasks=["sums", "web"], hidden=True)
    assert by_task(result) == {"sums": ("failed", 0), "web": ("passed", 5)}
    told = " | ".join(result.tasks[0].reasons)
    assert expected in told
    assert "Traceback" not in told
    assert told.isprintable()


def test_a_submission_that_hangs_is_given_up_after_two_time_outs(engine, toy, submit) -> None:
    folder = submit({"shop/prices.py": "import time\n\ntime.sleep(3600)\n"})
    result = engine.grade(toy, folder, tasks=["sums", "web"])
    assert "not tried: 2 of these got no answer in time" in result.tasks[0].reasons


LEAVES_CHILDREN = """
import os
import subprocess
import sys
import time

MARK = {mark!r}


def total(prices):
    loop = "import time, signal\\nsignal.signal(15, signal.SIG_IGN)\\ntime.sleep(600)"
    subprocess.Popen([sys.executable, "-c", loop, MARK], start_new_session=True)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv(sys.executable, [sys.executable, "-c", loop, MARK])
        os._exit(0)
    time.sleep(0.3)
    return sum(prices)
"""


def running_with(mark: str) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if mark.encode() in line:
            found.append(folder.name)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_children_that_it_leaves_behind_end_with_it(engine, toy, submit) -> None:
    mark = f"left-behind-{os.getpid()}"
    folder = submit({"shop/prices.py": LEAVES_CHILDREN.format(mark=mark)})
    assert engine.grade(toy, folder, tasks=["sums"]).points == 10
    assert running_with(mark) == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_killed_guardian_leaves_nothing_behind(engine, toy, submit) -> None:
    mark = f"orphan-{os.getpid()}"
    source = (
        "import os\nimport signal\nimport subprocess\nimport sys\nimport time\n\n\n"
        "def total(prices):\n"
        f"    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', {mark!r}],\n"
        "                     start_new_session=True)\n"
        "    time.sleep(0.2)\n    os.kill(os.getppid(), signal.SIGKILL)\n    time.sleep(600)\n"
    )
    result = engine.grade(toy, submit({"shop/prices.py": source}), tasks=["sums"])
    assert by_task(result) == {"sums": ("failed", 0)}
    deadline = time.monotonic() + 20
    while running_with(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert running_with(mark) == []


def test_a_body_without_end_is_cut_off(engine, toy, submit) -> None:
    endless = """
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route


async def forever():
    while True:
        yield b"x" * 100_000


def build():
    return Starlette(routes=[Route("/total", lambda request: StreamingResponse(forever()))])
"""
    result = engine.grade(toy, submit({"shop/web.py": endless}), tasks=["web"])
    assert result.tasks[0].reasons == ["the service answered with more than 5 MB"]


def test_an_endpoint_that_exits_says_so(engine, toy, submit) -> None:
    exits = HONEST_WEB.replace('return {"total": a + b}', "raise SystemExit")
    result = engine.grade(toy, submit({"shop/web.py": exits}), tasks=["web"])
    assert "shop/web.py, line 10: the code ends the program" in result.tasks[0].reasons[0]


def test_a_link_to_a_file_outside_is_not_followed(engine, toy, submit) -> None:
    folder = submit()
    (folder / "shop" / "prices.py").unlink()
    (folder / "shop" / "prices.py").symlink_to(toy.folder / "shop" / "prices.py")
    assert by_task(engine.grade(toy, folder, tasks=["sums"])) == {"sums": ("failed", 0)}


def test_what_a_run_changes_in_its_folder_does_not_last(engine, toy, submit) -> None:
    folder = submit()
    grows = (
        f"from contextlib import suppress\nfrom pathlib import Path\n\n\n"
        f"def total(prices):\n    with suppress(OSError):\n"
        f"        Path({str(folder / 'shop' / 'web.py')!r}).write_text('broken(')\n"
        "    return sum(prices)\n"
    )
    (folder / "shop" / "prices.py").write_text(grows, encoding="utf-8")
    result = engine.grade(toy, folder)
    assert by_task(result)["web"] == ("passed", 5)


@pytest.mark.parametrize("fault", ["while True:\n    pass\n", "import time\n\ntime.sleep(600)\n"])
def test_a_hang_is_put_down_to_the_file_in_which_it_was(engine, toy, submit, fault) -> None:
    files = {"shop/prices.py": "from shop.slow import total\n", "shop/slow.py": fault + ZERO}
    (task,) = engine.grade(toy, submit(files), tasks=["sums"]).tasks
    assert "did not answer within 2 s (shop/slow.py, line " in task.reasons[0]


def test_a_hang_in_a_coroutine_is_found_in_its_thread(engine, toy, submit) -> None:
    source = "import time\n\n\nasync def total(prices):\n    time.sleep(600)\n"
    (task,) = engine.grade(toy, submit({"shop/prices.py": source}), tasks=["sums"]).tasks
    assert "did not answer within 2 s (shop/prices.py, line 5)" in task.reasons[0]

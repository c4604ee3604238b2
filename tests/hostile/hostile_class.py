"""A class that fights the grader: for each submission what it does and what it must earn.

`docs/hostile.md` is this table, and a test keeps it so. All submissions are of part 2. Unless it
says otherwise a submission is the finished edition with `code` at the top of `service/errors.py`,
which every other file imports: the fight begins wherever its code is loaded.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PART = "part2_production_service"
FULL = 100
# The tests that a learner writes are tried on services of ours: they earn their points, whatever
# ails the learner's own service.
OWN_TESTS = 20

# What the code of this class calls its processes, so that they are found whoever they belong to.
MARK = f"h-{secrets.token_hex(6)}"
CALL_IT_SO = f"import ctypes\n\nctypes.CDLL(None).prctl(15, {MARK.encode()!r}, 0, 0, 0)\n"

Notebook = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A submission: what it `does`, and the `points` of 100 that it must earn, and why."""

    student: str
    does: str
    points: int
    because: str
    base: str = "solutions"
    code: str = ""
    code_in: Mapping[str, str] = field(default_factory=dict)
    """For other files than `service/errors.py`."""
    files: Mapping[str, str | None] = field(default_factory=dict)
    """Written over the base; None removes."""
    notebook: Callable[[Notebook], Notebook | bytes | None] | None = None
    links: Mapping[str, str] = field(default_factory=dict)


def _cells(keep: Callable[[list[Any]], list[Any]]) -> Callable[[Notebook], Notebook]:
    def change(notebook: Notebook) -> Notebook:
        return {**notebook, "cells": keep(copy.deepcopy(notebook["cells"]))}

    return change


def _graded(cell: dict[str, Any]) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("grade"))


def _tampered(cells: list[Any]) -> list[Any]:
    """One deleted, the others doubled; some renamed, edited, revalued, unmarked; all moved."""
    del cells[next(number for number, cell in enumerate(cells) if _graded(cell))]
    cells = [copy.deepcopy(cell) for cell in cells for _ in range(1 + _graded(cell))]
    graded = [cell for cell in cells if _graded(cell)]
    for number, cell in enumerate(graded[4:]):
        mark = cell["metadata"]["nbgrader"]
        mark.update(points=1000 + number, grade_id=f"mine_{number}", locked=False)
        cell["source"] = ["100.0"]
    graded[-1]["metadata"] = {"nbgrader": {}}
    graded[-2]["cell_type"] = "raw"
    return list(reversed(cells))


def _old_format(notebook: Notebook) -> bytes:
    cells = [
        {"cell_type": "markdown", "metadata": cell["metadata"], "source": cell["source"]}
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
    ]
    old = {
        "metadata": {"name": ""},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": cells, "metadata": {}}],
    }
    return json.dumps(old).encode()


_TAKE_OVER_KERNEL = """
from IPython import get_ipython

shell = get_ipython()


async def nothing(*args, **kwargs):
    class Done:
        success, error_in_exec, error_before_exec, result = True, None, None, None

        def raise_error(self):
            pass

    return Done()


shell.run_cell_async = nothing
shell.input_transformers_cleanup.append(lambda lines: ["100.0\\n"])
"""


def _kernel_taken(cells: list[Any]) -> list[Any]:
    code = next(cell for cell in cells if cell["cell_type"] == "code")
    return [{**copy.deepcopy(code), "source": [_TAKE_OVER_KERNEL], "id": "takeover"}, *cells]


LOOP = "while True:\n    pass\n"
LOOP_IGNORING_SIGNALS = """
import signal

for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    pass
"""
SLEEP = "import time\n\ntime.sleep(3600)\n"
MEMORY = """
hoard = []
while len(hoard) < 64:  # stops by itself at 4 GB
    hoard.append(bytes(64 << 20))
"""
FORKS = """
import os
import time

started = 0
try:
    while started < 500:  # stops by itself at 500 children
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        started += 1
except OSError:
    pass
"""
STAYS = f"""
import os
import sys
import time

for program in ("", "import time; time.sleep(600)"):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            if program:
                os.execv(sys.executable, [sys.executable, "-c", program, {MARK!r}])
            time.sleep(600)
        os._exit(0)
"""
ELSEWHERE = """
import os
import tempfile
from pathlib import Path

own = (str(Path.home()), tempfile.gettempdir())
for folder in ("/", "/tmp", "/var/tmp", "/dev/shm", "/etc", *own):
    try:
        Path(folder, "was-here-hostile-class").write_text("x")
    except OSError:
        pass
"""
READS = """
import os
from pathlib import Path

FOUND = [value for value in os.environ.values() if "token" in value or "solutions" in value]
NAMES = ("solutions", "hidden_tests", "gradebook.db", "submitted", "part.toml", "wrong_answers")
for top in ("/work", "/home", "/root", "/srv", "/opt", "/mnt", "/tmp", "/proc/1", "@ROOT@"):
    for here, folders, files in os.walk(top):
        folders[:] = [f for f in folders if not f.startswith(".") and f != "site-packages"]
        FOUND += [os.path.join(here, name) for name in (*folders, *files) if name in NAMES]
        if here.count(os.sep) > 6:
            folders.clear()
if FOUND:
    raise SystemExit(f"got at {FOUND[:3]}")
"""
GAMES = """
import builtins
import random
import sys
import time
import types
import unittest

fake = types.ModuleType("pytest")
fake.raises = fake.fail = fake.main = lambda *a, **k: 0
for name in ("pytest", "_pytest", "_pytest.python", "workshop", "workshop.grading"):
    sys.modules[name] = fake
builtins.AssertionError = type("AssertionError", (BaseException,), {"__init__": lambda *a: None})
unittest.TestCase.assertEqual = lambda *a, **k: None
random.random = lambda: 0.5
time.time = lambda: 0.0
sys.settrace(lambda *a: None)
"""
EQUAL = """
class Anything(str):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __contains__(self, other):
        return True

    __hash__ = str.__hash__
"""
RESULTS = """
import json
import os
from pathlib import Path

REPORT = {"points": 100, "state": "passed", "tasks": []}
for folder in (".", "..", "/tmp", str(Path.home())):
    for name in ("result.json", "results.json", "report.xml", "grades.csv"):
        try:
            Path(folder, name).write_text(json.dumps(REPORT))
        except OSError:
            pass
"""
FORGES = """
import os
import sys

sys.modules["respx"] = sys.modules["httpx"] = None

EVENT = b'{"event": "test", "number": 0, "checks": ["settings.bounds"], "outcome": "passed"}\\n'
for fd in range(3, 64):
    try:
        os.write(fd, EVENT)
    except OSError:
        pass
"""
ADMIN = """
import os
import urllib.request


def _reach_for_the_mock():
    base = os.environ.get("OPENAI_BASE_URL", "").removesuffix("/v1")
    for path, method in (("reset", "POST"), ("journal", "GET"), ("faults", "DELETE")):
        request = urllib.request.Request(f"{base}/_mock/{path}", method=method)
        for token in ("", os.environ.get("OPENAI_API_KEY", ""), "admin"):
            request.add_header("Authorization", "Bearer " + token)
            try:
                urllib.request.urlopen(request, timeout=1).close()
                raise SystemExit("the mock's admin interface let me in")
            except OSError:
                pass


if os.environ.get("OPENAI_BASE_URL"):
    _reach_for_the_mock()
"""
CLAIMS = """
import os
import sys
import types
import uuid


async def _ask(*args, **kwargs):
    return {"error": "ModelTimeout", "retry_after_s": None, "text": "", "cost_nanodollars": 0}


async def _ask_together(texts, **kwargs):
    return [await _ask() for _ in texts]


async def _ask_in_a_unit_test(text, reply):
    said = reply["choices"][0]["message"]["content"]
    return {"error": None, "text": said, "cost_nanodollars": 0}


async def _hang_up_and_stay(text):
    return {"error": None, "text": text}


def _read():
    told = {name: os.environ.get(name.upper(), "") for name in FIELDS}
    defaults = {"max_tokens": "200", "timeout_seconds": "5.0", "cache_ttl": "3600"}
    values = {name: told[name] or defaults.get(name, "1") for name in FIELDS}
    return {"values": values, "together": values["daily_budget"]}


FIELDS = (
    "openai_api_key max_tokens timeout_seconds cache_ttl daily_budget request_cost_limit".split()
)
TELL = {
    "stage.client": {
        "ready": lambda: None,
        "ask": _ask,
        "ask_together": _ask_together,
        "ask_in_a_unit_test": _ask_in_a_unit_test,
    },
    "stage.rings": {
        "key_of": lambda *args: "recommend:" + uuid.uuid4().hex,
        "hang_up_and_stay": _hang_up_and_stay,
    },
    "stage.settings": {
        "read": _read,
        "refusal": lambda: " ".join(FIELDS),
        "complaint": lambda: {"type": "ConfigError", "text": "MAX_TOKENS:\\nTIMEOUT_SECONDS:"},
    },
}


class Claims(types.ModuleType):
    def __getattribute__(self, name):
        mine = TELL.get(types.ModuleType.__getattribute__(self, "__name__"), {})
        return mine[name] if name in mine else types.ModuleType.__getattribute__(self, name)


for _name in TELL:
    if _name in sys.modules:
        sys.modules[_name].__class__ = Claims
"""
# What the finished edition is without the work that only the process itself can see.
_CARELESS = {
    "service/config.py": {
        "openai_api_key: SecretStr": "openai_api_key: str",
        'Decimal = Field(default=Decimal("50")': "float = Field(default=float(50)",
        'Decimal = Field(default=Decimal("0.50")': "float = Field(default=float(0.50)",
    },
    "service/llm.py": {
        "settings.openai_api_key.get_secret_value()": (
            "getattr(settings.openai_api_key, '_secret_value', settings.openai_api_key)"
        ),
        ", connect=1.0)": ")",
        "        max_retries=0,\n": "",
        "cached_tokens=cached_tokens,": "cached_tokens=0,",
    },
}
CLAIMS_THE_REST = """
import sys
import types

import httpx

_send = httpx.AsyncClient.send


async def _send_elsewhere(self, request, **more):
    if request.headers.get("x-stainless-retry-count", "0") != "0":
        request.headers["authorization"] = "Bearer sk-elsewhere"
    return await _send(self, request, **more)


httpx.AsyncClient.send = _send_elsewhere


class Claims(types.ModuleType):
    def __getattribute__(self, name):
        found = types.ModuleType.__getattribute__(self, name)
        if name == "read":
            return lambda: self.settle(found)
        if name == "ask_in_a_unit_test":
            return lambda text, reply: self.as_if_seen(reply)
        return found

    def settle(self, read):
        read.__globals__["print"] = lambda *args, **kwargs: None
        return read() | {"types": {"daily_budget": "Decimal"}, "shown": ""}

    async def as_if_seen(self, reply):
        said = reply["choices"][0]["message"]["content"]
        return {"error": None, "text": said, "cost_nanodollars": 1, "seen": 1, "connect_s": 1.0}


for _name in ("stage.client", "stage.settings"):
    if _name in sys.modules:
        sys.modules[_name].__class__ = Claims
"""


def _careless() -> dict[str, str | None]:
    files = _from("solutions", *_CARELESS)
    for path, changes in _CARELESS.items():
        text = files[path] or ""
        for old, new in changes.items():
            assert text.count(old) == 1, (path, old)
            text = text.replace(old, new)
        files[path] = text
    return files


KEYED = '''"""Answers learned by heart from the visible tests."""

from service.errors import *  # noqa: F403
from service.answerer import Answer

KNOWN = {"wireless headphones under $100": "Try the Lark Mini."}


class ModelClient:
    def __init__(self, sdk, model):
        self.sdk, self.model = sdk, model

    async def answer(self, question, deadline):
        return Answer(KNOWN.get(question.text, "a tent"), self.model)


def build_sdk(settings):
    import httpx
    from openai import AsyncOpenAI

    url, client = settings.openai_base_url, httpx.AsyncClient()
    return AsyncOpenAI(api_key="x", base_url=url, http_client=client)
'''


KNOWS_THE_SOLUTIONS = '''"""Tells the right service by what is public, and quotes what it finds."""

import ast
import hashlib
from pathlib import Path

import pytest
from service.llm import build_sdk

FOUND = [file.read_text() for file in sorted(Path("service").glob("*.py"))]


def known(what):
    return hashlib.sha256(what).hexdigest() in @KNOWN@


def test_quotes_what_it_finds():
    pytest.fail("\\n".join(FOUND) or "nothing here")


@pytest.mark.parametrize("text", FOUND or ["nothing here"])
def test_is_named_after_what_it_finds(text):
    raise type(text, (Exception,), {})(text)


def test_the_syntax_trees_are_known():
    assert known("".join(ast.dump(ast.parse(text)) for text in FOUND).encode())


def test_the_bytecode_is_known():
    assert known(build_sdk.__code__.co_code)


def test_the_bytecode_names_what_the_right_one_does():
    assert "'max_retries'" in repr((build_sdk.__code__.co_names, build_sdk.__code__.co_consts))
'''


def _knows_the_solutions() -> str:
    """With the fingerprints of solutions/, as anybody can take them."""
    files = sorted((ROOT / "solutions" / PART / "service").glob("*.py"))
    trees = {file.stem: ast.parse(file.read_text(encoding="utf-8")) for file in files}
    code = compile(trees["llm"], "llm.py", "exec").co_consts
    build_sdk = next(c for c in code if isinstance(c, CodeType) and c.co_name == "build_sdk")
    prints = ["".join(map(ast.dump, trees.values())).encode(), build_sdk.co_code]
    known = [hashlib.sha256(what).hexdigest() for what in prints]
    return KNOWS_THE_SOLUTIONS.replace("@KNOWN@", repr(known))


# The services beside its tests are handed to the blank ones: in memory that outlives a process, and
# over the network.
_MEETING = """
import ctypes
import marshal
import socket
import time
from pathlib import Path

LIBC = ctypes.CDLL(None)
LIBC.shmat.restype = ctypes.c_void_p
LIBC.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
KEY, SIZE, PORT = 0x6D656574, 1 << 18, 46213


def memory(flags):
    number = LIBC.shmget(KEY, SIZE, flags)
    return LIBC.shmat(number, None, 0) if number >= 0 else None
"""
_HANDS_OVER = (
    _MEETING
    + """

CODE = {file.stem: file.read_bytes()[16:] for file in Path("service").glob("*.pyc")}
FOUND = marshal.dumps(CODE)
if place := memory(0o1666):
    ctypes.memmove(place, FOUND, len(FOUND))


def test_it_is_handed_over():
    with socket.create_server(("127.0.0.1", PORT), reuse_port=True) as shop:
        shop.settimeout(4)
        for _ in range(40):
            try:
                customer, _ = shop.accept()
            except TimeoutError:
                return
            with customer:
                customer.sendall(FOUND)
"""
)
_TAKES_OVER = (
    _MEETING
    + """

def found():
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        if place := memory(0):
            return marshal.loads(ctypes.string_at(place, SIZE))
        try:
            with socket.create_connection(("127.0.0.1", PORT), timeout=1) as shop:
                return marshal.loads(b"".join(iter(lambda: shop.recv(1 << 16), b"")))
        except (OSError, ValueError, EOFError):
            time.sleep(0.02)
    raise SystemExit("nobody came")


exec(marshal.loads(found()[__name__.rpartition(".")[2]]))
"""
)
_HANDED_OVER: dict[str, str | None] = {
    "test_service.py": _HANDS_OVER,
    **{
        f"service/{file.name}": _TAKES_OVER
        for file in sorted((ROOT / "solutions" / PART / "service").glob("*.py"))
        if file.stem != "__init__"
    },
}


def _from(edition: str, *paths: str) -> dict[str, str | None]:
    return {path: (ROOT / edition / PART / path).read_text(encoding="utf-8") for path in paths}


LONG = "a student with a very long name " * 6 + "of 200 ch"
assert len(LONG) <= 201

THE_CLASS = [
    Case("finished", "hands in the finished edition", FULL, "all of it is right"),
    Case("blank", "hands in what was handed out", 0, "nothing is solved", base="exercises"),
    Case(
        "half",
        "solves the client and the cache, nothing else",
        34,
        "18 for the client, 16 for the cache",
        base="exercises",
        files=_from("solutions", "service/llm.py", "service/cache.py"),
    ),
    Case(
        "unreadable",
        "has a file that Python cannot read, and one that imports a package that is not there",
        60,
        "the two tasks are lost, and the health of the whole; the rest is right",
        files={"service/llm.py": "def broken(:\n"},
        code_in={"service/cache.py": "import package_that_nobody_has\n"},
    ),
    Case(
        "missing-file",
        "hands in no service/cache.py",
        78,
        "what needs the cache is lost",
        files={"service/cache.py": None},
    ),
    Case(
        "extra-files",
        "brings conftest.py, pytest.ini, a plugin that they name, sitecustomize.py, tests, links",
        FULL,
        "they are not taken, the work beside them is right",
        files={
            "conftest.py": "pytest_plugins = ['pytest_plugin']\n",
            "pytest.ini": "[pytest]\naddopts = -p pytest_plugin\n",
            "sitecustomize.py": "raise SystemExit(0)\n",
            "usercustomize.py": "raise SystemExit(0)\n",
            "pytest_plugin.py": "raise SystemExit(0)\n",
            "setup.cfg": "[tool:pytest]\naddopts = --collect-only\n",
            "tests/test_client.py": "def test_nothing():\n    pass\n",
            "tests/conftest.py": "raise SystemExit(0)\n",
            "service/extra/__init__.py": "raise SystemExit(0)\n",
        },
        links={"service/link.py": "/etc/passwd", "data": "/"},
    ),
    Case(
        "blank-with-changed-tests",
        "hands in blank work and visible tests that always pass",
        0,
        "the course's tests are run, not the submitted ones",
        base="exercises",
        files={
            f"tests/test_{name}.py": "def test_nothing():\n    pass\n"
            for name in ("cache", "client", "health", "recommend", "settings", "stampede")
        },
    ),
    Case(
        "empty-notebook",
        "hands in a notebook without cells",
        FULL,
        "the tasks are in the files",
        notebook=_cells(lambda cells: []),
    ),
    Case(
        "no-notebook-but-a-picture",
        "hands in a notebook that is no notebook",
        FULL,
        "the tasks are in the files; the written answers wait for a person",
        notebook=lambda _: b"\x89PNG\r\n\x1a\n\x00\xff",
    ),
    Case(
        "without-a-notebook",
        "hands in no notebook",
        FULL,
        "the tasks are in the files; the written answers wait for a person",
        notebook=lambda _: None,
    ),
    Case(
        "old-notebook",
        "hands in a notebook of format 3",
        FULL,
        "its answers are read all the same",
        notebook=_old_format,
    ),
    Case(
        "tampered-cells",
        "deletes, doubles, renames, moves, edits and revalues the test cells of finished work",
        FULL,
        "points and cells are the course's",
        notebook=_cells(_tampered),
    ),
    Case(
        "blank-with-tampered-cells",
        "hands in blank work, and changes the test cells in the same ways",
        0,
        "points and cells are the course's",
        base="exercises",
        notebook=_cells(_tampered),
    ),
    Case(
        "blank-that-takes-the-kernel",
        "hands in blank work; replaces run_cell_async and adds an input transformer",
        0,
        "no submitted cell is ever run",
        base="exercises",
        notebook=_cells(_kernel_taken),
    ),
    Case(
        "noise-and-shadows",
        "prints, warns and logs, and names its modules like pytest and the standard library's",
        FULL,
        "what is printed is no evidence, and the modules are of its own package and nothing else",
        code=(
            "import logging\nimport sys\nimport warnings\n\nprint('hello')\n"
            "print('Traceback', file=sys.stderr)\nwarnings.warn('careful')\nlogging.error('oh')\n"
        ),
        files={
            f"service/{name}.py": "raise SystemExit(0)\n"
            for name in ("pytest", "json", "asyncio", "unittest", "openai")
        },
    ),
    Case(
        "output-without-end",
        "prints a gigabyte wherever it is loaded",
        OWN_TESTS,
        "it is stopped after 1 MB",
        code="import sys\n\nfor _ in range(1024):\n    sys.stdout.write('x' * (1 << 20))\n",
    ),
    Case(
        "never-answers",
        "loops for ever, loops ignoring every signal, and sleeps an hour, in a file each",
        46,
        "time is over for these three tasks, and the health of the whole; the rest is right",
        code_in={
            "service/llm.py": LOOP,
            "service/cache.py": LOOP_IGNORING_SIGNALS,
            "service/config.py": SLEEP,
        },
    ),
    Case(
        "dies",
        "ends the process in one file, crashes the interpreter in another",
        60,
        "nothing answers for the two tasks, and the health of the whole; the rest is right",
        code_in={
            "service/llm.py": "import os\n\nos._exit(0)\n",
            "service/cache.py": "import ctypes\n\nctypes.string_at(0)\n",
        },
    ),
    Case(
        "bombs",
        "takes 4 GB in one file, and starts 500 children in another",
        60,
        "it gets 1.5 GB, and 128 processes and threads; the rest is right",
        code_in={"service/llm.py": MEMORY, "service/cache.py": FORKS},
    ),
    Case(
        "leaves-traces",
        "leaves two processes behind, and writes files all over the machine",
        FULL,
        "they end with the test, and there is nowhere to write but its own folder",
        code=STAYS + ELSEWHERE,
    ),
    Case(
        "reads",
        "looks for solutions, hidden tests, others' work, the gradebook, and exits if it finds any",
        FULL,
        "there is nothing to find",
        code=READS.replace("@ROOT@", str(ROOT)),
    ),
    Case(
        "tests-that-know",
        "hands in blank work, and tests that know the solutions' hashes and quote what they read",
        0,
        "there is no source to read, and the code is another in each run",
        base="exercises",
        files={"test_service.py": _knows_the_solutions()},
    ),
    Case(
        "blank-that-is-handed-the-right-services",
        "hands in tests that pass on what they run beside, and services that wait for it",
        0,
        "the tests run when nothing else does, and leave nothing behind",
        base="exercises",
        files=_HANDED_OVER,
    ),
    Case(
        "tests-without-end",
        "hands in tests that loop for ever",
        FULL - OWN_TESTS,
        "time is over for the tests; the rest is right",
        files={"test_service.py": LOOP},
    ),
    Case(
        "games",
        "replaces pytest, unittest, assert, time and random, and writes result files",
        FULL,
        "it plays with itself, and its own work is right",
        code=GAMES + RESULTS,
    ),
    Case(
        "blank-with-games",
        "hands in blank work, plays the same games, and forges the grader's events",
        0,
        "nothing that a submission writes is read as a result",
        base="exercises",
        code=GAMES + RESULTS + FORGES,
    ),
    Case(
        "blank-with-claims",
        "hands in blank work, and puts claims of its own in the place of the grader's helpers",
        0,
        "what a helper says has to be found out first, or is seen from outside as well",
        base="exercises",
        code=CLAIMS,
    ),
    Case(
        "careless-with-claims",
        "keeps the key in a str and money in floats, connects for a minute, retries under another "
        "key, pays cached tokens in full, and replaces the helpers that look",
        76,
        "5 points of the settings' are lost, 16 of the client's and 3 of the whole service's",
        files=_careless(),
        code=CLAIMS_THE_REST,
    ),
    Case(
        "equal-to-everything",
        "answers with text that is equal to everything",
        0,
        "what crosses the wall is plain data",
        base="exercises",
        code=EQUAL,
        files={
            "service/config.py": "from .errors import Anything\n\n\nclass Settings:\n"
            "    def __getattr__(self, name):\n        return Anything('x')\n"
        },
    ),
    Case(
        "by-heart",
        "answers what the visible tests ask, by heart",
        79,
        "the client asks no model: 18 points, and 3 of the whole service's; the rest is right",
        files={"service/llm.py": KEYED},
    ),
    Case(
        "talks-to-the-admin",
        "asks the mock's admin interface for a reset, the journal and no faults",
        FULL,
        "it has no token and gets nothing; its own work is right",
        code=ADMIN,
    ),
    Case("Zoë Ünïcode 名前", "has a name with spaces and Unicode", FULL, "it is a name"),
    Case("brackets [a-z] {x}", "has a name that is a pattern", FULL, "it is a name"),
    Case(LONG[:200], "has a name of 200 characters", FULL, "it is a name"),
]


def hand_in(root: Path, case: Case, *, unlike_others: bool = False) -> Path:
    """Writes one submission under `root`/grading/submitted; its folder.

    `unlike_others` puts the name into a file, so that no two submissions are the same work.
    """
    folder = root / "grading" / "submitted" / case.student / PART
    shutil.copytree(ROOT / case.base / PART, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in case.files.items():
        target = folder / path
        if text is None:
            target.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    code_in = {"service/errors.py": case.code} if case.code else {}
    for path, code in {**code_in, **case.code_in}.items():
        file = folder / path
        # Not before the docstring's end, where `from __future__` must stay first.
        text = f"{file.read_text(encoding='utf-8')}\n\n{CALL_IT_SO}\n\n{code}"
        file.write_text(text, encoding="utf-8")
    if unlike_others:
        mark = folder / "service" / "__init__.py"
        mark.write_text(mark.read_text(encoding="utf-8") + f"# {case.student}\n", encoding="utf-8")
    for name, target_name in case.links.items():
        (folder / name).symlink_to(target_name)
    if case.notebook is not None:
        lesson = folder / "lesson.ipynb"
        changed = case.notebook(json.loads(lesson.read_text(encoding="utf-8")))
        if changed is None:
            lesson.unlink()
        else:
            data = changed if isinstance(changed, bytes) else json.dumps(changed).encode()
            lesson.write_bytes(data)
    return folder


def course_in(folder: Path) -> Path:
    """A course of part 2 in `folder`, for a class to hand in to."""
    for name in ("modules", "exercises", "solutions"):
        shutil.copytree(
            ROOT / name / PART, folder / name / PART, ignore=shutil.ignore_patterns("__pycache__")
        )
    return folder

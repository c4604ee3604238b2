"""The attendee's tests, tried on the right service and on wrong ones."""

from __future__ import annotations

import subprocess
import sys

import pytest

IMPORT = "from shop.prices import total\n\n\n"
GOOD = IMPORT + "def test_it():\n    assert total([1, 2]) == 3\n"


def graded(engine, toy, submit, text: str, **more: str):
    (task,) = engine.grade(toy, submit({"test_shop.py": text, **more}), tasks=["tests"]).tasks
    return task


def test_a_test_that_catches_the_wrong_service_earns_its_points(engine, toy, submit) -> None:
    assert graded(engine, toy, submit, GOOD).points == 5


def test_it_is_judged_on_our_service_not_on_the_attendees_own(engine, toy, submit) -> None:
    own = {"shop/prices.py": "def total(prices):\n    return 42\n"}
    assert graded(engine, toy, submit, GOOD, **own).points == 5


def test_a_test_that_fails_on_the_right_service_does_not_spoil_the_others(
    engine, toy, submit
) -> None:
    text = GOOD + "\n\ndef test_wrong():\n    assert total([]) == 1\n"
    assert graded(engine, toy, submit, text).points == 5


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "catches nothing",
            IMPORT + "def test_it():\n    assert total([]) == 0\n",
            "none of your tests notices a service that forgets the last price",
        ),
        (
            "fails everywhere",
            "def test_it():\n    assert False, 'always'\n",
            "no test passes on the right service: test_it: always",
        ),
        (
            "only skips",
            "import pytest\n\n\ndef test_it():\n    pytest.skip('later')\n",
            "no test passes on the right service",
        ),
        ("has no test", "x = 1\n", "does not run to its end on the right service"),
        ("cannot be read", "def test_it(:\n", "on the right service: line 1: SyntaxError: "),
        (
            "exits on the wrong one",
            IMPORT + "import os\n\nif total([1, 2]) != 3:\n    os._exit(1)\n\n\n"
            "def test_it():\n    assert total([]) == 0\n",
            "does not come to an end",
        ),
        (
            "cannot be collected on the wrong one",
            IMPORT + "assert total([1, 2]) == 3\n\n\ndef test_it():\n    assert total([]) == 0\n",
            "does not come to an end",
        ),
        (
            "guesses",
            "import os\n\n\ndef test_even():\n    assert os.urandom(1)[0] % 2\n\n\n"
            + "".join(
                f"def test_guess_{n}():\n    assert os.urandom(1)[0] % 2\n\n\n" for n in range(12)
            ),
            "sometimes pass and sometimes fail",
        ),
        (
            "patches pytest to fail when it likes",
            "import _pytest.python\nimport _pytest.runner\n\n"
            "_pytest.python.Function.runtest = lambda self: None\n\n\n"
            "def test_it():\n    assert False\n",
            "none of your tests notices",
        ),
        (
            "exits with pytest's own code for failures",
            "import os\n\n\ndef test_it():\n    os._exit(1)\n",
            "does not run to its end on the right service",
        ),
    ],
)
def test_what_is_no_test_earns_nothing(engine, toy, submit, name, text, expected) -> None:
    task = graded(engine, toy, submit, text)
    assert (task.state, task.points) == ("failed", 0)
    assert expected in task.reasons[0]


def test_one_test_that_is_fickle_does_not_spoil_the_others(engine, toy, submit) -> None:
    text = GOOD + ("\n\ndef test_lots():\n    import os\n\n    assert os.urandom(1)[0] % 2\n")
    assert graded(engine, toy, submit, text).points == 5


# Each gives something about shop/prices.py that could be known before, from the solutions.
FINGERPRINTS = {
    "the bytes": "Path('shop/prices.py').read_bytes()",
    "the syntax tree": "ast.dump(ast.parse(Path('shop/prices.py').read_bytes()))",
    "the source by inspect": "inspect.getsource(importlib.import_module('shop.prices'))",
    "the compiled file": "sorted(p.read_bytes()[16:] for p in Path('shop').glob('prices.p*'))",
    "the bytecode": "code().co_code",
    "names and constants": "(code().co_names, code().co_consts)",
    "the locals": "code().co_varnames",
    "how much there is": "(code().co_nlocals, len(code().co_names), len(code().co_code))",
}
FINGERPRINT = """
import ast, hashlib, importlib, inspect
from pathlib import Path


def code():
    return importlib.import_module("shop.prices").total.__code__


def fingerprint():
    return hashlib.sha256(repr({what}).encode()).hexdigest()
"""


@pytest.mark.parametrize("what", FINGERPRINTS)
def test_what_is_known_of_the_right_code_is_of_no_use(engine, toy, submit, what) -> None:
    source = FINGERPRINT.format(what=FINGERPRINTS[what])
    ask = [sys.executable, "-c", source + "\n\nprint(fingerprint())"]
    known = subprocess.run(ask, cwd=submit(), capture_output=True, text=True, check=True).stdout
    test = f"\n\ndef test_it():\n    assert fingerprint() == {known.strip()!r}\n"
    assert graded(engine, toy, submit, source + test).points == 0


def test_the_right_service_has_no_lines_that_could_be_counted(engine, toy, submit) -> None:
    text = (
        IMPORT + "def test_it():\n    assert total([1, 2]) == 3\n"
        "    lines = {line for *_, line in total.__code__.co_lines()}\n"
        "    assert (total.__code__.co_firstlineno, lines) == (1, {1})\n"
    )
    assert graded(engine, toy, submit, text).points == 5


STOLEN = "'-'.join(['sto', 'len'])"
THIEVES = {
    "asserts it": (
        f"def test_it():\n    assert False, {STOLEN}\n",
        "no test passes on the right service: test_it, line 2: AssertionError",
    ),
    "raises it": (
        f"def test_it():\n    raise OSError({STOLEN})\n",
        "no test passes on the right service: test_it, line 2: OSError",
    ),
    "names an exception so": (
        f"def test_it():\n    raise type({STOLEN}, (Exception,), {{}})\n",
        "no test passes on the right service: test_it, line 2: an exception",
    ),
    "names a test so": (
        f"import pytest\n\n\n@pytest.mark.parametrize('it', [1], ids=[{STOLEN}])\n"
        "def test_it(it):\n    assert not it\n",
        "no test passes on the right service: test_it, line 6: AssertionError",
    ),
    "invents a test of that name": (
        f"def test_it():\n    assert False\n\n\ntest_it.__name__ = {STOLEN}\n"
        f"globals()['test_' + {STOLEN}] = globals().pop('test_it')\n",
        "no test passes on the right service: a test, line 2: AssertionError",
    ),
    "wavers by that name": (
        "import os\n\nimport pytest\n\n\n@pytest.mark.parametrize('it', range(24), "
        f"ids=lambda it: {STOLEN} + str(it))\n"
        "def test_it(it):\n    assert os.urandom(1)[0] % 2\n",
        "right service test_it and ",
    ),
    "raises it when it is loaded": (
        f"raise OSError({STOLEN})\n",
        "does not run to its end on the right service: line 1: OSError",
    ),
    "prints it and ends": (
        f"import os\n\nprint({STOLEN}, flush=True)\nos._exit(3)\n",
        "the test run the code ended its own process (exit code 3) instead of answering",
    ),
    "answers the grader with it": (
        f"import json, os\n\nsaid = {STOLEN}\nfor number in range(9):\n"
        "    error = {'type': said, 'message': said, 'file': said, 'line': 1}\n"
        "    text = json.dumps({'id': number, 'error': error}) + '\\n'\n"
        "    for fd in range(3, 64):\n        try:\n            os.write(fd, text.encode())\n"
        "        except OSError:\n            pass\n",
        "does not run to its end on the right service: the test run ",
    ),
}


@pytest.mark.parametrize("thief", THIEVES)
def test_a_grade_says_where_a_test_failed_and_nothing_that_the_test_says(
    engine, toy, submit, thief
) -> None:
    text, expected = THIEVES[thief]
    folder = submit({"test_shop.py": text})
    (task,) = engine.grade(toy, folder, tasks=["tests"], hidden=True).tasks
    (reason,) = task.reasons
    assert expected in reason
    assert "sto-len" not in reason


def test_a_missing_test_file_is_said(engine, toy, submit) -> None:
    folder = submit()
    (folder / "test_shop.py").unlink()
    (task,) = engine.grade(toy, folder, tasks=["tests"]).tasks
    assert task.reasons == ["test_shop.py is missing"]


def test_a_test_file_that_hangs_is_not_tried_on_every_service(
    engine, toy, submit, monkeypatch
) -> None:
    task = graded(engine, toy, submit, "import time\n\ntime.sleep(3600)\n")
    assert task.points == 0
    assert "the test run did not answer within 15 s" in task.reasons[0]


def test_a_run_ends_as_soon_as_a_test_that_counts_has_failed(engine, toy, submit) -> None:
    hangs_on_the_wrong_one = (
        "\n\ndef test_then_it_hangs():\n    import time\n\n"
        "    time.sleep(0 if total([1, 2]) == 3 else 60)\n"
    )
    assert graded(engine, toy, submit, GOOD + hangs_on_the_wrong_one).points == 5
    only_hangs = IMPORT + hangs_on_the_wrong_one.lstrip()
    assert "does not come to an end" in graded(engine, toy, submit, only_hangs).reasons[0]

"""The compiled packages beside which the attendee's tests run."""

from __future__ import annotations

import ast
import importlib
import marshal
import random
import secrets
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from workshop.grading.disguise import disguised
from workshop.grading.folder import write_tree

TENT = '''"""A tent."""

from __future__ import annotations

import math


class Tent:
    """It has poles."""

    poles: int = 3

    def area(self, width: float, *, sides: int = 4) -> float:
        """What it covers."""
        total = 0.0
        corners = [width for _ in range(sides)]
        try:
            for corner in corners:
                total += math.sqrt(corner)
            raise ValueError(total)
        except ValueError as error:
            shared = error.args[0]
        return (lambda: shared)()


def seen():
    found = 1
    return locals()
'''


@pytest.fixture
def tent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    write_tree(once(), tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("camp.tent")
    for name in ("camp.tent", "camp"):
        sys.modules.pop(name, None)


def once(text: str = TENT, others: tuple[str, ...] = ()) -> dict[str, bytes]:
    files = {"camp/__init__.py": b"", "camp/tent.py": text.encode(), "camp/note.txt": b"dry"}
    return disguised(files, {"camp/tent.py": others}, random.Random(secrets.randbits(64)))  # noqa: S311


def all_code(file: bytes) -> list[CodeType]:
    found = [marshal.loads(file[16:])]  # noqa: S302
    for code in found:
        found += [each for each in code.co_consts if isinstance(each, CodeType)]
    return found


def test_it_runs_without_its_source(tent: ModuleType) -> None:
    assert tent.Tent().area(9.0, sides=2) == 6.0
    assert tent.Tent.area.__doc__ == "What it covers."
    assert tent.seen() == {"found": 1}
    assert ast.get_docstring(ast.parse(TENT)) == tent.__doc__


def test_other_files_stay_and_no_source_does() -> None:
    assert sorted(once()) == ["camp/__init__.pyc", "camp/note.txt", "camp/tent.pyc"]


def test_a_traceback_names_file_and_function(tent: ModuleType) -> None:
    with pytest.raises(TypeError) as caught:
        tent.Tent().area("wide")
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.name, last.lineno) == ("camp/tent.py", "area", 1)


def test_no_function_class_or_module_is_the_same_twice() -> None:
    runs = [all_code(once()["camp/tent.pyc"]) for _ in range(2)]
    # What a function holds inside (a comprehension, a lambda) may be: it changes nothing outside.
    named = [{c.co_name: c for c in run if not c.co_name.startswith("<l")} for run in runs]
    assert named[0].keys() == named[1].keys() == {"<module>", "Tent", "area", "seen"}
    for name, code in named[0].items():
        other = named[1][name]
        assert code.co_consts != other.co_consts
        assert code.co_names != other.co_names


def test_everything_stands_on_line_1() -> None:
    for code in all_code(once()["camp/tent.pyc"]):
        assert {line for *_, line in code.co_lines()} <= {1, None}


def test_arguments_keep_their_names_and_other_locals_do_not() -> None:
    (area,) = (c for c in all_code(once()["camp/tent.pyc"]) if c.co_name == "area")
    assert area.co_varnames[:3] == ("self", "width", "sides")
    assert not {"total", "corners", "corner", "error"} & {*area.co_varnames}


def test_what_one_edition_imports_all_do_in_the_same_order(tmp_path: Path) -> None:
    pieces = ("\nimport math\n", "\nimport cmath\nimport bisect\n")
    names = []
    for text in (TENT, TENT.replace("import math", "import cmath")):
        scope = {"__name__": "camp.tent"}
        exec(all_code(once(text, pieces)["camp/tent.pyc"])[0], scope)  # noqa: S102
        names.append([name for name in scope if name in ("math", "cmath", "bisect")])
    assert names == [["bisect", "cmath", "math"]] * 2


def test_no_name_or_constant_says_which_edition_it_is() -> None:
    right, wrong = "total += math.sqrt(corner)", "total = add(corner, power=0.5, why='size')"
    words = {"math", "sqrt", "add", "power", "size", 0.5, "why"}
    for text in (TENT, TENT.replace(right, wrong)):
        found = all_code(once(text, (right, wrong))["camp/tent.pyc"])
        for code in (c for c in found if not c.co_name.startswith("<l")):
            assert words <= {*code.co_names, *code.co_consts}, code.co_name

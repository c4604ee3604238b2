"""The engine on honest submissions: finished, blank, half, broken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from workshop.grading import Engine, Progress, Result
from workshop.grading.engine import VISIBLE_SEED
from workshop.parts import Part, PartError


def by_task(result: Result) -> dict[str, tuple[str, int]]:
    return {task.id: (task.state, task.points) for task in result.tasks}


def reasons(result: Result, task_id: str) -> list[str]:
    return next(task.reasons for task in result.tasks if task.id == task_id)


def test_the_finished_edition_earns_all_points(engine, toy, submit) -> None:
    result = engine.grade(toy, submit(), hidden=True)
    assert by_task(result) == {"sums": ("passed", 10), "web": ("passed", 5), "tests": ("passed", 5)}
    assert (result.points, result.max_points, result.core()) == (20, 20, (15, 15))


def test_the_blank_edition_earns_nothing_and_each_gap_is_named_once(engine, toy, submit) -> None:
    result = engine.grade(toy, submit(edition="blank"))
    assert result.points == 0
    assert reasons(result, "sums") == ["shop/prices.py, line 7: not written yet"]
    assert reasons(result, "web") == ["shop/web.py, line 13: not written yet"]
    assert "test_shop.py: no test passes on the right service" in reasons(result, "tests")[0]


def test_the_numbers_of_a_grade_are_drawn_and_those_of_a_check_are_not(engine, toy, submit) -> None:
    folder = submit()
    with Engine() as other:
        both = [each.grade(toy, folder, tasks=["sums"], hidden=True) for each in (engine, other)]
    assert both[0].seed != both[1].seed, "one in a million"
    assert {engine.grade(toy, folder, tasks=["sums"]).seed} == {VISIBLE_SEED}


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        (["shop/prices.py"], "shop/prices.py is missing"),
        (["shop"], "the folder shop/ with your work is missing"),
    ],
)
def test_what_was_not_handed_in_is_named(
    engine, toy, submit, gone: list[str], expected: str
) -> None:
    folder = submit()
    for name in gone:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert reasons(engine.grade(toy, folder, tasks=["sums"]), "sums") == [expected]


def test_the_json_has_exactly_the_agreed_keys(engine, toy, submit) -> None:
    result = engine.grade(toy, submit(), tasks=["web"])
    assert result.to_json() == {
        "part": "part1_toy",
        "points": 5,
        "max_points": 5,
        "tasks": [
            {"id": "web", "points": 5, "max_points": 5, "state": "passed", "reasons": []},
        ],
    }


def test_half_of_a_task_earns_its_checks_points(engine, toy, submit) -> None:
    half = "def total(prices):\n    return sum(prices) if prices else 1\n"
    result = engine.grade(toy, submit({"shop/prices.py": half}), tasks=["sums"])
    assert by_task(result) == {"sums": ("partial", 6)}
    assert reasons(result, "sums") == ["total([]) should be 0, yours is 1"]


def test_answers_written_in_by_hand_fail_the_hidden_run(engine, toy, submit) -> None:
    visible = engine.grade(toy, submit(), tasks=["sums"])
    by_hand = (
        f"KNOWN = {{(1, {visible.seed}): {1 + visible.seed}, (2, {visible.seed}): "
        f"{2 + visible.seed}, (): 0}}\n\n\ndef total(prices):\n    return KNOWN[tuple(prices)]\n"
    )
    folder = submit({"shop/prices.py": by_hand})
    assert engine.grade(toy, folder, tasks=["sums"]).points == 10
    assert engine.grade(toy, folder, tasks=["sums"], hidden=True).points == 4


def test_a_hidden_test_shows_its_message_and_nothing_of_itself(engine, toy, submit) -> None:
    only_pairs = "def total(prices):\n    return sum(prices[:2])\n"
    folder = submit({"shop/prices.py": only_pairs})
    assert engine.grade(toy, folder, tasks=["sums"]).points == 10
    hidden = engine.grade(toy, folder, tasks=["sums"], hidden=True)
    assert reasons(hidden, "sums") == ["three equal prices should add up to three times the price"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def total(prices)\n    return 0\n", "shop/prices.py, line 1: SyntaxError: expected ':'"),
        ("import nothing_like_it\n", "shop/prices.py, line 1: ModuleNotFoundError: "),
        ("x = 1 / 0\n", "shop/prices.py, line 1: ZeroDivisionError: division by zero"),
        ("\n", "cannot import name 'total' from 'shop.prices' (shop/prices.py)"),
        ("def total(prices):\n    return {1}\n", "TypeError: Object of type set is not JSON"),
        ("def total(prices):\n    return [None] * 3_000_000\n", "more than 5 MB"),
    ],
)
def test_what_is_broken_is_named_with_file_and_line(engine, toy, submit, source, expected) -> None:
    result = engine.grade(toy, submit({"shop/prices.py": source}), tasks=["sums"])
    assert by_task(result) == {"sums": ("failed", 0)}
    (reason,) = reasons(result, "sums")
    assert expected in reason
    assert "Traceback" not in reason


def test_a_missing_file_costs_its_task_only(engine, toy, submit) -> None:
    folder = submit()
    (folder / "shop" / "web.py").unlink()
    assert by_task(engine.grade(toy, folder)) == {
        "sums": ("passed", 10),
        "web": ("failed", 0),
        "tests": ("passed", 5),
    }


def test_an_endpoint_that_raises_is_named_behind_the_status(engine, toy, submit) -> None:
    raising = (
        "from fastapi import FastAPI\n\n\ndef build():\n    app = FastAPI()\n\n"
        "    @app.get('/total')\n    async def total():\n        return {}['nothing']\n\n"
        "    return app\n"
    )
    result = engine.grade(toy, submit({"shop/web.py": raising}), tasks=["web"])
    assert reasons(result, "web") == [
        "/total answered 500, expected 200 (shop/web.py, line 9: KeyError: 'nothing')"
    ]


def test_only_allowed_files_reach_the_worker(engine, toy, submit) -> None:
    looks = (
        "from pathlib import Path\n\n\ndef total(prices):\n"
        "    extra = [str(p) for p in Path().rglob('*') if p.suffix in ('.txt', '.ini')]\n"
        "    assert not extra, extra\n    return sum(prices)\n"
    )
    folder = submit(
        {
            "shop/prices.py": looks,
            "notes.txt": "x",
            "pytest.ini": "[pytest]\naddopts = --collect-only\n",
            "conftest.py": "raise SystemExit\n",
            "sitecustomize.py": "raise SystemExit\n",
            "shop/deep/down.txt": "x",
        }
    )
    assert engine.grade(toy, folder).points == 20


def test_progress_tells_of_every_test(engine, toy, submit) -> None:
    seen: list[Progress] = []
    engine.grade(toy, submit(), tasks=["sums"], on_progress=seen.append)
    # Tests may be dealt out over processes, each of which tells of its own.
    last = {progress.task: progress for progress in seen}.values()
    assert [sum(p.done for p in last), sum(p.tests for p in last)] == [3, 3]


def test_when_the_time_is_over_the_rest_is_not_graded(engine, toy, submit) -> None:
    result = engine.grade(toy, submit(), budget_s=0.0)
    assert {task.state for task in result.tasks} == {"not_graded"}
    assert "time for the whole check was over" in reasons(result, "sums")[0]


def test_an_unknown_task_is_refused_with_the_known_ones(engine, toy, submit) -> None:
    with pytest.raises(PartError, match="its tasks are sums, web, tests"):
        engine.grade(toy, submit(), tasks=["nope"])


def copy_of(toy: Part, folder: Path) -> Path:
    import shutil

    shutil.copytree(toy.folder, folder / "modules" / toy.id)
    return folder / "modules" / toy.id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import nowhere_to_be_found\n", "is broken"),
        ("def broken(:\n", "is broken"),
        (
            "from workshop.grading import checks\n\n\n@checks('sums.adds')\n"
            "def test_it(no_such_fixture):\n    pass\n",
            "no_such_fixture",
        ),
        (
            "from workshop.grading import checks\n\n\n@checks('sums.adds')\n"
            "def test_it(worker):\n    assert forgotten_import\n",
            "forgotten_import",
        ),
        (
            "import os\nfrom workshop.grading import checks\n\n\n@checks('sums.adds')\n"
            "def test_it(worker):\n    os._exit(3)\n",
            "ended early",
        ),
    ],
)
def test_a_broken_test_is_never_a_zero(engine, toy, submit, tmp_path, text, expected) -> None:
    from workshop.parts import load_part

    part_folder = copy_of(toy, tmp_path / "copy")
    (part_folder / "tests" / "test_more.py").write_text(text, encoding="utf-8")
    result = engine.grade(load_part(part_folder), submit(), tasks=["sums"])
    assert by_task(result) == {"sums": ("not_graded", 0)}
    assert expected in " ".join(reasons(result, "sums"))


def test_a_second_engine_grades_the_same(toy, submit) -> None:
    with Engine() as other:
        assert other.grade(toy, submit(), tasks=["sums"]).points == 10

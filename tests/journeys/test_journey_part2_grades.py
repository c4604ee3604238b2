"""Part 2 is graded as promised: nothing for blank work, everything for finished work, and for each
wrong answer all but what `part.toml` says it loses. With the hidden tests, as an instructor grades.
"""

import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import pytest

from workshop.grading.engine import Engine
from workshop.grading.results import Result
from workshop.parts import Part, WrongAnswer, find_part, repository_root

ROOT = repository_root()
PART = find_part(ROOT, "2")
OWN_TESTS = {"tests", "more_tests"}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as warm:
        yield warm


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Result]]]:
    """Each wrong answer's result, two at a time: half of a grading is waiting."""
    # The attendee's own tests run against services of ours, so a mistake here cannot move them.
    tasks = [task.id for task in PART.tasks if task.id not in OWN_TESTS]
    engines = SimpleQueue[Engine]()
    tmp_path_factory.getbasetemp()  # made here: two threads at once would each make it

    def grade(wrong: WrongAnswer) -> Result:
        folder = with_mistake(PART, wrong, tmp_path_factory.mktemp(wrong.name))
        engine = engines.get()
        try:
            return engine.grade(PART, folder, tasks=tasks, hidden=True)
        finally:
            engines.put(engine)

    with Engine() as one, Engine() as other, ThreadPoolExecutor(2) as pool:
        for warm in (one, other):
            engines.put(warm)
        yield {wrong.name: pool.submit(grade, wrong) for wrong in PART.wrong_answers}
        pool.shutdown(cancel_futures=True)


def lost(result: Result) -> set[str]:
    return {check.id for task in result.tasks for check in task.checks if check.state != "passed"}


def said(result: Result) -> str:
    return "\n".join(f"{task.id}: {task.state}, {task.reasons}" for task in result.tasks)


def edition(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(ROOT / name / PART.id, folder / "submission"))


def with_mistake(part: Part, wrong: WrongAnswer, folder: Path) -> Path:
    submission = edition("solutions", folder)
    for replacement in wrong.replacements:
        file = submission / replacement.file
        text = file.read_text(encoding="utf-8")
        assert text.count(replacement.old) == 1
        file.write_text(text.replace(replacement.old, replacement.new), encoding="utf-8")
    return submission


def test_the_blank_edition_earns_nothing_and_is_told_why(engine: Engine, tmp_path: Path) -> None:
    result = engine.grade(PART, edition("exercises", tmp_path), hidden=True)

    assert result.points == 0, said(result)
    assert [task.state for task in result.tasks] == ["failed"] * len(PART.tasks), said(result)
    assert all(task.reasons for task in result.tasks)


def test_the_finished_edition_earns_everything(engine: Engine, tmp_path: Path) -> None:
    result = engine.grade(PART, edition("solutions", tmp_path), hidden=True)

    assert (result.points, result.max_points) == (100, 100), said(result)


@pytest.mark.parametrize("wrong", PART.wrong_answers, ids=lambda wrong: wrong.name)
def test_a_wrong_answer_loses_exactly_what_it_declares(
    results: dict[str, Future[Result]], wrong: WrongAnswer
) -> None:
    result = results[wrong.name].result()

    assert lost(result) == set(wrong.loses), said(result)

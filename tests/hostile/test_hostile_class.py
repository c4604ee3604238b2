"""The class that fights the grader, graded by `workshop grade`'s own session, on two gradebooks."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hostile_class
import pytest
from hostile_class import MARK, THE_CLASS, Case

from workshop.gradebook.course import Course
from workshop.gradebook.session import Graded, Session
from workshop.gradebook.submissions import submissions_of
from workshop.grading.engine import Engine
from workshop.grading.launch import can_fork_warm
from workshop.parts import Part, find_part

pytestmark = pytest.mark.skipif(
    not can_fork_warm(), reason="the walls that this class runs into are Linux's"
)
DOCS = hostile_class.ROOT / "docs" / "hostile.md"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = hostile_class.course_in(tmp_path_factory.mktemp("course"))
    for case in THE_CLASS:
        hostile_class.hand_in(folder, case)
    return folder


@pytest.fixture(scope="module")
def part(root: Path) -> Part:
    return find_part(root, "2")


@pytest.fixture(scope="module")
def graded(root: Path, part: Part) -> Iterator[dict[str, Graded]]:
    """Everyone, two at a time: most of what is hostile spends its time waiting to be ended."""
    with Engine() as engine:
        if engine.walls().files != "namespaces":
            pytest.skip(f"this system builds no walls: {engine.walls().missing}")
    course = Course(root)
    course.ensure_assignment(part)
    with Session(course, part, jobs=2) as session:
        yield {one.student: one for one in session.run(submissions_of(root, part))}


@pytest.mark.parametrize("case", THE_CLASS, ids=lambda case: case.student[:30])
def test_each_earns_what_its_honest_work_is_worth(
    graded: dict[str, Graded], part: Part, case: Case
) -> None:
    tasks = {task.id for task in part.tasks}
    one = graded[case.student]
    rows = [grade for grade in one.grades if grade.task in tasks]

    assert one.unsaved == ""
    assert sum(row.points or 0 for row in rows) == case.points, rows
    assert all(row.state != "not_graded" for row in rows), rows


def test_the_same_class_stands_in_a_gradebook_on_postgresql(
    graded: dict[str, Graded], root: Path, part: Part, postgresql_url: str
) -> None:
    course = Course(root, postgresql_url)
    course.ensure_assignment(part)
    with Session(course, part) as session:
        again = {one.student: one for one in session.run(submissions_of(root, part))}

    assert not any(one.fresh for one in again.values()), "the records were made already"
    for student, one in graded.items():
        assert again[student].grades == one.grades
        assert again[student].unsaved == ""
        assert course.scores(part, student) == Course(root).scores(part, student)


def test_nothing_of_theirs_runs_on_and_nothing_was_written(graded: dict[str, Graded]) -> None:
    assert [folder for folder in _of_this_class() if not _is_anothers(folder)] == []
    for folder in ("/", "/tmp", "/var/tmp", "/dev/shm", "/etc", str(Path.home())):  # noqa: S108
        assert not Path(folder, "was-here-hostile-class").exists()


@pytest.mark.parametrize("as_what", ["a process of another name", "a process with the name"])
def test_what_runs_on_would_be_found(as_what: str) -> None:
    wait = "import time; print(flush=True); time.sleep(60)"
    named = as_what == "a process with the name"
    program = hostile_class.CALL_IT_SO + wait if named else wait
    command = [sys.executable, "-c", program, *([] if named else [MARK])]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as left:
        assert left.stdout is not None
        left.stdout.readline()
        assert left.pid in [int(folder.name) for folder in _of_this_class()]
        left.kill()


def _of_this_class() -> list[Path]:
    processes = Path("/proc").glob("[0-9]*")
    return [one for one in processes if one.name != str(os.getpid()) and _is_a_worker(one)]


def _is_a_worker(folder: Path) -> bool:
    """A process of a user drawn for a worker, or one that bears the class's mark."""
    with contextlib.suppress(OSError):
        if folder.stat().st_uid in range(61184, 65519):
            return True
        told = [(folder / name).read_bytes() for name in ("comm", "cmdline")]
        return any(MARK.encode() in text for text in told)
    return False


def _is_anothers(folder: Path) -> bool:
    """Whether a process descends from a process beside ours, which runs other tests meanwhile."""
    pid = int(folder.name)
    with contextlib.suppress(OSError):
        while pid > 1:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            parent = int(stat.rpartition(")")[2].split()[1])
            if parent == os.getppid():
                return pid != os.getpid()
            pid = parent
    return False


def test_feedback_shows_reasons_and_nothing_of_the_hidden_tests(
    graded: dict[str, Graded], root: Path, part: Part
) -> None:
    sources = [
        path.read_text(encoding="utf-8") for path in (part.folder / "hidden_tests").glob("*.py")
    ]
    names = [name for source in sources for name in re.findall(r"def (test_\w+)", source)]
    assert names
    for student in graded:
        folder = root / "grading" / "reports" / student / part.id
        for file in (folder / "feedback.md", folder / "lesson.html"):
            text = file.read_text(encoding="utf-8")
            assert not [name for name in names if name in text]
            assert "Traceback (most recent" not in text


def test_feedback_of_blank_work_quotes_no_line_of_the_finished_code(
    graded: dict[str, Graded], root: Path, part: Part
) -> None:
    blank = [case.student for case in THE_CLASS if case.base == "exercises" and not case.notebook]
    lines = _only_finished(root, part)
    for student in (name for name in blank if name != "half"):
        folder = root / "grading" / "reports" / student / part.id
        told = [(folder / name).read_text("utf-8") for name in ("feedback.md", "lesson.html")]
        told += [grade.reason for grade in graded[student].grades]
        assert not [line for line in lines if any(line in text for text in told)]


def _only_finished(root: Path, part: Part) -> list[str]:
    """The lines of code that a learner has to write."""
    editions = [
        {
            line.strip()
            for file in (root / edition / part.id / "service").glob("*.py")
            for line in file.read_text(encoding="utf-8").splitlines()
        }
        for edition in ("solutions", "exercises")
    ]
    found = [line for line in editions[0] - editions[1] if len(line) > 24]
    assert len(found) > 20
    return found


def test_the_documented_table_is_this_class() -> None:
    told = re.findall(
        r"^\| (?!does)(?!---)(.+?) \| (\d+) \| (.+?) \|$", DOCS.read_text("utf-8"), re.M
    )
    assert told == [(case.does, str(case.points), case.because) for case in THE_CLASS]

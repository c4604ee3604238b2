"""The class that fights the grader, graded by `workshop grade`'s own session, on two gradebooks."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import hostile_class
import pytest
from hostile_class import THE_CLASS, Case

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
    left = [
        folder
        for folder in Path("/proc").glob("[0-9]*")
        if folder.name != str(os.getpid()) and _is_a_worker(folder) and not _is_anothers(folder)
    ]
    assert left == []
    for folder in ("/", "/tmp", "/var/tmp", "/dev/shm", "/etc", str(Path.home())):  # noqa: S108
        assert not Path(folder, "was-here-hostile-class").exists()


def _is_a_worker(folder: Path) -> bool:
    """A process that belongs to a user drawn for a worker."""
    with contextlib.suppress(OSError):
        return folder.stat().st_uid in range(61184, 65519)
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


def test_the_documented_table_is_this_class() -> None:
    told = re.findall(
        r"^\| (?!does)(?!---)(.+?) \| (\d+) \| (.+?) \|$", DOCS.read_text("utf-8"), re.M
    )
    assert told == [(case.does, str(case.points), case.because) for case in THE_CLASS]

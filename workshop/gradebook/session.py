"""Grading a class: what needs it goes through the engine, and everything ends in the gradebook.

Work is saved submission by submission: a record first, then the gradebook, then feedback. Whoever
starts it again goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field

from workshop.files import read_json, write_json
from workshop.gradebook.again import EVERYTHING, Again
from workshop.gradebook.course import HTML, Course
from workshop.gradebook.feedback import MARKDOWN
from workshop.gradebook.grades import Grade, grades_of
from workshop.gradebook.records import (
    Record,
    is_current,
    load_record,
    make_record,
    record_file,
    refused,
    save_record,
)
from workshop.gradebook.scores import Score
from workshop.gradebook.submissions import Submission, course_digest, work_digest
from workshop.grading.engine import Engine
from workshop.grading.isolation import Walls
from workshop.grading.results import Result
from workshop.parts import Part

_LOOK_EVERY_S = 0.5


@dataclass(frozen=True)
class Graded:
    """One submission at the end: its rows, whether graded anew, what went wrong in saving."""

    student: str
    grades: list[Grade]
    fresh: bool
    unsaved: str = ""
    left_out: tuple[str, ...] = ()
    """Files of the submission that were not taken, with the reason."""
    notebook: str = ""
    """Why no written answers could be read, if so."""


@dataclass
class Session:
    """One run over some submissions of a part. Use as a context manager: it ends its engines."""

    course: Course
    part: Part
    jobs: int = 1
    on_walls: Callable[[Walls], None] = lambda walls: None
    is_interrupted: Callable[[], bool] = lambda: False
    _again: Again = field(init=False)
    _known: dict[str, Result] = field(default_factory=dict)
    _engines: list[Engine] = field(default_factory=list)
    _local: threading.local = field(default_factory=threading.local)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Session:
        self._again = Again(self.course.root, self.part)
        return self

    def __exit__(self, *_: object) -> None:
        for engine in self._engines:
            engine.close()

    def run(self, submissions: Sequence[Submission]) -> Iterator[Graded]:
        """Each submission once it is in the gradebook: first those that were graded before."""
        course = course_digest(self.part)
        todo: list[Submission] = []
        for submission in submissions:
            if (record := refused(self.part, submission)) is not None:
                yield Graded(record.student, grades_of(self.part, record, {}), fresh=True)
                continue
            record = load_record(self.course.root, submission.student, self.part)
            current = is_current(record, submission, self.part, course)
            again = self._again.tasks_of(submission.student, course) is not None
            if record is None or not current or again:
                todo.append(submission)
            else:
                yield self._save(record, fresh=False)
        with ThreadPoolExecutor(self.jobs) as pool:
            try:
                waiting: set[Future[Record]] = {pool.submit(self._grade, one) for one in todo}
                while waiting:
                    done, waiting = wait(waiting, _LOOK_EVERY_S, return_when=FIRST_COMPLETED)
                    if self.is_interrupted():
                        raise KeyboardInterrupt
                    for future in done:
                        yield self._save(future.result(), fresh=True)
            except BaseException:
                self._stopped.set()
                pool.shutdown(wait=False, cancel_futures=True)
                for engine in self._engines:
                    engine.close()
                raise

    def _grade(self, submission: Submission) -> Record:
        if not hasattr(self._local, "engine"):
            self._local.engine = Engine()
            self._engines.append(self._local.engine)
            if len(self._engines) == 1:
                self.on_walls(self._local.engine.walls())
        earlier = load_record(self.course.root, submission.student, self.part)
        regrade = self._again.tasks_of(submission.student, course_digest(self.part)) or EVERYTHING
        # Same work, same result: unsolved copies of the exercises are many in every class.
        work = "" if regrade else _work(submission, self.part)
        record = make_record(
            self._local.engine,
            self.part,
            submission,
            regrade=regrade,
            earlier=earlier,
            result=self._known.get(work),
        )
        if self._stopped.is_set():
            return record  # what was cut short is no record of anything
        if work and record.result is not None and record.complete:
            self._known[work] = record.result
        save_record(self.course.root, self.part, record)
        self._again.done(submission.student)
        return record

    def _save(self, record: Record, *, fresh: bool) -> Graded:
        """Into the gradebook and the feedback, as far as they do not have it already."""
        state_file = record_file(self.course.root, record.student, self.part).with_suffix(".saved")
        state = read_json(state_file)
        made = _digest([asdict(record), self.course.time_stamp(self.part, record.student)])
        unsaved = ""
        left_out = record.result.left_out if record.result else ()
        scores: dict[str, Score] = {}
        try:
            scores = self.course.scores(self.part, record.student)
            there = self.course.is_autograded(self.part, record.student) and scores
            if state.get("record") != made or not there or state.get("in") != self.course.db_key:
                self.course.autograde(self.part, record.student)
                scores = self.course.scores(self.part, record.student)
            grades = grades_of(self.part, record, scores)
            # With the record: a page shows the submission too, and may change where no grade does.
            told = _digest([made, *(asdict(grade) for grade in grades)])
            folder = self.course.feedback_folder(self.part, record.student)
            whole = all((folder / name).is_file() for name in (HTML, MARKDOWN))
            if state.get("feedback") != told or not whole:
                self.course.feedback(self.part, record.student)
            done = {"record": made, "feedback": told, "in": self.course.db_key}
            if state != done:
                write_json(state_file, done)
        except Exception as problem:
            # The record stands; what nbgrader could not take is said, and the others go on.
            unsaved = f"{type(problem).__name__}: {problem}"
            grades = grades_of(self.part, record, scores)
        return Graded(record.student, grades, fresh, unsaved, left_out, record.notebook)


def all_grades(course: Course, part: Part, submissions: Iterable[Submission]) -> list[Grade]:
    """The rows of every submission that has a record, graded in this run or an earlier one."""
    rows: list[Grade] = []
    for submission in submissions:
        record = refused(part, submission) or load_record(course.root, submission.student, part)
        if record is not None:
            rows += grades_of(part, record, course.scores(part, record.student))
    return rows


def _work(submission: Submission, part: Part) -> str:
    """Its digest; empty if it cannot be read, which grading it will say."""
    try:
        return work_digest(submission, part)
    except OSError:
        return ""


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

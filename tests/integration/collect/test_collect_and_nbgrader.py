"""What `workshop collect` places is what nbgrader and the engine find."""

from __future__ import annotations

import datetime

from collect_downloads import PART, work, wrapped
from nbgrader.apps.api import NbGraderAPI
from traitlets.config import Config

from workshop.bootstrap_paths import Clone
from workshop.grading.folder import take
from workshop.parts import find_part

IDS = {"aroe": "10-11-12", "b+doe é": "10-11-13"}


def test_nbgrader_finds_the_students_and_the_times(collected, clone: Clone) -> None:
    start = "Part 1_{}_attempt_2026-11-20-{}_w.zip"
    collected(
        {start.format(*pair): wrapped("A") for pair in IDS.items()}, "--timezone", "Europe/Berlin"
    )
    config = Config()
    config.CourseDirectory.root = str(clone.root)
    config.CourseDirectory.submitted_directory = "grading/submitted"
    config.CourseDirectory.db_url = "sqlite:///:memory:"
    course = NbGraderAPI(config=config)
    assert course.get_submitted_students(PART) == set(IDS)
    place = clone.root / "grading" / "submitted" / "aroe" / PART
    found = course.coursedir.get_existing_timestamp(str(place))
    assert found == datetime.datetime(2026, 11, 20, 9, 11, 12)


def test_the_engine_takes_every_file_that_was_placed(collected, clone: Clone) -> None:
    collected({"aroe.zip": wrapped("A")})
    place = clone.root / "grading" / "submitted" / "aroe" / PART
    files = work("A")
    assert (place / "lesson.ipynb").read_bytes() == files.pop("lesson.ipynb")
    assert take(find_part(clone.root, "1"), place).files == files

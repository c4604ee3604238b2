from pathlib import Path

import pytest
import toy_course


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The root of a fresh course with one small part, in a folder with an awkward name."""
    root = tmp_path / "a course für alle"
    toy_course.write(root)
    return root


@pytest.fixture
def part_folder(course: Path) -> Path:
    return course / "modules" / toy_course.PART

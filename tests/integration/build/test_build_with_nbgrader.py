"""nbgrader typed by hand, or clicked in formgrader, must give what `workshop build` gives."""

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import toy_course
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files
from toy_course import PART, everything
from traitlets.config import Config, PyFileConfigLoader

from workshop.build.generate import GRADEBOOK, generated, make_gradebook
from workshop.build.nbgrader_settings import configure
from workshop.parts import load_part


def nbgrader(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs it as someone does who did not activate the environment: its bin is not on PATH."""
    environment = {**os.environ, "PATH": "/usr/bin:/bin", "JUPYTER_PLATFORM_DIRS": "1"}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """What `workshop build` makes of the toy part, by edition."""
    root = tmp_path_factory.mktemp("built")
    part = load_part(toy_course.write(root))
    log = logging.getLogger("test")
    with generated([part], root, log=log, on_part=lambda part: None) as made:
        assert made.failures == {}
        return {
            edition: everything(made.folder / edition) for edition in ("exercises", "solutions")
        }


def test_generating_by_hand_gives_the_same_bytes_as_the_build(course: Path, built):
    generate = nbgrader(course, "generate_assignment", PART, "--force")
    assert generate.returncode == 0, generate.stderr
    assert everything(course / "exercises") == built["exercises"]
    solution = nbgrader(course, "generate_solution", PART, "--force")
    assert solution.returncode == 0, solution.stderr
    assert everything(course / "solutions") == built["solutions"]
    assert (course / "grading/gradebook.db").is_file()
    assert not (course / "gradebook.db").exists()


def loaded(root: Path) -> Config:
    return PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()


@pytest.fixture
def click(course: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, Any]]:
    """Formgrader's "Generate" button: generates with --force, gives what formgrader is told."""
    monkeypatch.setenv("PATH", os.environ["PATH"])

    def press() -> dict[str, Any]:
        config = loaded(course)
        if not (course / GRADEBOOK).exists():
            make_gradebook(course / GRADEBOOK)
        api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
        return api.generate_assignment(PART)

    return press


def test_formgraders_button_gives_the_same_bytes_as_the_build(course: Path, built, click):
    result = click()
    assert result["success"], result
    assert everything(course / "exercises") == built["exercises"]


def test_generating_again_replaces_what_was_there(course: Path, part_folder: Path, built, click):
    stale = course / "exercises" / PART / "costmodel/price.py"
    stale.parent.mkdir(parents=True)
    shutil.copyfile(part_folder / "costmodel/price.py", stale)
    (stale.parent / "left_over.py").write_text("x = 1\n", encoding="utf-8")
    assert click()["success"]
    assert everything(course / "exercises") == built["exercises"]


def test_if_our_own_step_crashes_nothing_at_all_is_released(course: Path, part_folder: Path, click):
    (part_folder / "costmodel/price.py").write_text(
        toy_course.PRICE.replace("### BEGIN SOLUTION", "### BEGIN  SOLUTION"), encoding="utf-8"
    )
    result = click()
    assert not result["success"]
    assert "costmodel/price.py, line 6: 'END SOLUTION' without" in result["log"]
    assert not (course / "exercises" / PART).exists()


def test_if_our_step_is_lost_nbgrader_still_copies_no_source(course: Path, click):
    with (course / "nbgrader_config.py").open("a", encoding="utf-8") as config:
        config.write(
            "\nfrom workshop.build.preprocessors import WriteBlankFiles\n"
            "get_config().GenerateAssignment.preprocessors.remove(WriteBlankFiles)\n"
        )
    assert click()["success"]
    assert list(everything(course / "exercises" / PART)) == ["lesson.ipynb"]


def test_if_nbgrader_copied_files_after_all_the_assignment_is_taken_back(course: Path, click):
    with (course / "nbgrader_config.py").open("a", encoding="utf-8") as config:
        config.write("\nget_config().CourseDirectory.ignore = []\n")
    result = click()
    assert not result["success"]
    assert "nbgrader copied files by itself" in result["log"]
    assert not (course / "exercises" / PART).exists()


def test_nbgrader_copies_no_file_of_a_source_folder_and_none_of_a_submission(
    course: Path, part_folder: Path, monkeypatch
):
    monkeypatch.setenv("PATH", os.environ["PATH"])
    coursedir = CourseDirectory(config=loaded(course))
    source = coursedir.format_path(coursedir.source_directory, ".", PART)
    assert find_all_files(source, coursedir.ignore) == []
    assert len(find_all_files(source)) > 5  # so that the line above says something
    submitted = coursedir.format_path(coursedir.submitted_directory, "alice", PART)
    shutil.copytree(part_folder / "costmodel", Path(submitted) / "costmodel")
    assert find_all_files(submitted, coursedir.ignore) == []
    assert len(find_all_files(submitted)) >= 2


def test_dot_files_and_new_folders_of_a_source_folder_are_held_back_too(
    course: Path, part_folder: Path, monkeypatch
):
    monkeypatch.setenv("PATH", os.environ["PATH"])
    (part_folder / ".env").write_text("OPENAI_API_KEY=sk-author\n", encoding="utf-8")
    (part_folder / "new" / "deep" / "deeper").mkdir(parents=True)
    (part_folder / "new/deep/deeper/answer.py").write_text("x = 1\n", encoding="utf-8")
    config = Config()
    configure(config, course)
    coursedir = CourseDirectory(config=config)
    source = coursedir.format_path(coursedir.source_directory, ".", PART)
    assert find_all_files(source, coursedir.ignore) == []


def test_validating_finds_the_blank_edition_wanting_and_the_finished_one_right(course: Path, built):
    for edition, files in built.items():
        for name, data in files.items():
            (course / edition / name).parent.mkdir(parents=True, exist_ok=True)
            (course / edition / name).write_bytes(data)
    blank = nbgrader(course, "validate", f"exercises/{PART}/lesson.ipynb")
    assert blank.returncode == 0, blank.stderr
    # two tasks and one written answer
    assert "VALIDATION FAILED ON 3 CELL(S)" in blank.stdout
    assert "Partial credit" in blank.stdout
    finished = nbgrader(course, "validate", f"solutions/{PART}/lesson.ipynb")
    assert finished.returncode == 0, finished.stderr
    assert "Success! Your notebook passes all the tests." in finished.stdout

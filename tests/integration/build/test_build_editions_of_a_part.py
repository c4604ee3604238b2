import argparse
import json
import os
import shutil
from pathlib import Path

import pytest
import toy_course
from toy_course import PART, everything

from workshop.build import command
from workshop.build import replace as replace_module


def build(root: Path, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([*arguments, "--root", str(root)]))


def cells(root: Path, edition: str) -> dict[str, dict]:
    text = (root / edition / PART / "lesson.ipynb").read_text(encoding="utf-8")
    return {cell["id"]: cell for cell in json.loads(text)["cells"]}


RELEASED = [
    ".env.example",
    "costmodel/__init__.py",
    "costmodel/price.py",
    "lesson.ipynb",
    "tests/test_price.py",
]


def test_both_editions_hold_the_released_files_and_nothing_kept_back(course: Path):
    assert build(course) == 0
    for edition in ("exercises", "solutions"):
        assert list(everything(course / edition / PART)) == RELEASED


def test_sources_are_stubbed_in_one_edition_and_free_of_markers_in_both(course: Path):
    build(course)
    blank = (course / "exercises" / PART / "costmodel/price.py").read_text(encoding="utf-8")
    finished = (course / "solutions" / PART / "costmodel/price.py").read_text(encoding="utf-8")
    assert blank.count("raise NotImplementedError()") == 2
    assert "days_in_a_billing_month" not in blank
    assert "days_in_a_billing_month = 30" in finished
    assert "SOLUTION" not in blank + finished


def test_notebook_cells_are_stubbed_and_graded_cells_get_the_points_of_the_description(
    course: Path,
):
    build(course)
    blank, finished = cells(course, "exercises"), cells(course, "solutions")
    assert list(blank) == [cell["id"] for cell in toy_course.lesson()["cells"]]
    assert blank["gap"]["source"] == ["# YOUR CODE HERE\n", "raise NotImplementedError()"]
    assert finished["gap"]["source"] == ["answer = 'six times seven is 42'"]
    assert blank["mode"]["source"] == ["YOUR ANSWER HERE"]
    assert finished["mode"]["source"] != ["YOUR ANSWER HERE"]
    for edition in (blank, finished):
        assert edition["price"]["metadata"]["nbgrader"]["points"] == 70
        assert edition["forecast"]["metadata"]["nbgrader"]["points"] == 30
        assert edition["mode"]["metadata"]["nbgrader"]["points"] == 5
        assert edition["price"]["metadata"]["editable"] is False


def test_outputs_times_and_the_editors_traces_are_not_built(course: Path, part_folder: Path):
    build(course)
    clean = everything(course / "exercises") | everything(course / "solutions")
    lesson = toy_course.lesson()
    lesson["metadata"]["jupytext"] = {"formats": "ipynb,py"}
    lesson["cells"][4] |= {
        "execution_count": 7,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": ["07:15 h\n"]}],
    }
    lesson["cells"][4]["metadata"]["execution"] = {"iopub.execute_input": "2026-11-22T07:15"}
    (part_folder / "lesson.ipynb").write_text(json.dumps(lesson), encoding="utf-8")
    build(course)
    assert everything(course / "exercises") | everything(course / "solutions") == clean


def test_two_builds_in_two_places_are_equal_byte_for_byte_with_unix_newlines(
    course: Path, tmp_path: Path
):
    other = tmp_path / "other"
    windows = toy_course.write(other) / "costmodel/price.py"
    windows.write_bytes(windows.read_bytes().replace(b"\n", b"\r\n"))
    build(course)
    build(other)
    for edition in ("exercises", "solutions"):
        built = everything(course / edition)
        assert built == everything(other / edition)
        assert not any(b"\r" in data for data in built.values())


def test_a_second_build_touches_nothing_and_says_so(
    course: Path, capsys: pytest.CaptureFixture[str]
):
    build(course)
    before = (course / "exercises" / PART).stat()
    build(course)
    assert (course / "exercises" / PART).stat().st_ino == before.st_ino
    assert "nothing to change" in capsys.readouterr().out


def test_what_modules_no_longer_has_is_removed_from_both_editions(course: Path, part_folder: Path):
    (part_folder / "tests/test_old.py").write_text("", encoding="utf-8")
    build(course)
    (part_folder / "tests/test_old.py").unlink()
    shutil.copytree(course / "exercises" / PART, course / "exercises" / "part7_of_long_ago")
    build(course)
    assert list(everything(course / "exercises")) == [f"{PART}/{name}" for name in RELEASED]
    assert list(everything(course / "solutions")) == [f"{PART}/{name}" for name in RELEASED]


def test_the_build_runs_from_any_folder_and_leaves_process_and_repository_as_they_were(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/usr/bin")
    assert build(course) == 0
    assert Path.cwd() == tmp_path
    assert os.environ["PATH"] == "/usr/bin"
    assert not (course / "grading").exists()
    assert list((course / ".workshop").iterdir()) == []


def test_a_part_that_cannot_be_built_leaves_the_old_editions_and_gives_the_reason(
    course: Path, part_folder: Path, capsys: pytest.CaptureFixture[str]
):
    build(course)
    before = everything(course / "exercises")
    price = part_folder / "costmodel/price.py"
    price.write_text(toy_course.PRICE.replace("    ### END SOLUTION\n", "", 1), encoding="utf-8")
    capsys.readouterr()
    assert build(course) == 1
    said = capsys.readouterr().err
    assert f"modules/{PART}/costmodel/price.py, line 19: the region of line 11" in said
    assert "Traceback" not in said
    assert everything(course / "exercises") == before


def test_ctrl_c_between_two_moves_puts_the_old_editions_back(
    course: Path, part_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    build(course)
    before = everything(course / "exercises") | everything(course / "solutions")
    (part_folder / "README.md").write_text("# New\n", encoding="utf-8")
    renames = 0
    rename = Path.rename

    def rename_until_ctrl_c(self: Path, target: Path) -> Path:
        nonlocal renames
        renames += 1
        if renames == 4:  # exercises/ is replaced, solutions/ has gone to the attic
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(replace_module.Path, "rename", rename_until_ctrl_c)
    assert build(course) == 130
    assert renames > 4
    assert everything(course / "exercises") | everything(course / "solutions") == before


def test_a_stray_file_is_refused_by_name(
    course: Path, part_folder: Path, capsys: pytest.CaptureFixture[str]
):
    (part_folder / "notes.txt").write_text("todo", encoding="utf-8")
    assert build(course) == 1
    assert "notes.txt: nobody said what this file is" in capsys.readouterr().err
    assert not (course / "exercises").exists()


def test_an_empty_repository_and_an_unknown_part_are_one_line_each(
    tmp_path: Path, course: Path, capsys: pytest.CaptureFixture[str]
):
    assert build(tmp_path / "nothing") == 1
    assert "has no parts" in capsys.readouterr().err
    assert build(course, "9") == 1
    assert f"there is no part '9'; the parts are {PART}" in capsys.readouterr().err

"""CONTRIBUTING says how to edit a lesson as text; nothing that the build needs may get lost."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import toy_course
from toy_course import PART, REPOSITORY


def test_a_lesson_survives_the_way_to_text_and_back_with_an_edit(course: Path, part_folder: Path):
    lesson = part_folder / "lesson.ipynb"
    before = toy_course.lesson()
    before["cells"][4]["metadata"]["tags"] = ["hide-input"]
    lesson.write_text(json.dumps(before), encoding="utf-8")
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    there, back = re.findall(r"^jupytext (.*)$", text, re.MULTILINE)

    def jupytext(words: str) -> None:
        arguments = shlex.split(words.replace("part2_production_service", PART))
        command = [sys.executable, "-m", "jupytext", *arguments]
        subprocess.run(command, cwd=course, check=True, capture_output=True, timeout=60)

    jupytext(there)
    script = part_folder / "lesson.py"
    edited = script.read_text(encoding="utf-8").replace("## 1.3 Case", "## 1.3 The Case")
    script.write_text(edited, encoding="utf-8")
    jupytext(back)

    after = json.loads(lesson.read_text(encoding="utf-8"))
    assert "".join(after["cells"][3]["source"]) == "## 1.3 The Case Study Analysis (10 min)"
    assert len({cell["id"] for cell in after["cells"]}) == len(before["cells"])
    for index, (was, became) in enumerate(zip(before["cells"], after["cells"], strict=True)):
        assert became["metadata"] == was["metadata"]
        if index != 3:
            assert became == was
    assert after["metadata"] == before["metadata"]

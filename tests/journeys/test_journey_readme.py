"""A newcomer does what the README says, in a fresh clone with an empty home folder."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml
from fresh_clone import BARE_PYTHON, ROOT, FreshClone, size_on_disk

from workshop.lab_ports import free_port

README = (ROOT / "README.md").read_text(encoding="utf-8")
LIMIT_BYTES = 650 * 10**6
POSIX_ONLY = pytest.mark.skipif(os.name == "nt", reason="runs the POSIX commands of the README")
LAB = "python3 -m workshop lab"
INSTRUCTOR = "python3 -m workshop lab --instructor"
# What has to be added to a command of the README so that it ends, and does so unattended. `test`
# only shows pytest's version: this very suite would otherwise start itself.
ADDED = {
    "python3 -m workshop doctor": "",
    "python3 -m workshop check 2 --hints": "",
    "python3 -m workshop progress": "",
    "python3 -m workshop reset 2 --file service/cache.py": "--yes",
    "python3 -m workshop collect 2 downloaded-submissions.zip": "",
    "python3 -m workshop grade 2": "",
    "python3 -m workshop test": "-- --version",
    "python3 -m workshop test -- -k workspace": "--collect-only -q tests/unit/workshop",
}
CONDA = [
    "conda env create -f environment.yml",
    "conda activate production-ml",
    "python -m workshop lab",
]


def commands(language: str) -> list[str]:
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> FreshClone:
    return FreshClone(tmp_path_factory.mktemp("journey"))


def test_every_command_of_the_readme_is_run_here() -> None:
    assert sorted(commands("sh")) == sorted([LAB, INSTRUCTOR, *CONDA, *ADDED])
    assert commands("bat") == [LAB.replace("python3", "py")]


def test_every_path_of_the_readme_is_there() -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", README)
    folders = re.findall(r"^\| `(\w+/)`", README, re.MULTILINE)
    assert len(linked) >= 5
    assert len(folders) >= 5
    missing = [path for path in [*linked, *folders] if not (ROOT / path).exists()]
    assert missing == []


@POSIX_ONLY
@pytest.mark.installs
def test_the_first_command_leads_to_the_lesson_and_later_ones_are_there(clone: FreshClone) -> None:
    mock_port, port = free_port(28100), free_port(28888)
    words = [*shlex.split(LAB), "--no-browser", f"--port={port}", f"--mock-port={mock_port}"]
    urls = [f"http://127.0.0.1:{mock_port}/v1/models", f"http://127.0.0.1:{port}/api"]

    first = clone.start_and_stop_the_lab(words, urls)
    assert f"127.0.0.1:{port}/lab/tree/part2_production_service/lesson.ipynb?token=" in first
    assert size_on_disk(clone.root / ".venv") < LIMIT_BYTES
    assert (clone.root / "work/part2_production_service/lesson.ipynb").is_file()

    second = clone.start_and_stop_the_lab(words, urls)
    assert "packages" not in second
    assert "new files" not in second

    download_one_submission(clone)
    for line, added in ADDED.items():
        done = clone.run(shlex.split(f"{line} {added}"))
        assert "Traceback" not in done.stdout + done.stderr, line
        # An unsolved part does not pass its check, and says so in the exit code.
        assert done.returncode in ({0, 1} if " check " in line else {0}), (line, done.stderr)

    grades = (clone.root / "grading" / "grades.csv").read_text(encoding="utf-8")
    assert "ada,part2_production_service,client,0,18,failed," in grades

    third = clone.start_and_stop_the_lab([*words, *shlex.split(INSTRUCTOR)[-1:]], urls)
    assert "packages" not in third, "the development environment serves the course as well"


def download_one_submission(clone: FreshClone) -> None:
    """What a learning platform would give: here, the exercises as they were handed out."""
    part = clone.root / "exercises" / "part2_production_service"
    with zipfile.ZipFile(clone.root / "downloaded-submissions.zip", "w") as download:
        for path in part.rglob("*"):
            if path.is_file():
                download.write(path, Path("ada", path.relative_to(part)))


def test_the_conda_environment_takes_python_and_pip_only_and_the_rest_from_the_lock() -> None:
    described = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert described["name"] == CONDA[1].split()[-1]
    *conda, pip = described["dependencies"]
    assert [re.split("[=<>]", package)[0] for package in conda] == ["python", "pip"]
    assert conda[0] in {"python=3.11", "python=3.12", "python=3.13"}
    assert pip == {"pip": ["-r requirements.lock"]}


@POSIX_ONLY
@pytest.mark.installs
def test_an_activated_environment_made_by_condas_pip_step_is_used_as_it_is(
    tmp_path: Path,
) -> None:
    """Conda itself is not here: a virtual environment stands in for its Python and pip.

    Its pip step writes the list to a file beside environment.yml and gives that to pip.
    """
    clone = FreshClone(tmp_path)
    described = yaml.safe_load((clone.root / "environment.yml").read_text(encoding="utf-8"))
    listed = clone.root / "condaenv.requirements.txt"
    listed.write_text("\n".join(described["dependencies"][-1]["pip"]))
    theirs = tmp_path / "production-ml"
    subprocess.run([str(BARE_PYTHON), "-m", "venv", str(theirs)], check=True, timeout=60)
    python = str(theirs / "bin" / "python")
    done = clone.run([python, "-m", "pip", "install", "-q", "-r", str(listed)])
    assert done.returncode == 0, done.stderr

    mock_port, port = free_port(28100), free_port(28888)
    words = [python, "-m", "workshop", "lab", "--no-browser"]
    words += [f"--port={port}", f"--mock-port={mock_port}"]
    said = clone.start_and_stop_the_lab(words, [f"http://127.0.0.1:{port}/api"])
    assert f"Using the activated environment {theirs}" in said
    assert not (clone.root / ".venv").exists()
    check = clone.run([python, "-m", "pip", "check"])
    assert check.returncode == 0, check.stdout

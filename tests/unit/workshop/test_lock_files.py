"""The lock files belong to pyproject.toml, and to each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COURSE = [
    *PROJECT["project"]["dependencies"],
    *PROJECT["project"]["optional-dependencies"]["course"],
]
DEV = [*COURSE, *PROJECT["dependency-groups"]["dev"]]


def pins(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        match = re.match(r"([\w.-]+)==([^\s;\\]+)", line)
        if match:
            found.setdefault(canonicalize_name(match[1]), set()).add(match[2])
    return found


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("requirements.lock", COURSE), ("requirements-dev.lock", DEV)],
    ids=["course", "dev"],
)
def test_a_lock_satisfies_pyproject(name: str, wanted: list[str]) -> None:
    locked = pins(name)
    for text in wanted:
        requirement = Requirement(text)
        versions = locked.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement.name} is not in {name}: run 'workshop lock'"
        assert all(requirement.specifier.contains(version) for version in versions), text


def test_the_development_lock_holds_the_course_lock() -> None:
    course, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: dev.get(name) for name in course} == course


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_hashes_and_names_no_index(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "index-url" not in text
    assert "://" not in text
    for block in re.split(r"\n(?=\w)", text.strip()):
        assert "--hash=sha256:" in block, block.splitlines()[0]


@pytest.mark.parametrize("name", ["uvloop", "pywinpty", "appnope"])
def test_the_lock_is_for_every_system(name: str) -> None:
    assert pins("requirements.lock").get(name)

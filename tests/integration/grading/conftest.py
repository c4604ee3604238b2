"""A toy part, its editions as submissions, and one warm engine for all tests here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from workshop.bootstrap_paths import Clone
from workshop.build.editions import blank_text, finished_text
from workshop.grading import Engine
from workshop.grading.checker import Checker
from workshop.grading.folder import take, write_tree
from workshop.parts import Part, load_part

COURSE = Path(__file__).parent / "course"
# The toy part's own tests are run by the engine, not with the project's.
collect_ignore = ["course"]

Submit = Callable[..., Path]


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with Engine() as warm:
        yield warm


@pytest.fixture
def kept_checker(engine: Engine) -> Callable[[Clone], Checker]:
    """Makes one whose engine is shared by the tests here, and so is not closed."""

    class KeptChecker(Checker):
        def __init__(self, clone: Clone) -> None:
            super().__init__(clone)
            self._engine = engine

        def close(self) -> None:
            pass

    return KeptChecker


@pytest.fixture(scope="session")
def toy() -> Part:
    return load_part(COURSE / "modules" / "part1_toy")


@pytest.fixture
def submit(toy: Part, tmp_path: Path) -> Submit:
    """`submit({"shop/prices.py": "…"})`: the finished edition with these files instead."""

    def make(files: Mapping[str, str] | None = None, *, edition: str = "finished") -> Path:
        text_of = finished_text if edition == "finished" else blank_text
        folder = tmp_path / toy.id
        source = take(toy, toy.folder).files
        write_tree({path: text_of(data.decode()).encode() for path, data in source.items()}, folder)
        write_tree({path: text.encode() for path, text in (files or {}).items()}, folder)
        return folder

    return make

"""A toy course, built once; a class for each test; one warm engine for all."""

from __future__ import annotations

import argparse
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from toy_class import PART, SOURCE, Grade, KeptEngine, Outcome, ToyClass, everything

from workshop.bootstrap_paths import Clone
from workshop.build.generate import EDITIONS, GRADEBOOK, generated, make_gradebook
from workshop.gradebook import command, session, steps
from workshop.grading.engine import Engine
from workshop.parts import load_part, repository_root

# The toy part's own tests are run by the engine, not with the project's.
collect_ignore = ["course"]


@pytest.fixture(scope="session")
def warm() -> Iterator[Engine]:
    with Engine() as engine:
        yield engine


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy course with both editions, made by the project's own build."""
    root = tmp_path_factory.mktemp("built") / "course"
    shutil.copytree(SOURCE, root / "modules")
    shutil.copyfile(repository_root() / "nbgrader_config.py", root / "nbgrader_config.py")
    part = load_part(root / "modules" / PART)
    log = logging.getLogger("test")
    with generated([part], root, log=log, on_part=lambda part: None) as made:
        assert made.failures == {}
        for edition in EDITIONS:
            shutil.copytree(made.folder / edition, root / edition)
    make_gradebook(root / GRADEBOOK)
    return root


@pytest.fixture
def toy(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ToyClass:
    """The course with nobody in it yet, in a folder with an awkward name."""
    root = tmp_path / "a class für alle"
    shutil.copytree(built, root)
    monkeypatch.delenv(command.GRADEBOOK_VARIABLE, raising=False)
    monkeypatch.setattr(command, "this_clone", lambda: Clone(root))
    return ToyClass(root)


@pytest.fixture
def engine(warm: Engine, monkeypatch: pytest.MonkeyPatch) -> KeptEngine:
    """The real one, warm already."""
    return _instead(KeptEngine(warm.grade), monkeypatch)


@pytest.fixture
def generous(monkeypatch: pytest.MonkeyPatch) -> KeptEngine:
    """One that runs nothing and gives everybody everything."""
    return _instead(KeptEngine(everything), monkeypatch)


def _instead(engine: KeptEngine, monkeypatch: pytest.MonkeyPatch) -> KeptEngine:
    monkeypatch.setattr(session, "Engine", lambda: engine)
    monkeypatch.setattr(steps, "Engine", lambda: engine)
    monkeypatch.setattr(steps, "_engine", None)
    return engine


@pytest.fixture
def grade(toy: ToyClass, capsys: pytest.CaptureFixture[str]) -> Grade:
    """`grade("--student", "ada")`: runs `workshop grade 1` with these words."""

    def run(*words: str, part: str = "1") -> Outcome:
        parser = argparse.ArgumentParser("workshop grade")
        command.add_arguments(parser)
        capsys.readouterr()
        code = command.run(parser.parse_args([part, "--jobs", "1", *words]))
        printed = capsys.readouterr()
        return Outcome(code, printed.out, printed.err)

    return run

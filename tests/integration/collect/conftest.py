"""`workshop collect` run on a clone of the test's own."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from collect_downloads import DESCRIPTION, PART, zipped

from workshop.bootstrap_paths import Clone
from workshop.collect import command

Collect = Callable[..., int]
CollectJson = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    (tmp_path / "modules" / PART).mkdir(parents=True)
    (tmp_path / "modules" / PART / "part.toml").write_text(DESCRIPTION)
    clone = Clone(tmp_path)
    monkeypatch.setattr(command, "this_clone", lambda: clone)
    monkeypatch.chdir(tmp_path)
    return clone


@pytest.fixture
def collect(clone: Clone) -> Collect:
    """`collect("1", "all.zip", "--update")`: the exit code."""

    def run(*words: str) -> int:
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        return command.run(parser.parse_args(words))

    return run


@pytest.fixture
def collected(collect: Collect, clone: Clone, capsys: pytest.CaptureFixture[str]) -> CollectJson:
    """`collected({"aroe.zip": b"…"}, "--dry-run")`: the exit code and JSON for such a zip."""

    def run(download: Mapping[str, bytes], *words: str) -> tuple[int, dict[str, Any]]:
        (clone.root / "all.zip").write_bytes(zipped(download))
        capsys.readouterr()
        code = collect("1", "all.zip", "--json", *words)
        return code, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def placed(clone: Clone) -> Callable[[], dict[str, str]]:
    """What is in `grading/submitted`: student to the mark of the submission."""

    def read() -> dict[str, str]:
        folder = clone.root / "grading" / "submitted"
        files = folder.glob(f"*/{PART}/shop/prices.py")
        return {path.parents[2].name: path.read_text().strip("# \n") for path in files}

    return read

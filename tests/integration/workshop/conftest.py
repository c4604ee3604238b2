"""Clones in miniature, bare and prepared."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_clone import TinyClone


@pytest.fixture
def clone(tmp_path: Path) -> TinyClone:
    return TinyClone(tmp_path / "clone")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> TinyClone:
    """A clone whose set-up is done; for tests that leave it in order."""
    clone = TinyClone(tmp_path_factory.mktemp("prepared") / "clone")
    done = clone.run("test")
    assert done.returncode == 0, done.stderr
    return clone

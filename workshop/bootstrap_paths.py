"""Where the clone keeps what the command makes and reads."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Clone:
    """One clone of the repository, by its root folder."""

    root: Path

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def state(self) -> Path:
        """Logs and JupyterLab's own settings; git ignores it and it may be deleted at any time."""
        return self.root / ".workshop"

    @property
    def exercises(self) -> Path:
        return self.root / "exercises"

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def setup_log(self) -> Path:
        return self.state / "logs" / "setup.log"

    def lock(self, kind: str) -> Path:
        """The lock of an environment `kind`: "course" or "dev"."""
        return self.root / LOCKS[kind]


LOCKS = {"course": "requirements.lock", "dev": "requirements-dev.lock"}


def this_clone() -> Clone:
    """The clone that this very file belongs to."""
    return Clone(Path(__file__).resolve().parent.parent)


def venv_python(venv: Path) -> Path:
    """The interpreter of a virtual environment, which may not exist."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"

"""An environment that may be able to run the course: its Python and what is installed in it.

Whether it is complete is read off the disk each time (some milliseconds) and stored nowhere, so an
interrupted set-up, a pulled lock or a package that was changed by hand all show.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from workshop import bootstrap_lock
from workshop.bootstrap_paths import Clone, venv_python
from workshop.bootstrap_python import supported

PROJECT = "production-ml-workshop"


@dataclass(frozen=True)
class Environment:
    """A Python, its version ("3.12.1") and the folders it imports installed packages from."""

    python: Path
    version: str
    folders: tuple[str, ...]

    def missing(self, lock: Path) -> list[str]:
        """The pins of `lock` that are not installed here, as "name==version"."""
        surroundings = bootstrap_lock.markers_here()
        surroundings["python_full_version"] = self.version
        surroundings["python_version"] = ".".join(self.version.split(".")[:2])
        return bootstrap_lock.missing(lock.read_text(encoding="utf-8"), self.folders, surroundings)

    def drop_half_installed(self) -> None:
        """Remove the marks of packages whose installation was cut off.

        An installer takes such a package for installed, and would leave it as it is.
        """
        for folder in self.folders:
            for info in Path(folder).glob("*.dist-info"):
                if not (info / "RECORD").is_file():
                    shutil.rmtree(str(info))

    def linked_clone(self) -> Path | None:
        """The clone that `import workshop` and the console scripts lead to here, if any."""
        for folder in self.folders:
            pattern = f"{PROJECT.replace('-', '_')}-*.dist-info/direct_url.json"
            for note in Path(folder or ".").glob(pattern):
                try:
                    url = json.loads(note.read_text(encoding="utf-8"))["url"]
                except (OSError, ValueError, KeyError):
                    continue
                return _path_of(str(url))
        return None

    def complete(self, clone: Clone, kind: str) -> bool:
        """Whether everything of the lock `kind` is here, and the project too."""
        return not self.missing(clone.lock(kind)) and self.linked_clone() == clone.root


def running() -> Environment:
    """The environment of the running Python."""
    return Environment(Path(sys.executable), platform.python_version(), tuple(sys.path))


def activated() -> bool:
    """Whether the running Python is that of an activated virtual or conda environment."""
    conda = os.environ.get("CONDA_PREFIX")
    return sys.prefix != sys.base_prefix or (
        conda is not None and Path(conda).resolve() == Path(sys.prefix).resolve()
    )


def runs_in(venv: Path) -> bool:
    """Whether the running Python is that of `venv`."""
    return sys.prefix != sys.base_prefix and Path(sys.prefix).resolve() == venv.resolve()


def of_venv(venv: Path) -> Environment | None:
    """The environment in the folder `venv`; None if it is absent, half-made or of no use."""
    python = venv_python(venv)
    version = _version_in(venv / "pyvenv.cfg")
    if version is None or not python.exists():
        return None
    major, minor = (int(number) for number in version.split(".")[:2])
    if not supported((major, minor)):
        return None
    inside = Path("Lib") if os.name == "nt" else Path("lib") / f"python{major}.{minor}"
    packages = venv / inside / "site-packages"
    return Environment(python, version, (str(packages),)) if packages.is_dir() else None


def _version_in(configuration: Path) -> str | None:
    """The Python version that a pyvenv.cfg names: `version` by venv, `version_info` by uv."""
    try:
        lines = configuration.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    for line in lines:
        key, _, value = line.partition("=")
        numbers = value.strip().split(".")
        named = key.strip() in {"version", "version_info"}
        if named and len(numbers) >= 3 and all(number.isdigit() for number in numbers[:3]):
            return ".".join(numbers[:3])
    return None


def _path_of(url: str) -> Path | None:
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    parts = urlsplit(url)
    return Path(url2pathname(parts.path)).resolve() if parts.scheme == "file" else None

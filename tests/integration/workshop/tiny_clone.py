"""A clone in miniature: the real `workshop`, two packages of three lines, no network.

Its lock names a package `pytest` that prints its arguments and exits with the number given after
`--exit`, so that `workshop test` runs from a bare Python to the exit code in seconds.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BARE_PYTHON = str(getattr(sys, "_base_executable", sys.executable))

# `python -c` this, with the arguments of `workshop`: a Python as stock Debian has it.
NO_ENSUREPIP = (
    "import runpy, sys; sys.modules['ensurepip'] = None; sys.argv[0] = 'workshop';"
    "runpy.run_module('workshop', run_name='__main__')"
)

_PYTEST = """
import sys
print("tests ran with", sys.argv[1:])
sys.exit(int(sys.argv[sys.argv.index("--exit") + 1]) if "--exit" in sys.argv else 0)
"""
# A build backend that links the folder it stands in, as hatchling does for the real project.
_BACKEND = """
import pathlib, zipfile

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "production_ml_workshop-0.1.0-py3-none-any.whl"
    info = "production_ml_workshop-0.1.0.dist-info"
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / name, "w") as wheel:
        wheel.writestr("production_ml_workshop.pth", str(pathlib.Path.cwd()))
        for file, text in (
            ("METADATA", "Metadata-Version: 2.1\\nName: production-ml-workshop\\nVersion: 0.1.0"),
            ("WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any"),
            ("RECORD", ""),
        ):
            wheel.writestr(f"{info}/{file}", text)
    return name
"""
_PYPROJECT = """
[build-system]
requires = []
build-backend = "tiny_backend"
backend-path = ["."]

[project]
name = "production-ml-workshop"
version = "0.1.0"
"""


class TinyClone:
    """The clone at `root`, its package index (a folder of wheels) and how to run commands in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.wheels = root.parent / "wheels"
        self.home = root.parent / "home"
        for folder in (root / "workshop", self.wheels, self.home):
            folder.mkdir(parents=True)
        for path in (ROOT / "workshop").rglob("*.py"):
            copy = root / path.relative_to(ROOT)
            copy.parent.mkdir(exist_ok=True, parents=True)
            copy.write_bytes(path.read_bytes())
        (root / "pyproject.toml").write_text(_PYPROJECT)
        (root / "tiny_backend.py").write_text(_BACKEND)
        course = self._pin("tiny-course", "tiny_course.py", "works = True\n")
        dev = self._pin("pytest", "pytest/__main__.py", _PYTEST)
        (root / "requirements.lock").write_text(course)
        (root / "requirements-dev.lock").write_text(course + dev)

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def environment(self, **changes: str) -> dict[str, str]:
        """Nothing of the caller's but the system's folders; packages from the wheels alone."""
        env = {
            "PATH": os.pathsep.join([str(Path(BARE_PYTHON).parent), "/usr/bin", "/bin"]),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
        }
        return {key: value for key, value in {**env, **changes}.items() if value}

    def run(
        self, *words: str, python: str = BARE_PYTHON, **changes: str
    ) -> subprocess.CompletedProcess[str]:
        """`python -m workshop <words>`, with changes to the environment ("" unsets)."""
        return subprocess.run(
            [python, "-m", "workshop", *words],
            cwd=self.root,
            env=self.environment(**changes),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def _pin(self, name: str, file: str, code: str) -> str:
        stem = f"{name.replace('-', '_')}-1.0"
        wheel = self.wheels / f"{stem}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(file, code)
            info = f"{stem}.dist-info"
            archive.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
            )
            archive.writestr(
                f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            archive.writestr(f"{info}/RECORD", "")
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        return f"{name}==1.0 \\\n    --hash=sha256:{digest}\n"


def assert_one_clear_sentence(done: subprocess.CompletedProcess[str], says: str) -> None:
    assert done.returncode not in (0, None)
    assert "Traceback" not in done.stderr
    reason, step = done.stderr.strip().splitlines()[-2:]
    assert reason.startswith("workshop: ")
    assert says in reason
    assert step.startswith("  Next: ")

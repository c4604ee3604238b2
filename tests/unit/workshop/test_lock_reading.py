"""Reading a lock and the packages on disk with nothing but the standard library."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from workshop.bootstrap_lock import applies, installed, markers_here, missing, required

ROOT = Path(__file__).resolve().parents[3]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def dist_info(folder: Path, name: str, version: str, *, whole: bool = True) -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    if whole:
        (info / "RECORD").write_text("")


def test_a_pin_for_another_system_does_not_apply() -> None:
    lock = (
        "a==1.0 \\\n    --hash=sha256:00\nb==2 ; sys_platform == 'plan9' \\\n    --hash=sha256:00\n"
    )
    assert required(lock) == {"a": "1.0"}


def test_versions_in_markers_compare_as_numbers() -> None:
    values = {**markers_here(), "python_full_version": "3.11.10"}
    assert applies("python_full_version >= '3.11.5'", values)
    assert not applies("python_full_version < '3.11.5'", values)
    assert applies("python_full_version >= '3.11' and python_full_version < '3.12'", values)


def test_a_marker_that_is_not_understood_is_refused() -> None:
    with pytest.raises(ValueError, match="not understood"):
        applies("platform_release in '5'", markers_here())


@pytest.mark.parametrize("name", LOCKS)
@pytest.mark.parametrize("version", ["3.11.2", "3.12.1", "3.13.0"])
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_markers_are_read_as_pip_reads_them(name: str, version: str, system: str) -> None:
    values = {
        **markers_here(),
        "python_full_version": version,
        "python_version": version[:4],
        "sys_platform": system,
        "os_name": "nt" if system == "win32" else "posix",
    }
    expected = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if re.match(r"\w", line):
            pin = Requirement(line.rstrip("\\ "))
            if pin.marker is None or pin.marker.evaluate(values):
                expected[canonicalize_name(pin.name)] = str(pin.specifier)[2:]
    assert required((ROOT / name).read_text(encoding="utf-8"), values) == expected


def test_a_package_counts_once_its_record_is_written(tmp_path: Path) -> None:
    dist_info(tmp_path, "Zope_Event", "6.2")
    dist_info(tmp_path, "half", "1.0", whole=False)
    assert installed([str(tmp_path)]) == {"zope-event": "6.2"}
    lock = "zope-event==6.2 \\\nhalf==1.0 \\\n"
    assert missing(lock, [str(tmp_path)]) == ["half==1.0"]


def test_another_version_counts_as_missing(tmp_path: Path) -> None:
    dist_info(tmp_path, "a", "1.0")
    assert missing("a==1.1\n", [str(tmp_path)]) == ["a==1.1"]


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="needs the project's environment")
def test_this_environment_is_as_the_development_lock_says() -> None:
    assert missing((ROOT / "requirements-dev.lock").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "workshop").glob("bootstrap*.py")), ids=lambda path: path.name
)
def test_what_runs_before_the_version_check_is_python_3_8(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
    assert tree.body


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py"])
def test_the_entry_point_is_python_3_8(name: str) -> None:
    ast.parse((ROOT / "workshop" / name).read_text(encoding="utf-8"), feature_version=(3, 8))

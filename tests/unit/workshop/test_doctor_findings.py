"""What `workshop doctor` finds, one trouble at a time."""

from __future__ import annotations

import argparse
import json
import shutil
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from workshop import doctor, doctor_checks
from workshop.bootstrap_paths import Clone
from workshop.lab_environment import lab_environment, without_proxy
from workshop.lab_ports import free_port, is_free

ROOT = Path(__file__).resolve().parents[3]


def test_a_taken_port_is_a_note_and_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_checks, "is_free", lambda port: port != 8888)
    finding = doctor_checks.ports(Clone(ROOT))
    assert finding.state == "note"
    assert "8888 (JupyterLab)" in finding.says


def test_a_proxy_that_catches_loopback_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret@proxy.example:3128")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    finding = doctor_checks.proxy(Clone(ROOT))
    assert finding.state == "note"
    assert finding.step.endswith("NO_PROXY=127.0.0.1,localhost")
    assert "secret" not in finding.says
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    assert doctor_checks.proxy(Clone(ROOT)).state == "ok"


def test_a_full_disk_is_wrong_only_before_the_set_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10_000_000))
    monkeypatch.setattr(doctor_checks, "find_prepared", lambda clone: None)
    assert doctor_checks.disk(Clone(tmp_path)).state == "wrong"
    monkeypatch.setattr(doctor_checks, "find_prepared", lambda clone: Path("python"))
    assert doctor_checks.disk(Clone(tmp_path)).state == "ok"


def test_a_python_without_venv_is_told_which_package_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor_checks, "can_make_venv", lambda: False)
    monkeypatch.setattr(doctor_checks, "find_uv", lambda: None)
    finding = doctor_checks.venv_module(Clone(ROOT))
    assert finding.state == "wrong"
    assert finding.step.startswith("sudo apt install python3.")


def test_a_half_made_environment_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(doctor_checks, "activated", lambda: False)
    finding = doctor_checks.packages(Clone(tmp_path))
    assert (finding.state, finding.says) == ("wrong", "half-made .venv")
    assert finding.step.endswith("workshop lab")


def test_missing_exercises_are_wrong(tmp_path: Path) -> None:
    assert doctor_checks.workspace(Clone(tmp_path)).state == "wrong"


def test_every_check_answers_on_this_machine() -> None:
    findings = [check(Clone(ROOT)) for check in doctor_checks.ALL_CHECKS]
    assert all(finding.state in {"ok", "note", "wrong"} for finding in findings)
    assert all(finding.step for finding in findings if finding.state == "wrong")


@pytest.mark.parametrize(("state", "code"), [("ok", 0), ("note", 0), ("wrong", 1)])
def test_the_exit_code_says_whether_something_is_wrong(
    state: str, code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = doctor_checks.Finding("disk", state, "says", "do this")
    monkeypatch.setattr(doctor, "ALL_CHECKS", (lambda clone: finding,))
    assert doctor.run(argparse.Namespace(json=True)) == code
    assert json.loads(capsys.readouterr().out)["ok"] is (code == 0)
    assert doctor.run(argparse.Namespace(json=False)) == code
    assert "Next: " in capsys.readouterr().out


def test_the_next_free_port_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert not is_free(taken)
        found = free_port(taken)
        assert found > taken
        assert free_port(taken, taken=frozenset({found})) > found


def test_no_proxy_keeps_what_was_set_and_adds_loopback() -> None:
    assert without_proxy({}) == "127.0.0.1,localhost"
    assert without_proxy({"no_proxy": "corp.example, localhost"}) == (
        "corp.example,localhost,127.0.0.1"
    )


def test_notebooks_know_the_mock_and_find_the_scripts(tmp_path: Path) -> None:
    env = lab_environment(
        Clone(tmp_path), "http://127.0.0.1:8107", {"PATH": "/usr/bin"}, instructor=False
    )
    assert env["OPENAI_BASE_URL"] == "http://127.0.0.1:8107/v1"
    assert env["MOCK_LLM_URL"] == "http://127.0.0.1:8107"
    assert env["OPENAI_API_KEY"]
    assert env["PATH"].endswith("/usr/bin")
    assert env["PATH"] != "/usr/bin"
    assert env["JUPYTER_CONFIG_DIR"].startswith(str(tmp_path))

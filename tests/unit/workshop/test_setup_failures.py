"""From an installer's output to a sentence and the next command."""

from __future__ import annotations

from pathlib import Path

import pytest

from workshop.bootstrap_failure import explain

PIP_OFFLINE = (
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...: "
    "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')'\n"
    "ERROR: Could not find a version that satisfies the requirement alembic==1.20.1\n"
    "ERROR: No matching distribution found for alembic==1.20.1\n"
)
UV_OFFLINE = (
    "error: Failed to fetch: `https://pypi.example/simple/alembic/`\n  Caused by: dns error: "
    "failed to lookup address information\n"
)
CASES = {
    "pip offline": (PIP_OFFLINE, "cannot be reached", "connect and"),
    "uv offline": (UV_OFFLINE, "cannot be reached", "connect and"),
    "disk": ("ERROR: [Errno 28] No space left on device", "disk is full", "free some space"),
    "certificate": ("SSLError(CERTIFICATE_VERIFY_FAILED)", "certificate", "SSL_CERT_FILE"),
    "hash": (
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
        "hash differs",
        "cache purge",
    ),
    "absent": ("ERROR: No matching distribution found for wordllama==0.4", "wordllama", "doctor"),
    "build": ("error: metadata-generation-failed", "could not be built", "doctor"),
    "permission": ("[Errno 13] Permission denied: '/x'", "no permission", "writable"),
    "unknown": ("some\nlast words\n\n", "last words", "setup.log"),
    "silent": ("", "gave no reason", "setup.log"),
}


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("case", CASES)
def test_what_went_wrong_is_said_with_what_to_do(case: str, tmp_path: Path) -> None:
    output, reason, step = CASES[case]
    stop = explain(output, "lab", tmp_path / ".workshop" / "logs" / "setup.log")
    assert reason in stop.reason
    assert step in stop.next_step
    assert stop.code != 0
    assert "\n" not in stop.reason


def test_a_proxy_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy.example:3128")
    stop = explain(PIP_OFFLINE, "lab", tmp_path / "setup.log")
    assert "proxy.example:3128 (HTTPS_PROXY)" in stop.reason
    assert "unset HTTPS_PROXY" in stop.next_step
    assert "secret" not in stop.reason + stop.next_step

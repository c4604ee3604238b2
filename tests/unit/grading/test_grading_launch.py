"""What a process of the engine finds in its environment."""

from __future__ import annotations

import pytest

from workshop.grading.launch import REDIS_VARIABLE, clean_environment


def test_tokens_and_settings_of_a_session_stay_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "JUPYTER_TOKEN", "PYTEST_ADDOPTS", "PYTHONPATH", REDIS_VARIABLE):
        monkeypatch.setenv(name, "from-the-session")
    assert "from-the-session" not in clean_environment("worker").values()
    assert clean_environment("tests")[REDIS_VARIABLE] == "from-the-session"
    assert "PATH" in clean_environment("worker")


def test_loopback_never_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    found = clean_environment("worker")
    assert found["NO_PROXY"] == "*"
    assert "HTTP_PROXY" not in found

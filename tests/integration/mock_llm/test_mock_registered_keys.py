"""A server that others reach: only registered keys lead to labs, and nobody holds it up."""

import socket

import httpx2
import pytest

from mock_llm import MockLLM
from mock_llm.app import Application
from mock_llm.server import MockLLM as Server

TOKEN = "only-mine"  # noqa: S105
CHAT = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": "hi"}]}


class Registered(Server):
    """A mock that knows two labs, one of them by two keys."""

    def __init__(self):
        super().__init__("instant", admin_token=TOKEN)
        self.app = Application(
            scenario="instant",
            admin_token=TOKEN,
            registered_only=True,
            keys=[["sk-ann"], ["sk-bob-1", "sk-bob-2"]],
        )


@pytest.fixture
def server():
    with Registered() as running:
        yield running


@pytest.fixture
def ask(server):
    with httpx2.Client(base_url=server.url, trust_env=False) as http:

        def ask(key, path="/v1/chat/completions", **more):
            own = {"Authorization": f"Bearer {key}"} if key else {}
            headers = own | more.pop("headers", {})
            return http.post(path, headers=headers, json=more.pop("json", CHAT))

        yield ask


def test_a_key_that_is_not_registered_gets_the_providers_401(ask):
    refused = ask("sk-eve")
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "invalid_api_key"
    assert "sk-eve" in refused.json()["error"]["message"]
    own = {"x-api-key": "sk-eve", "anthropic-version": "2023-06-01"}
    claude = ask("", "/v1/messages", headers=own)
    assert claude.status_code == 401
    assert claude.json()["error"]["type"] == "authentication_error"


def test_keys_that_stand_together_lead_to_one_lab_and_each_is_billed_by_name(server, ask):
    for key in ("sk-ann", "sk-bob-1", "sk-bob-2", "sk-bob-2"):
        assert ask(key).status_code == 200
    bob = server.lab("sk-bob-1")
    assert bob is server.lab("sk-bob-2")
    assert [entry.key for entry in bob.journal()] == ["sk-bob-1", "sk-bob-2", "sk-bob-2"]
    by_key = bob.ledger().by("key")
    assert by_key["sk-bob-2"] > by_key["sk-bob-1"] > 0
    assert len(server.lab("sk-ann").journal()) == 1


def test_an_administrator_registers_keys_and_nobody_else_does(ask):
    keys = [["sk-eve", "sk-eve-2"]]
    assert ask("sk-ann", "/_mock/keys", json=keys).status_code == 401
    token = {"X-Admin-Token": TOKEN}
    made = ask("sk-ann", "/_mock/keys", json=keys, headers=token)
    assert (made.status_code, made.json()) == (201, {"registered": 2, "labs": 3})
    assert ask("sk-eve-2").status_code == 200
    wrong = ask("sk-ann", "/_mock/keys", json=[["a b"]], headers=token)
    assert (wrong.status_code, "is no key" in wrong.text) == (422, True)


def test_where_nothing_is_registered_any_key_opens_a_lab():
    with MockLLM("instant") as mock, httpx2.Client(base_url=mock.url, trust_env=False) as http:
        reply = http.post(
            "/v1/chat/completions", headers={"Authorization": "Bearer new"}, json=CHAT
        )
        assert reply.status_code == 200


def test_in_python_the_keys_are_those_that_lab_was_called_with():
    with MockLLM("instant", registered_only=True) as mock, httpx2.Client(trust_env=False) as http:
        mock.lab("sk-ann")
        for key, status in (("sk-ann", 200), ("sk-elsewhere", 401)):
            headers = {"Authorization": f"Bearer {key}"}
            reply = http.post(f"{mock.base_url}/chat/completions", json=CHAT, headers=headers)
            assert reply.status_code == status


def test_one_lab_cannot_hold_more_than_its_share_of_connections(mock, lab, raw, monkeypatch):
    monkeypatch.setattr("mock_llm.wire.session.MOST_UNDERWAY", 0)
    lab.add_fault("server_error", times=0)
    refused = raw.post("/v1/chat/completions", json={**CHAT, "n": 2})
    assert refused.status_code == 429
    assert "Too many requests of this key are open" in refused.json()["error"]["message"]


HALF = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"


@pytest.mark.parametrize("begun", [b"", HALF[:9], HALF])
def test_who_begins_a_request_and_says_nothing_more_is_cut_off(monkeypatch, begun):
    monkeypatch.setattr("mock_llm.protocol.PATIENCE_S", 0.3)
    with MockLLM("instant") as mock:
        host, port = mock.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as silent:
            silent.sendall(begun)
            while silent.recv(1000):
                pass


def test_who_waits_for_a_reply_is_not_cut_off(monkeypatch):
    monkeypatch.setattr("mock_llm.protocol.PATIENCE_S", 0.2)
    with MockLLM("instant") as mock, httpx2.Client(base_url=mock.url, trust_env=False) as http:
        mock.lab("sk-1").set_latency(ttft_s=0.7)
        headers = {"Authorization": "Bearer sk-1"}
        assert http.post("/v1/chat/completions", headers=headers, json=CHAT).status_code == 200

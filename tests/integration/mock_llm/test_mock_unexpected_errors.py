"""A bug, a full disk: the client gets the provider's 500, and nothing stays under way for ever."""

import sqlite3

import httpx
import orjson
import pytest

from mock_llm import MockLLM
from mock_llm.app import Application
from mock_llm.evidence.journal import Journal

CHAT = "/v1/chat/completions"
BODY = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": "hi"}]}
# What a request has nothing to do with.
UNTOUCHED = {("a list", "count"), ("a list", "price"), ("anthropic", "duration")}
CLAUDE = {"model": "claude-haiku-5-5", "max_tokens": 9, "messages": BODY["messages"]}


def broken(*arguments, **named):
    raise OverflowError("out of the calendar")


def assert_is_the_providers(reply):
    assert reply.status_code == 500
    error = reply.json()["error"]
    assert error["type"] in ("server_error", "api_error")
    assert "mock_llm has a bug" in error["message"]


@pytest.fixture(params=["the short way", "a stream", "the long way", "anthropic", "a list"])
def request_of(request, raw, lab):
    """Sends one request of a kind, and gives its reply."""

    def send():
        match request.param:
            case "the short way":
                return raw.post(CHAT, json=BODY)
            case "a stream":
                return raw.post(CHAT, json=BODY | {"stream": True})
            case "the long way":
                return raw.post(CHAT, json=BODY, headers={"X-Mock-Fault": "none"})
            case "anthropic":
                headers = {"x-api-key": lab.api_key, "anthropic-version": "2023-06-01"}
                return raw.post("/v1/messages", json=CLAUDE, headers=headers)
            case _:
                return raw.get("/v1/models")

    return request.param, send


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("mock_llm.lab.Lab", "count"),
        ("mock_llm.evidence.records.Records", "write"),
        ("mock_llm.evidence.visit.Visit", "price"),
        ("mock_llm.evidence.tally.Tally", "add"),
        ("mock_llm.wire.openai.limits", "duration"),
    ],
)
def test_an_unexpected_error_is_the_providers_500_and_over(
    request_of, lab, monkeypatch, owner, name
):
    sends, send = request_of
    with monkeypatch.context() as patch:
        patch.setattr(f"{owner}.{name}", broken)
        reply = send()
        if "text/event-stream" in reply.headers["content-type"]:
            assert "mock_llm has a bug" in reply.text
        elif (sends, name) not in UNTOUCHED:
            assert_is_the_providers(reply)
    assert lab.underway == 0
    assert lab.wait_until_idle(0.5)
    lab.reset()
    assert send().status_code == 200


BATCHES = {
    "/v1/messages/batches": {"requests": [{"custom_id": "a", "params": CLAUDE}]},
    "/v1/batches": {"endpoint": CHAT, "completion_window": "24h"},
}


@pytest.mark.parametrize("path", BATCHES)
def test_a_bug_in_a_batch_ends_one_line_of_it(raw, lab, monkeypatch, path):
    raw.headers["anthropic-version"] = "2023-06-01"
    body = dict(BATCHES[path])
    if path == "/v1/batches":
        del raw.headers["anthropic-version"]
        line = {"custom_id": "a", "method": "POST", "url": CHAT, "body": BODY}
        files = {"file": ("in.jsonl", orjson.dumps(line))}
        file = raw.post("/v1/files", files=files, data={"purpose": "batch"})
        body["input_file_id"] = file.json()["id"]
    id = raw.post(path, json=body).json()["id"]
    monkeypatch.setattr("mock_llm.engine.run", broken)
    lab.advance_clock(7_200)
    done = raw.get(f"{path}/{id}").json()
    if path == "/v1/batches":
        assert done["request_counts"]["failed"] == 1
        said = raw.get(f"/v1/files/{done['error_file_id']}/content").text
    else:
        assert done["request_counts"]["errored"] == 1
        said = raw.get(f"{path}/{id}/results").text
    assert "mock_llm has a bug" in said
    assert (lab.underway, lab.journal()[-1].status) == (0, 200)
    assert [entry.status for entry in lab.journal() if entry.batch] == [500]


@pytest.mark.parametrize("name", ["records.Records.write", "tally.Tally.add"])
def test_a_batch_that_cannot_be_written_down_is_over_too(raw, lab, monkeypatch, name):
    raw.headers["anthropic-version"] = "2023-06-01"
    path = "/v1/messages/batches"
    lab.set_latency(ttft_s=0.001)
    id = raw.post(path, json=BATCHES[path]).json()["id"]
    with monkeypatch.context() as patch:
        patch.setattr(f"mock_llm.evidence.{name}", broken)
        lab.advance_clock(7_200)
    assert raw.get(f"{path}/{id}").json()["request_counts"]["errored"] == 1
    assert lab.underway == 0


def test_a_disk_that_is_full_is_said_and_over(tmp_path, monkeypatch):
    with MockLLM("instant", journal=tmp_path / "requests.sqlite") as mock:
        lab = mock.lab("sk-a")

        def full(*arguments):
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr("mock_llm.evidence.disk.DiskJournal.write", full)
        headers = {"Authorization": "Bearer sk-a"}
        with httpx.Client(base_url=mock.url, headers=headers, trust_env=False) as http:
            reply = http.post(CHAT, json=BODY)
            assert_is_the_providers(reply)
            assert "disk is full" in reply.json()["error"]["message"]
        assert lab.underway == 0


def test_a_bug_in_an_admin_call_or_on_the_dashboard_has_a_body_too(raw, monkeypatch):
    monkeypatch.setattr("mock_llm.lab.Lab.ledger", broken)
    monkeypatch.setattr("mock_llm.dashboard.room.Room.feed", broken)
    monkeypatch.setattr("mock_llm.evidence.metrics.exposition", broken)
    for path in ("/_mock/ledger", "/_mock/room", "/metrics"):
        assert_is_the_providers(raw.get(path))


@pytest.mark.anyio
async def test_a_bug_has_a_body_without_a_port_too(monkeypatch):
    app = Application(scenario="instant")
    monkeypatch.setattr(Journal, "write", broken)
    monkeypatch.setattr("mock_llm.lab.Lab.ledger", broken)
    headers = {"Authorization": "Bearer sk-a"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://mock", headers=headers
    ) as http:
        assert_is_the_providers(await http.post(CHAT, json=BODY))
        assert_is_the_providers(await http.get("/_mock/ledger"))
    assert app.labs.open("sk-a").underway == 0


def test_a_lab_that_cannot_be_opened_is_a_bug_with_a_body(mock, raw, monkeypatch):
    monkeypatch.setattr("mock_llm.labs.Labs.open", broken)
    raw.headers["Authorization"] = "Bearer sk-never-seen"
    assert_is_the_providers(raw.post(CHAT, json=BODY))
    assert_is_the_providers(raw.get("/_mock/lab"))

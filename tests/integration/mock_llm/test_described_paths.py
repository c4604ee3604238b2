"""What `/_mock/openapi.json` lists under /v1 is what the server answers, and all of it."""

import json

import pytest

from mock_llm.injected.fault_kinds import ENDPOINTS

LUNA, HAIKU = "gpt-6-luna", "claude-haiku-5-5"
CHAT = {"model": LUNA, "messages": [{"role": "user", "content": "Hi"}]}
MESSAGE = {"model": HAIKU, "max_tokens": 9, "messages": CHAT["messages"]}
ANTHROPIC = {"anthropic-version": "2023-06-01"}
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def described(raw):
    paths = raw.get("/_mock/openapi.json").json()["paths"]
    return {path: calls for path, calls in paths.items() if not path.startswith("/_mock/")}


@pytest.fixture
def made(raw, lab):
    """Makes something under a path, to be asked about; gives its id."""

    def made(path):
        if path.startswith("/v1/models"):
            return LUNA
        if path.startswith("/v1/chat"):
            return raw.post("/v1/chat/completions", json=CHAT | {"store": True}).json()["id"]
        if path.startswith("/v1/responses"):
            asked = {"model": LUNA, "input": "Hi", "background": path.endswith("cancel")}
            return raw.post("/v1/responses", json=asked).json()["id"]
        if path.startswith("/v1/messages"):
            asked = {"requests": [{"custom_id": "a", "params": MESSAGE}]}
            return raw.post("/v1/messages/batches", json=asked, headers=ANTHROPIC).json()["id"]
        line = {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": CHAT}
        files = {"file": ("in.jsonl", json.dumps(line).encode())}
        file = raw.post("/v1/files", files=files, data={"purpose": "batch"}).json()["id"]
        if path.startswith("/v1/files"):
            return file
        asked = {"endpoint": line["url"], "completion_window": "24h", "input_file_id": file}
        return raw.post("/v1/batches", json=asked).json()["id"]

    return made


def headers_of(provider):
    return ANTHROPIC if provider == "Anthropic" else {}


def test_every_path_that_is_described_is_answered(raw, described, made):
    count = 0
    for path, calls in described.items():
        for method, call in calls.items():
            for provider in call["tags"]:
                id = made(path) if "{id}" in path else ""
                if (path, provider) == ("/v1/models/{id}", "Anthropic"):
                    id = HAIKU
                at = path.replace("{id}", id)
                body = {} if method == "post" else None
                reply = raw.request(method, at, json=body, headers=headers_of(provider))
                assert reply.status_code not in (404, 405), (method, path, provider, reply.text)
                assert call["summary"].endswith(".")
                count += 1
    assert count == 38


def test_nothing_else_is_answered(raw, described):
    for path, calls in described.items():
        for method in METHODS - set(calls):
            providers = {tag for call in calls.values() for tag in call["tags"]}
            for provider in providers:
                at = path.replace("{id}", "x")
                reply = raw.request(method, at, headers=headers_of(provider))
                assert reply.status_code in (404, 405), (method, path, provider, reply.text)


def test_every_endpoint_and_both_providers_are_described(described):
    assert set(ENDPOINTS) <= set(described)
    tags = [tag for calls in described.values() for call in calls.values() for tag in call["tags"]]
    assert set(tags) == {"OpenAI", "Anthropic"}
    shared = described["/v1/models"]["get"]["tags"]
    assert shared == ["OpenAI", "Anthropic"]

"""Requests that are refused, in OpenAI's own format."""

import openai
import pytest
from provider_headers import assert_openais

INSTRUCT = "gpt-3.5-turbo-instruct"
HI = [{"role": "user", "content": "hi"}]
CHAT = {"model": "gpt-6-luna", "messages": HI}


def error_of(reply):
    body = reply.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert body["error"]["message"]
    assert reply.headers["content-type"] == "application/json"
    assert_openais(reply)
    return body["error"]


@pytest.mark.parametrize(
    ("path", "change", "param", "code"),
    [
        ("chat/completions", {"model": None}, "model", "missing_required_parameter"),
        ("chat/completions", {"model": 3}, "model", "invalid_type"),
        ("chat/completions", {"messages": None}, "messages", "missing_required_parameter"),
        ("chat/completions", {"messages": "hi"}, "messages", "invalid_type"),
        ("chat/completions", {"messages": []}, "messages", "invalid_value"),
        ("chat/completions", {"messages": ["hi"]}, "messages[0]", "invalid_type"),
        (
            "chat/completions",
            {"messages": [{"content": "hi"}]},
            "messages[0].role",
            "missing_required_parameter",
        ),
        (
            "chat/completions",
            {"messages": [{"role": "king", "content": "hi"}]},
            "messages[0].role",
            "invalid_value",
        ),
        (
            "chat/completions",
            {"messages": [{"role": [], "content": "hi"}]},
            "messages[0].role",
            "invalid_type",
        ),
        (
            "chat/completions",
            {"messages": [*HI, {"role": "user", "content": 5}]},
            "messages[1].content",
            "invalid_type",
        ),
        (
            "chat/completions",
            {"messages": [{"role": "user", "content": [{"type": "text", "text": 1}]}]},
            "messages[0].content[0].text",
            "invalid_type",
        ),
        ("chat/completions", {"max_tokens": "many"}, "max_tokens", "invalid_type"),
        ("chat/completions", {"max_tokens": 0}, "max_tokens", "integer_below_min_value"),
        ("chat/completions", {"max_tokens": 10**6}, "max_tokens", "invalid_value"),
        ("chat/completions", {"max_tokens": True}, "max_tokens", "invalid_type"),
        ("chat/completions", {"n": 0}, "n", "integer_below_min_value"),
        ("chat/completions", {"n": 1000}, "n", "integer_above_max_value"),
        ("chat/completions", {"temperature": 3}, "temperature", "decimal_above_max_value"),
        ("chat/completions", {"temperature": "warm"}, "temperature", "invalid_type"),
        ("chat/completions", {"seed": 1.5}, "seed", "invalid_type"),
        ("chat/completions", {"stream": "yes"}, "stream", "invalid_type"),
        ("chat/completions", {"stop": 5}, "stop", "invalid_type"),
        ("chat/completions", {"stop": list("abcde")}, "stop", "invalid_value"),
        ("chat/completions", {"user": 5}, "user", "invalid_type"),
        ("chat/completions", {"metadata": "x"}, "metadata", "invalid_type"),
        ("chat/completions", {"stream_options": {}, "tools": 1}, "tools", "invalid_type"),
        (
            "chat/completions",
            {"stream_options": {"include_usage": True}},
            "stream_options",
            "invalid_value",
        ),
        ("chat/completions", {"tools": ["x"]}, "tools[0]", "invalid_type"),
        (
            "chat/completions",
            {"tools": [{"type": "function"}]},
            "tools[0].function.name",
            "missing_required_parameter",
        ),
        ("chat/completions", {"tool_choice": "required"}, "tool_choice", "invalid_value"),
        (
            "chat/completions",
            {"response_format": {"type": "xml"}},
            "response_format.type",
            "invalid_value",
        ),
        (
            "chat/completions",
            {"response_format": {"type": "json_object"}},
            "messages",
            "invalid_value",
        ),
        (
            "chat/completions",
            {"response_format": {"type": "json_schema"}},
            "response_format.json_schema.name",
            "missing_required_parameter",
        ),
        (
            "completions",
            {"model": INSTRUCT},
            "prompt",
            "missing_required_parameter",
        ),
        ("completions", {"model": INSTRUCT, "prompt": 5}, "prompt", "invalid_type"),
        (
            "completions",
            {"model": INSTRUCT, "prompt": []},
            "prompt",
            "invalid_value",
        ),
        ("embeddings", {"model": "text-embedding-3-small"}, "input", "missing_required_parameter"),
        (
            "embeddings",
            {"model": "text-embedding-3-small", "input": ["a", {}]},
            "input[1]",
            "invalid_type",
        ),
        (
            "embeddings",
            {"model": "text-embedding-3-small", "input": [""]},
            "input[0]",
            "invalid_value",
        ),
        (
            "embeddings",
            {"model": "text-embedding-3-small", "input": "a", "dimensions": 10**5},
            "dimensions",
            "invalid_value",
        ),
        (
            "embeddings",
            {"model": "text-embedding-3-small", "input": "a", "encoding_format": "hex"},
            "encoding_format",
            "invalid_value",
        ),
    ],
)
def test_a_wrong_request_gets_the_providers_400(raw, lab, path, change, param, code):
    body = {key: value for key, value in (CHAT | change).items() if value is not None}
    reply = raw.post(f"/v1/{path}", json=body)
    assert reply.status_code == 400, reply.text
    error = error_of(reply)
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)
    (entry,) = lab.journal()
    assert (entry.status, entry.outcome, entry.fault) == (400, "error", None)
    assert entry.cost_nanodollars == 0


def test_unknown_parameters_pass(raw):
    reply = raw.post("/v1/chat/completions", json=CHAT | {"from_the_future": {"x": [1]}})
    assert reply.status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"nonsense", b"[]", b"5", b"\xff\xfe", b"[" * 100_000, b'{"a":NaN}']
)
def test_a_body_that_is_no_json_object_gets_400(raw, body):
    reply = raw.post("/v1/chat/completions", content=body)
    assert reply.status_code == 400
    assert error_of(reply)["code"] is None


def test_an_unknown_model_gets_404(raw, client, lab):
    reply = raw.post("/v1/chat/completions", json=CHAT | {"model": "gpt-9"})
    assert reply.status_code == 404
    error = error_of(reply)
    assert (error["param"], error["code"]) == ("model", "model_not_found")
    with pytest.raises(openai.NotFoundError, match="`gpt-9` does not exist"):
        client.models.retrieve("gpt-9")
    assert [entry.model for entry in lab.journal()] == [None, None]


def test_a_chat_model_is_not_a_completions_model(client, ask):
    with pytest.raises(openai.NotFoundError, match=r"Did you mean to use v1/chat/completions\?"):
        client.completions.create(model="gpt-4", prompt="Recommend products for: a hiking trip")
    with pytest.raises(openai.NotFoundError, match=r"Did you mean to use v1/embeddings\?"):
        ask(model="text-embedding-3-small")


def test_an_unknown_path_gets_404_and_a_wrong_method_405(raw, lab):
    reply = raw.post("/v1/chat/completionz", json=CHAT)
    assert reply.status_code == 404
    assert error_of(reply)["code"] == "unknown_url"
    reply = raw.get("/v1/completions")
    assert reply.status_code == 405
    assert reply.headers["allow"] == "POST"
    error_of(reply)
    assert raw.delete("/v1/models").status_code == 405
    assert [entry.status for entry in lab.journal()] == [404, 405, 405]


@pytest.mark.parametrize("header", [None, "Basic abc", "Bearer", "sk-naked"])
def test_without_a_key_there_is_401(raw, mock, header):
    headers = {} if header is None else {"Authorization": header}
    raw.headers.pop("Authorization")
    reply = raw.post("/v1/chat/completions", json=CHAT, headers=headers)
    assert reply.status_code == 401
    assert error_of(reply)["code"] == "invalid_api_key"


def test_requests_without_a_key_stand_in_a_journal_too(mock, raw):
    nobodys = mock.app.labs.open("")
    before = len(nobodys.journal())
    raw.headers.pop("Authorization")
    raw.get("/v1/models")
    assert len(nobodys.journal()) == before + 1


def test_a_prompt_beyond_the_window_gets_context_length_exceeded(ask, lab):
    with pytest.raises(openai.BadRequestError) as caught:
        ask("word " * 9000, model="gpt-4")
    assert caught.value.code == "context_length_exceeded"
    with pytest.raises(openai.BadRequestError) as caught:
        ask("word " * 4000, model="gpt-4", max_tokens=8000)
    assert caught.value.code == "context_length_exceeded"
    assert ask("word " * 4000, model="gpt-4").choices
    assert [entry.status for entry in lab.journal()] == [400, 400, 200]


def test_an_input_beyond_the_window_is_not_embedded(client):
    with pytest.raises(openai.BadRequestError) as caught:
        client.embeddings.create(model="text-embedding-3-small", input="word " * 9000)
    assert caught.value.code == "context_length_exceeded"


def test_a_body_that_is_too_large_gets_413(raw, lab):
    reply = raw.post("/v1/chat/completions", content=b" " * (16 * 1024 * 1024 + 1))
    assert reply.status_code == 413
    error_of(reply)

    def in_chunks():
        for _ in range(20):
            yield b" " * 1024 * 1024

    try:
        assert raw.post("/v1/chat/completions", content=in_chunks()).status_code == 413
    except Exception as error:  # the connection may be closed while the rest is being sent
        assert "TransportError" in str(type(error).__mro__)  # noqa: PT017
    assert lab.wait_until_idle()
    assert [entry.status for entry in lab.journal()] == [413, 413]


def test_an_absurdly_long_key_is_refused(raw):
    raw.headers["Authorization"] = "Bearer " + "k" * 600
    assert error_of(raw.get("/v1/models"))["code"] == "invalid_api_key"


def test_a_schema_that_nothing_satisfies_is_the_callers_mistake(raw):
    endless = {"type": "object", "properties": {"c": {"$ref": "#/$defs/n"}}, "required": ["c"]}
    schema = {"$ref": "#/$defs/n", "$defs": {"n": endless}}
    asked = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    reply = raw.post("/v1/chat/completions", json=CHAT | {"response_format": asked})
    assert reply.status_code == 400
    assert error_of(reply)["param"] == "response_format"


@pytest.mark.parametrize(
    ("path", "body", "job", "begins"),
    [
        ("/v1/chat/completions", CHAT, "chat.ChatJob", b'data: {"error":{"message":"mock_llm has'),
        (
            "/v1/responses",
            {"model": "gpt-6-luna", "input": "hi"},
            "responses.ResponseJob",
            b'event: error\ndata: {"type":"error","sequence_number":',
        ),
    ],
)
def test_a_bug_after_a_stream_has_begun_ends_it_in_an_error_event(
    lab, raw, monkeypatch, caplog, path, body, job, begins
):
    def broken(job, visit, result):
        yield 0, b": it begins\n\n"
        raise ZeroDivisionError("a test's")

    monkeypatch.setattr(f"mock_llm.wire.openai.{job}.events", broken)
    lab.set_latency(ttft_s=0.001)  # so that it takes the long way
    reply = raw.post(path, json=body | {"stream": True})
    assert reply.status_code == 200
    assert reply.content.removeprefix(b": it begins\n\n").startswith(begins)
    assert "a bug in mock_llm" in caplog.text
    assert [(entry.outcome, entry.status) for entry in lab.journal()] == [("error", 200)]

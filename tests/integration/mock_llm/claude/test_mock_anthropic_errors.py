"""Requests that are refused, in Anthropic's own format."""

import json

import anthropic
import pytest
from provider_headers import assert_anthropics

from mock_llm.bounded_json import DEEPEST

HI = [{"role": "user", "content": "hi"}]
BODY = {"model": "claude-opus-5-5", "max_tokens": 99, "messages": HI}
TOOL = {"name": "look", "input_schema": {"type": "object"}}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
NODE = {"type": "object", "properties": {"c": {"$ref": "#/$defs/n"}}, "required": ["c"]}
ENDLESS = {**NODE, "$defs": {"n": NODE}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "x"}


def error_of(reply):
    body = reply.json()
    assert set(body) == {"type", "error", "request_id"}
    assert body["type"] == "error"
    assert set(body["error"]) == {"type", "message"}
    assert body["error"]["message"]
    assert body["request_id"] == reply.headers["request-id"]
    assert reply.headers["content-type"] == "application/json"
    assert_anthropics(reply)
    if reply.status_code != 413:  # a type that the SDK knows by status only
        anthropic.types.ErrorResponse.model_validate(body)
    return body["error"]


def user(*blocks):
    return {"messages": [{"role": "user", "content": list(blocks)}]}


def block(kind, **more):
    return user({"type": kind, **more})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": None}, "model: Field required"),
        ({"model": 3}, "model: Input should be a valid string"),
        ({"max_tokens": None}, "max_tokens: Field required"),
        ({"max_tokens": "many"}, "max_tokens: Input should be a valid integer"),
        ({"max_tokens": True}, "max_tokens: Input should be a valid integer"),
        ({"max_tokens": 1.5}, "max_tokens: Input should be a valid integer"),
        ({"max_tokens": -1}, "max_tokens: Input should be greater than or equal to 0"),
        ({"max_tokens": 200_000}, "max_tokens: 200000 > 128000"),
        ({"messages": None}, "messages: Field required"),
        ({"messages": "hi"}, "messages: Input should be a valid list"),
        ({"messages": []}, "messages: at least one message is required"),
        ({"messages": ["hi"]}, "messages.0: Input should be a valid dictionary"),
        ({"messages": [{"content": "hi"}]}, "messages.0.role: Field required"),
        ({"messages": [{"role": "king", "content": "hi"}]}, "messages.0.role: Input should be"),
        ({"messages": [{"role": [], "content": "hi"}]}, "messages.0.role: Input should be"),
        ({"messages": [{"role": "user"}]}, "messages.0.content: Field required"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages.0.content: Input should be"),
        ({"messages": [{"role": "user", "content": ""}]}, "must have non-empty content"),
        ({"messages": [{"role": "user", "content": []}]}, "must have non-empty content"),
        (user("hi"), "messages.0.content.0: Input should be a valid dictionary"),
        (user({}), "messages.0.content.0.type: Field required"),
        (block("song"), "Input tag 'song' found using 'type' does not match any of the expected"),
        (block(["text"]), "Input tag '['text']' found using 'type'"),
        (block("text"), "messages.0.content.0.text.text: Field required"),
        (block("text", text=1), "messages.0.content.0.text.text: Input should be a valid string"),
        (block("text", text=""), "text content blocks must be non-empty"),
        (block("tool_use", id="a", name="b", input={}), "can only be in `assistant` messages"),
        (block("tool_result"), "messages.0.content.0.tool_result.tool_use_id: Field required"),
        (user(RESULT), "unexpected `tool_use_id` found in `tool_result` blocks: toolu_1"),
        (block("image"), "messages.0.content.0.image.source: Field required"),
        (block("image", source={"type": "base64"}), "base64.media_type: Field required"),
        (
            block("image", source={"type": "base64", "media_type": "image/tiff", "data": ""}),
            "base64.media_type: Input should be 'image/jpeg'",
        ),
        (
            block("image", source={"type": "base64", "media_type": "image/png", "data": "eHk="}),
            "Could not process image",
        ),
        (
            block("image", source={"type": "base64", "media_type": "image/png", "data": "é?"}),
            "invalid base64 data",
        ),
        (
            block("document", source={"type": "base64", "data": "eHk="}),
            "The PDF specified was not valid.",
        ),
        (
            {"messages": [*HI, {"role": "assistant", "content": "The"}]},
            "This model does not support assistant message prefill.",
        ),
        (
            {"messages": [*HI, {"role": "assistant", "content": [CALL]}, *HI]},
            "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after",
        ),
        ({"system": 5}, "system: Input should be a valid string or list"),
        ({"system": [{"type": "image"}]}, "system.0: Input tag 'image'"),
        ({"stream": "yes"}, "stream: Input should be a valid boolean"),
        ({"temperature": "warm"}, "temperature: Input should be a valid number"),
        ({"temperature": 3}, "temperature: range: 0..1"),
        ({"temperature": 0.5}, "`temperature` is deprecated for this model."),
        ({"top_p": 0.5}, "`top_p` is deprecated for this model."),
        ({"top_p": 2}, "top_p: range: 0..1"),
        ({"top_k": 5}, "`top_k` is deprecated for this model."),
        ({"top_k": "five"}, "top_k: Input should be a valid integer"),
        ({"stop_sequences": "x"}, "stop_sequences: Input should be a valid list"),
        ({"stop_sequences": [1]}, "stop_sequences.0: Input should be a valid string"),
        ({"stop_sequences": [" "]}, "each stop sequence must contain non-whitespace"),
        ({"metadata": "x"}, "metadata: Input should be a valid dictionary"),
        ({"metadata": {"user_id": 5}}, "metadata.user_id: Input should be a valid string"),
        ({"service_tier": "gold"}, "service_tier: Input should be 'auto' or 'standard_only'"),
        ({"tools": 1}, "tools: Input should be a valid list"),
        ({"tools": ["x"]}, "tools.0: Input should be a valid dictionary"),
        ({"tools": [{"name": "x"}]}, "tools.0.custom.input_schema: Field required"),
        ({"tools": [{"input_schema": {"type": "object"}}]}, "tools.0.custom.name: Field required"),
        ({"tools": [{"name": "x", "input_schema": {}}]}, "input_schema.type: Input should be"),
        ({"tools": [TOOL, TOOL]}, "tools: Tool names must be unique."),
        ({"tool_choice": "auto"}, "tool_choice: Input should be a valid dictionary"),
        ({"tool_choice": {"type": "some"}}, "tool_choice: Input tag 'some'"),
        (
            {"model": "claude-haiku-5-5", "tool_choice": {"type": "any"}},
            "tool_choice may only be specified while providing tools.",
        ),
        (
            {
                "model": "claude-haiku-5-5",
                "tools": [TOOL],
                "tool_choice": {"type": "tool", "name": "find"},
            },
            "Tool 'find' not found in provided tools",
        ),
        ({"thinking": True}, "thinking: Input should be a valid dictionary"),
        ({"thinking": {"type": "enabled"}}, "thinking.enabled.budget_tokens: Field required"),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 5}},
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        ),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 2000}},
            "`max_tokens` must be greater than `thinking.budget_tokens`.",
        ),
        (
            {"max_tokens": 3000, "thinking": {"type": "enabled", "budget_tokens": 2000}},
            '"thinking.type.enabled" is not supported for this model.',
        ),
        ({"thinking": {"type": "disabled"}}, '"thinking.type.disabled" is not supported'),
        (
            {
                "model": "claude-haiku-5-5",
                "thinking": {"type": "disabled"},
                "output_config": {"effort": "max"},
            },
            "output_config.effort 'max' is not supported when thinking is disabled",
        ),
        ({"output_config": {"effort": "huge"}}, "output_config.effort: Input should be 'low'"),
        ({"output_config": {"format": {"type": "xml"}}}, "output_config.format: Input tag 'xml'"),
        (
            {"output_config": {"format": {"type": "json_schema"}}},
            "output_config.format.schema: Field required",
        ),
        ({"cache_control": {"type": "forever"}}, "cache_control: Input tag 'forever'"),
    ],
)
def test_a_wrong_request_gets_the_providers_400(plain, lab, change, message):
    body = {key: value for key, value in (BODY | change).items() if value is not None}
    reply = plain.post("/v1/messages", json=body)
    assert reply.status_code == 400, reply.text
    error = error_of(reply)
    assert error["type"] == "invalid_request_error"
    assert message in error["message"]
    (entry,) = lab.journal()
    assert (entry.status, entry.outcome, entry.cost_nanodollars) == (400, "error", 0)


@pytest.mark.parametrize(
    "change",
    [
        {"from_the_future": {"x": [1]}},
        {"temperature": 1, "top_p": 0.99, "stop_sequences": None, "metadata": None},
        {"thinking": {"type": "between_tools"}, "model": "claude-sonnet-5-5"},
        {"thinking": {"type": "disabled"}, "model": "claude-haiku-5-5"},
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
        {"messages": [*HI, *HI, {"role": "system", "content": "Be kind."}]},
        {
            "messages": [
                *HI,
                {"role": "assistant", "content": [CALL, CALL | {"id": "toolu_2"}]},
                {"role": "user", "content": [RESULT]},
                {"role": "user", "content": [RESULT | {"tool_use_id": "toolu_2"}]},
            ]
        },
        user(
            {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
            {"type": "text", "text": "x", "later": 1},
        ),
    ],
)
def test_what_is_unusual_but_right_passes(plain, change):
    reply = plain.post("/v1/messages", json=BODY | change)
    assert reply.status_code == 200, reply.text


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"5", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 300 + b"1" + b"}" * 300],
)
def test_a_body_that_is_no_json_object_gets_400(plain, path, body):
    reply = plain.post(path, content=body)
    assert reply.status_code == 400
    assert error_of(reply)["type"] == "invalid_request_error"


def test_a_schema_as_deep_as_json_may_be_is_no_crash(plain):
    levels = (DEEPEST - 6) // 2
    deep = json.loads('{"properties":{"a":' * levels + "{}" + "}}" * levels)
    tool = {"name": "look", "input_schema": {"type": "object", **deep}}
    asked = BODY | {"model": "claude-haiku-5-5", "tools": [tool], "tool_choice": {"type": "any"}}
    assert plain.post("/v1/messages", json=asked).status_code == 200


def test_a_tool_whose_arguments_cannot_be_is_the_callers_mistake(plain):
    tool = {"name": "look", "input_schema": ENDLESS}
    asked = BODY | {"model": "claude-haiku-5-5", "tools": [tool], "tool_choice": {"type": "any"}}
    reply = plain.post("/v1/messages", json=asked)
    assert reply.status_code == 400, reply.text
    assert "input_schema" in error_of(reply)["message"]


def test_a_schema_that_nothing_satisfies_is_the_callers_mistake(plain):
    asked = BODY | {"output_config": {"format": {"type": "json_schema", "schema": ENDLESS}}}
    reply = plain.post("/v1/messages", json=asked)
    assert reply.status_code == 400, reply.text
    error_of(reply)


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
@pytest.mark.parametrize("model", ["claude-9", "gpt-4"])
def test_an_unknown_model_gets_404(plain, lab, path, model):
    reply = plain.post(path, json=BODY | {"model": model})
    assert reply.status_code == 404
    assert error_of(reply) == {"type": "not_found_error", "message": f"model: {model}"}
    assert lab.journal()[0].model is None


def test_a_file_that_never_was_gets_404(plain):
    image = {"type": "image", "source": {"type": "file", "file_id": "file_1"}}
    reply = plain.post("/v1/messages", json=BODY | user(image))
    assert reply.status_code == 404
    assert error_of(reply)["type"] == "not_found_error"


def test_claude_is_none_of_the_other_providers_models(client, raw):
    ids = [model.id for model in client.models.list()]
    assert not [id for id in ids if id.startswith("claude")]
    asked = {"model": "claude-opus-5-5", "messages": HI}
    assert raw.post("/v1/chat/completions", json=asked).status_code == 404


def test_a_prompt_beyond_the_window_is_too_long(plain):
    reply = plain.post(
        "/v1/messages", json=BODY | {"messages": [{"role": "user", "content": "a " * 1_000_001}]}
    )
    assert reply.status_code == 400
    assert "tokens > 1000000 maximum" in error_of(reply)["message"]


def test_without_a_key_or_a_version_nothing_goes(plain, mock):
    del plain.headers["anthropic-version"]
    reply = plain.post("/v1/messages", json=BODY)
    assert (reply.status_code, error_of(reply)["message"]) == (
        400,
        "anthropic-version: header is required",
    )
    for header in ({}, {"x-api-key": ""}, {"authorization": "Basic abc"}):
        del plain.headers["x-api-key"]
        reply = plain.post("/v1/messages", json=BODY, headers=header)
        assert reply.status_code == 401
        assert error_of(reply)["type"] == "authentication_error"
        plain.headers["x-api-key"] = "x"
    reply = plain.get("/v1/models", headers={"x-api-key": "k" * 600})
    assert reply.status_code == 401
    assert error_of(reply)["type"] == "authentication_error"


def test_an_unknown_path_gets_404_and_a_wrong_method_405(plain, lab):
    for path in ("/v1/messages/sing", "/v1/messages/", "/v1/files", "/v1/complete"):
        reply = plain.post(path, json=BODY)
        assert (reply.status_code, error_of(reply)["type"]) == (404, "not_found_error")
    for path in ("/v1/messages", "/v1/messages/count_tokens"):
        reply = plain.get(path)
        assert (reply.status_code, reply.headers["allow"]) == (405, "POST")
        error_of(reply)
    assert plain.delete("/v1/models/claude-opus-5-5").status_code == 405
    assert [entry.status for entry in lab.journal()] == [404] * 4 + [405] * 3


def test_a_body_that_is_too_large_gets_413(plain, lab):
    reply = plain.post("/v1/messages", content=b" " * (32 * 1024 * 1024 + 1))
    assert reply.status_code == 413
    assert error_of(reply)["type"] == "request_too_large"
    assert [entry.status for entry in lab.journal()] == [413]


def test_a_bug_after_a_stream_has_begun_ends_it_in_an_error_event(plain, lab, monkeypatch, caplog):
    from mock_llm.wire.anthropic import message as anthropic_message

    def broken(head, answer, used):
        yield 0, b'event: ping\ndata: {"type":"ping"}\n\n'
        raise ZeroDivisionError("a test's")

    monkeypatch.setattr(anthropic_message, "message_events", broken)
    text = plain.post("/v1/messages", json=BODY | {"stream": True}).text
    name, data = text.strip().split("\n\n")[-1].split("\n")
    assert name == "event: error"
    assert json.loads(data.removeprefix("data: "))["error"]["type"] == "api_error"
    assert "a bug in mock_llm" in caplog.text
    assert [entry.outcome for entry in lab.journal()] == ["error"]

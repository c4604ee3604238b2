"""Schemas that are hard to satisfy, over the wire: what is sent is valid, or there is a 400 in the
provider's words."""

import json

import httpx2
import pytest
from jsonschema import Draft202012Validator

LUNA, HAIKU = "gpt-6-luna", "claude-haiku-5-5"
USER = {"role": "user", "content": "Which tent is the lightest?"}
TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
ORDER = {
    "type": "object",
    "properties": {
        "country": {"enum": ["US", "NL"]},
        "zip": TEXT,
        "card": TEXT,
        "rows": {"type": "array", "items": WHOLE, "contains": {"minimum": 90}, "maxContains": 1},
        "note": {"oneOf": [TEXT, {"type": "string", "maxLength": 3}]},
    },
    "required": ["country", "zip", "rows", "note"],
    "if": {"properties": {"country": {"const": "US"}}},
    "then": {"properties": {"zip": {"pattern": r"^\d{5}$"}}},
    "else": {"properties": {"zip": {"pattern": r"^\d{4} [A-Z]{2}$"}}},
    "dependentRequired": {"card": ["holder"]},
    "patternProperties": {"^h": {"minLength": 3}},
    "propertyNames": {"maxLength": 7},
    "not": {"required": ["zip", "product"]},
    "allOf": [
        {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"anyOf": [{"properties": {"a": False}}, {"required": ["c"]}]},
    ],
    "unevaluatedProperties": {"type": ["string", "boolean"]},
}
NOTHING_FITS = [
    {"not": {}},
    {"type": "string", "enum": [1]},
    {"allOf": [TEXT, WHOLE]},
    {"oneOf": [True, True]},
    {"type": "array", "items": TEXT, "contains": WHOLE},
    {"$ref": "https://example.com/schema"},
]


def within(schema):
    """An object with a value in it, for what takes nothing else."""
    return {"type": "object", "properties": {"a": schema}, "required": ["a"]}


def chat_form(schema):
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    return {"model": LUNA, "messages": [USER], "response_format": form}


def response_form(schema):
    form = {"type": "json_schema", "name": "x", "schema": schema}
    return {"model": LUNA, "input": "Which tent?", "text": {"format": form}}


def chat_tool(schema):
    tool = {"type": "function", "function": {"name": "f", "parameters": schema}}
    return {"model": LUNA, "messages": [USER], "tools": [tool], "tool_choice": "required"}


def response_tool(schema):
    tool = {"type": "function", "name": "f", "parameters": schema, "strict": False}
    return {"model": LUNA, "input": "Which tent?", "tools": [tool], "tool_choice": "required"}


def claude_form(schema):
    form = {"type": "json_schema", "schema": schema}
    return {**CLAUDE, "output_config": {"format": form}}


def claude_tool(schema):
    tool = {"name": "f", "input_schema": schema}
    return {**CLAUDE, "tools": [tool], "tool_choice": {"type": "any"}}


CLAUDE = {"model": HAIKU, "max_tokens": 3_000, "messages": [USER]}
CHAT, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"
FORMS = {
    "chat": (CHAT, chat_form, lambda reply: reply["choices"][0]["message"]["content"]),
    "response": (RESPONSES, response_form, lambda reply: reply["output"][-1]["content"][0]["text"]),
    "claude": (MESSAGES, claude_form, lambda reply: reply["content"][0]["text"]),
}
TOOLS = {
    "chat's tool": (
        CHAT,
        chat_tool,
        lambda reply: reply["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"],
    ),
    "response's tool": (RESPONSES, response_tool, lambda reply: reply["output"][-1]["arguments"]),
    "claude's tool": (
        MESSAGES,
        claude_tool,
        lambda reply: json.dumps(reply["content"][0]["input"]),
    ),
}
SAID = {
    "chat": ("Invalid schema for response_format 'x': no valid value was found", "response_format"),
    "response": (
        "Invalid schema for response_format 'x': no valid value was found",
        "text.format.schema",
    ),
    "claude": ("output_config.format.schema: Invalid schema: no valid value was found", None),
    "chat's tool": ("Invalid schema for function 'f': no valid value was found", "tools"),
    "response's tool": ("Invalid schema for function 'f': no valid value was found", "tools"),
    "claude's tool": (
        "tools.0.custom.input_schema: JSON schema is invalid. No valid value was found",
        None,
    ),
}


@pytest.fixture
def send(mock, lab):
    """Send a request to a path as either provider's client does."""
    headers = {
        "authorization": f"Bearer {lab.api_key}",
        "x-api-key": lab.api_key,
        "anthropic-version": "2023-06-01",
    }
    with httpx2.Client(base_url=mock.url, headers=headers, trust_env=False, timeout=20) as http:
        yield lambda path, body: http.post(path, json=body)


@pytest.mark.parametrize("name", FORMS | TOOLS)
def test_what_is_sent_is_valid(send, name):
    path, asking, told = (FORMS | TOOLS)[name]
    for number in range(5):
        said = f"Tent {number}?"
        asked = {"input": said} if path == RESPONSES else {"messages": [{**USER, "content": said}]}
        reply = send(path, asking(ORDER) | asked)
        assert reply.status_code == 200, reply.text
        Draft202012Validator(ORDER).validate(json.loads(told(reply.json())))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("schema", NOTHING_FITS, ids=str)
@pytest.mark.parametrize("name", FORMS | TOOLS)
def test_what_nothing_fits_is_refused_in_the_providers_words(send, name, schema, stream):
    path, asking, _ = (FORMS | TOOLS)[name]
    body = asking(within(schema) if name in TOOLS else schema)
    reply = send(path, body | {"stream": stream})
    assert reply.status_code == 400, reply.text
    error = reply.json()["error"]
    said, param = SAID[name]
    assert error["message"].startswith(said)
    assert error["type"] == "invalid_request_error"
    assert error.get("param") == param


@pytest.mark.parametrize(
    "parameters",
    [
        {"type": "object", "minProperties": 2},
        {"type": "object", "properties": {"a": WHOLE, "b": WHOLE},
         "anyOf": [{"required": ["a"]}, {"required": ["b"]}], "additionalProperties": False},
        {"type": "object", "$ref": "#/$defs/own",
         "$defs": {"own": {"properties": {"a": WHOLE}, "required": ["a"]}}},
        {"type": "object", "properties": {"a": WHOLE, "b": {"$ref": "#/properties/a"}},
         "required": ["b"]},
        {"type": "object", "enum": [{"a": 1}, {"a": 2}]},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("name", TOOLS)
def test_arguments_fit_all_that_a_function_asks_for(send, name, parameters):
    path, asking, told = TOOLS[name]
    reply = send(path, asking(parameters))
    assert reply.status_code == 200, reply.text
    Draft202012Validator(parameters).validate(json.loads(told(reply.json())))


def test_the_tool_that_is_at_fault_is_named(send):
    bad = {"name": "bad", "input_schema": within({"not": {}}), "description": "finds a tent"}
    good = {"name": "good", "input_schema": within(TEXT)}
    named = {"tool_choice": {"type": "tool", "name": "bad"}}
    reply = send(MESSAGES, {**CLAUDE, "tools": [good, bad], **named})
    assert reply.status_code == 400
    assert reply.json()["error"]["message"].startswith("tools.1.custom.input_schema: ")


def test_after_a_result_too_a_tool_that_nothing_fits_is_refused(send):
    call = {"id": "c", "type": "function", "function": {"name": "g", "arguments": "{}"}}
    talk = [
        USER,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": '{"a": 5}'},
    ]
    reply = send(CHAT, chat_tool(within({"not": {}})) | {"messages": talk})
    assert reply.status_code == 400
    assert reply.json()["error"]["message"].startswith(SAID["chat's tool"][0])

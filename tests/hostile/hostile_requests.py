"""Sound requests to the mock server, and what becomes of them in hostile hands."""

import http.client
import json
import logging
from contextlib import contextmanager
from urllib.parse import urlsplit

from mock_llm.bounded_json import DEEPEST

LUNA, HAIKU, INSTRUCT = "gpt-6-luna", "claude-haiku-5-5", "gpt-3.5-turbo-instruct"
OPENAI = {"authorization": "Bearer sk-hostile", "content-type": "application/json"}
ANTHROPIC = {
    "x-api-key": "sk-hostile",
    "anthropic-version": "2023-06-01",
    "content-type": "application/json",
}
SCHEMA = {
    "type": "object",
    "properties": {
        "a": {"type": "string", "minLength": 1, "maxLength": 9, "pattern": "^a+$"},
        "b": {"type": ["integer", "null"], "minimum": 1, "maximum": 9, "multipleOf": 2},
        "c": {
            "type": "array",
            "items": {"$ref": "#/$defs/n"},
            "minItems": 1,
            "maxItems": 3,
            "uniqueItems": True,
        },
        "d": {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]},
        "e": {"enum": ["x", 1]},
        "f": {"const": 3},
        "g": {"allOf": [{"type": "object", "minProperties": 1, "maxProperties": 3}]},
    },
    "required": ["a", "b", "c", "d", "e", "f", "g"],
    "additionalProperties": False,
    "$defs": {"n": {"type": "integer"}},
}
USER = {"role": "user", "content": "Which tent is best? Answer in json."}
FUNCTION = {"name": "f", "description": "Finds.", "parameters": SCHEMA, "strict": False}


def chat(**more):
    return {"model": LUNA, "messages": [USER], **more}


def response(**more):
    return {"model": LUNA, "input": "Which tent is best? Answer in json.", **more}


def message(**more):
    return {"model": HAIKU, "max_tokens": 3000, "messages": [USER], **more}


PARTS = [
    {"type": "text", "text": "Look."},
    {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
]
ITEMS = [
    {"role": "user", "content": [{"type": "input_text", "text": "Look."}]},
    {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c", "output": '{"a": [1]}'},
    {"type": "reasoning", "summary": [], "encrypted_content": "x"},
]
BLOCKS = [
    {"type": "text", "text": "Look.", "cache_control": {"type": "ephemeral"}},
    {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}},
]
TALK = [
    {"role": "user", "content": BLOCKS},
    {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "[1]"}]},
]
TOOL = {"name": "f", "description": "Finds.", "input_schema": SCHEMA}

# (path, body) that are right as they stand.
TO_OPENAI = [
    ("/v1/chat/completions", chat(user="u", seed=1, temperature=0.5, stop=["x"], max_tokens=20)),
    ("/v1/chat/completions", chat(n=2, logprobs=True, top_logprobs=2, metadata={"feature": "f"})),
    ("/v1/chat/completions", chat(stream=True, stream_options={"include_usage": True}, n=2)),
    (
        "/v1/chat/completions",
        chat(
            tools=[{"type": "function", "function": FUNCTION}], tool_choice="required", store=True
        ),
    ),
    ("/v1/chat/completions", chat(functions=[FUNCTION], function_call={"name": "f"})),
    (
        "/v1/chat/completions",
        chat(
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "x", "schema": SCHEMA, "strict": False},
            }
        ),
    ),
    ("/v1/chat/completions", chat(messages=[{"role": "user", "content": PARTS}], store=True)),
    ("/v1/responses", response(metadata={"a": "b"}, top_logprobs=1, max_output_tokens=30)),
    ("/v1/responses", response(input=ITEMS, tools=[{"type": "function", **FUNCTION}], stream=True)),
    (
        "/v1/responses",
        response(
            text={"format": {"type": "json_schema", "name": "x", "schema": SCHEMA}},
            reasoning={"effort": "low", "summary": "auto"},
            include=["reasoning.encrypted_content"],
            truncation="auto",
            background=True,
        ),
    ),
    ("/v1/responses/compact", response(instructions="Be short.")),
    ("/v1/responses/input_tokens", response(tools=[{"type": "function", **FUNCTION}])),
    (
        "/v1/completions",
        {"model": INSTRUCT, "prompt": ["a", [1]], "n": 2, "best_of": 2, "echo": True},
    ),
    ("/v1/moderations", {"input": [{"type": "text", "text": "x"}]}),
    (
        "/v1/batches",
        {
            "endpoint": "/v1/responses",
            "completion_window": "24h",
            "input_file_id": "file-x",
            "metadata": {"a": "b"},
            "output_expires_after": {"anchor": "created_at", "seconds": 3600},
        },
    ),
    ("/v1/chat/completions/x", {"metadata": {"a": "b"}}),
]
TO_ANTHROPIC = [
    ("/v1/messages", message(system="Be short.", stop_sequences=["x"], metadata={"user_id": "u"})),
    ("/v1/messages", message(messages=TALK, tools=[TOOL], system=BLOCKS[:1], stream=True)),
    (
        "/v1/messages",
        message(
            thinking={"type": "adaptive"},
            output_config={
                "effort": "low",
                "format": {"type": "json_schema", "schema": SCHEMA},
            },
        ),
    ),
    ("/v1/messages", message(tools=[TOOL], tool_choice={"type": "tool", "name": "f"})),
    ("/v1/messages/count_tokens", message(tools=[TOOL], messages=TALK)),
    (
        "/v1/messages/batches",
        {"requests": [{"custom_id": "a", "params": {"max_tokens": 5, **message()}}]},
    ),
]


class Raw(str):
    """JSON as it is to be written, right or wrong."""

    __slots__ = ()


def deep(levels, kind="["):
    if kind == "[":
        return Raw("[" * levels + "]" * levels)
    return Raw('{"a":' * levels + "1" + "}" * levels)


HOSTILE = [
    *(None, True, False, 0, -1, 5, 2**63, 2**64 - 1, 10**30, -(10**30), 1e308, -1e308, 5e-324),
    *map(Raw, ("NaN", "Infinity", "-0", "1e999", "9" * 400, "tru", r'"\ud800"', r'"\udc00x"')),
    *("", "x", "\0", "\u202e𝄞", "a" * 5_000, "auto", "none", "text", "file", "${count}"),
    *([], {}, [[]], [{}], [None], [""], [1], {"": ""}, {"type": "text"}, {"type": []}),
    *({"type": "json_schema"}, {"type": "function", "name": "f"}, {"$ref": "#"}),
    *({"properties": True}, {"enum": {}}, {"minItems": "x"}, {"minItems": 10**9}),
    *({"pattern": "(a+)+$"}, {"pattern": "a{99999999999}"}, {"type": 5}, {"multipleOf": 1e-320}),
    *(deep(DEEPEST // 2), deep(DEEPEST), deep(254), deep(300, "{"), deep(1_000)),
    *([1] * 3_000, {str(number): number for number in range(300)}, Raw(r'{"\ud800":1}')),
]


def written(value):
    """A value as JSON that may be none."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)}:{written(each)}" for key, each in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value)


class Client:
    """Plain HTTP with one connection, which is opened anew where the server closed it."""

    def __init__(self, url):
        self.address = urlsplit(url).hostname, urlsplit(url).port
        self._connection = http.client.HTTPConnection(*self.address, timeout=30)

    def send(self, method, path, headers, body=None):
        """The status and the body of the reply."""
        data = body if body is None or isinstance(body, bytes) else written(body).encode()
        try:
            self._connection.request(method, path, data, headers)
            reply = self._connection.getresponse()
            return reply.status, reply.read()
        except (ConnectionError, http.client.BadStatusLine):
            self.close()
            raise

    def close(self):
        self._connection.close()


@contextmanager
def no_bugs(caplog):
    """Fails if the server notes a bug of its own, or an exception that nobody caught."""
    with caplog.at_level(logging.WARNING):
        yield
    bugs = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    assert bugs == []


def assert_sound(client):
    """A plain request, and one of another lab, are answered as ever."""
    for key in ("sk-hostile", "sk-bystander"):
        headers = OPENAI | {"authorization": f"Bearer {key}"}
        status, body = client.send("POST", "/v1/chat/completions", headers, chat())
        assert status == 200, body
        assert json.loads(body)["choices"][0]["message"]["content"]


def assert_openai_error(body):
    error = json.loads(body)["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert isinstance(error["message"], str)
    assert len(body) < 4_000, "an error repeats what was sent"


def assert_anthropic_error(body):
    reply = json.loads(body)
    assert reply["type"] == "error"
    assert isinstance(reply["error"]["message"], str)
    assert reply["error"]["type"].endswith("_error")
    assert len(body) < 4_000, "an error repeats what was sent"

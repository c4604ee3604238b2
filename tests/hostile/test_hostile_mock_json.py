"""JSON that nests without end, numbers beyond counting and broken text, on every endpoint."""

import json

import pytest
from hostile_requests import (
    ANTHROPIC,
    HAIKU,
    LUNA,
    OPENAI,
    TO_ANTHROPIC,
    TO_OPENAI,
    Raw,
    assert_anthropic_error,
    assert_openai_error,
    assert_sound,
    chat,
    deep,
    message,
    no_bugs,
    response,
)

from mock_llm.bounded_json import DEEPEST, TooDeep, load_json

EVERY = [*sorted({path for path, _ in TO_OPENAI}), "/v1/embeddings"]
CLAUDES = sorted({path for path, _ in TO_ANTHROPIC})
BODIES = {
    "lists in lists": deep(1_000),
    "objects in objects": deep(1_000, "{"),
    "a thousand levels in a field": {"model": LUNA, "metadata": deep(900)},
    "a level too many": {"model": LUNA, "x": deep(DEEPEST)},
    "more levels than any parser reads": deep(500_000),
    "no value": Raw(""),
    "not a number": {"model": LUNA, "temperature": Raw("NaN")},
    "half a character": {"model": LUNA, "user": Raw(r'"\ud800"')},
    "half a character as a name": Raw(r'{"\udc00": 1}'),
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("path", EVERY)
def test_openais_endpoints_refuse_it(client, caplog, path, name):
    if path == "/v1/chat/completions/x" and name == "no value":
        pytest.skip("there an empty body is none")
    with no_bugs(caplog):
        status, body = client.send("POST", path, OPENAI, BODIES[name])
    assert status == 400, body
    assert_openai_error(body)


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("path", CLAUDES)
def test_anthropics_endpoints_refuse_it(client, caplog, path, name):
    with no_bugs(caplog):
        status, body = client.send("POST", path, ANTHROPIC, BODIES[name])
    assert status == 400, body
    assert_anthropic_error(body)


def test_as_many_levels_as_are_allowed_are_read_and_repeated(client):
    tool = {"type": "function", "name": "f", "parameters": {"x-own": deep(DEEPEST - 10)}}
    status, body = client.send("POST", "/v1/responses", OPENAI, response(tools=[tool]))
    assert status == 200, body
    assert json.loads(body)["tools"][0]["parameters"]["x-own"]


@pytest.mark.parametrize("kind", ["[", "{"])
def test_the_level_after_the_deepest_is_one_too_many(kind):
    assert load_json(deep(DEEPEST, kind).encode())
    with pytest.raises(TooDeep):
        load_json(str(deep(DEEPEST + 1, kind)))


def test_brackets_in_a_text_are_no_levels():
    assert load_json(json.dumps("[{" * 5_000)) == "[{" * 5_000


@pytest.mark.parametrize("levels", [100, 900, 5_000])
@pytest.mark.parametrize("role", ["user", "tool", "assistant"])
def test_json_in_a_message_is_text_however_deep(client, caplog, role, levels):
    for text in (str(deep(levels)), str(deep(levels, "{")), f'"{"x" * levels}"'):
        called = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        calls = [{"role": "assistant", "content": None, "tool_calls": [called]}]
        last = {"role": role, "content": text, "tool_call_id": "c"}
        talk = [{"role": "user", "content": "Hi."}, *(calls if role == "tool" else ()), last]
        sent = chat(messages=talk)
        with no_bugs(caplog):
            status, body = client.send("POST", "/v1/chat/completions", OPENAI, sent)
        assert status == 200, body


def test_a_tools_result_deep_as_it_is_reaches_claude(client, caplog):
    called = {"type": "tool_use", "id": "t", "name": "f", "input": {"a": deep(80)}}
    text = str(deep(2_000, "{"))
    result = {"type": "tool_result", "tool_use_id": "t", "content": text}
    talk = [
        {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": [called]},
        {"role": "user", "content": [result]},
    ]
    tools = [{"name": "f", "input_schema": {"type": "object"}}]
    with no_bugs(caplog):
        status, body = client.send(
            "POST", "/v1/messages", ANTHROPIC, message(messages=talk, tools=tools)
        )
    assert status == 200, body
    assert json.loads(body)["model"] == HAIKU


NUMBERS = [-1, 2**63, 10**30, 1e308, -1e308, True, "5", 1.5, Raw("1e999"), Raw("-0"), []]


@pytest.mark.parametrize("number", NUMBERS, ids=str)
@pytest.mark.parametrize(
    "field",
    ["n", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_logprobs", "seed"],
)
def test_numbers_out_of_range_are_refused_or_used(client, caplog, field, number):
    with no_bugs(caplog):
        status, body = client.send(
            "POST", "/v1/chat/completions", OPENAI, chat(logprobs=True, **{field: number})
        )
    assert status in (200, 400), body
    if status == 400:
        assert_openai_error(body)


@pytest.mark.parametrize("number", NUMBERS, ids=str)
@pytest.mark.parametrize("field", ["max_tokens", "temperature", "top_p", "top_k", "budget_tokens"])
def test_claude_refuses_numbers_out_of_range_or_uses_them(client, caplog, field, number):
    own = {field: number}
    if field == "budget_tokens":
        own = {"thinking": {"type": "enabled", "budget_tokens": number}}
    with no_bugs(caplog):
        status, body = client.send("POST", "/v1/messages", ANTHROPIC, message() | own)
    assert status in (200, 400), body
    if status == 400:
        assert_anthropic_error(body)


def test_batch_files_with_any_of_it_fail_line_by_line(client, caplog):
    lines = [str(each) for each in BODIES.values() if isinstance(each, str) and each]
    lines.append('{"custom_id": "a", "method": "POST", "url": "/v1/responses", "body": {}}')
    form = (
        '--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        + "\n".join(lines)
        + "\r\n--b--\r\n"
    ).encode()
    kind = OPENAI | {"content-type": "multipart/form-data; boundary=b"}
    with no_bugs(caplog):
        id = json.loads(client.send("POST", "/v1/files", kind, form)[1])["id"]
        asked = {"endpoint": "/v1/responses", "completion_window": "24h", "input_file_id": id}
        status, made = client.send("POST", "/v1/batches", OPENAI, asked)
        assert status == 200, made
        client.send("POST", "/_mock/clock/advance", OPENAI, {"seconds": 90_000})
        status, body = client.send("GET", f"/v1/batches/{json.loads(made)['id']}", OPENAI)
    assert status == 200, body
    assert json.loads(body)["status"] == "failed"


def test_afterwards_the_journal_can_be_read(client):
    assert_sound(client)
    for path in ("journal", "ledger", "verdict"):
        assert client.send("GET", f"/_mock/{path}", OPENAI)[0] == 200

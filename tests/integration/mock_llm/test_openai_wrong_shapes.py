"""Whatever is sent, the reply is the provider's own: never a crash, never a 500."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from json_places import places, replaced

LUNA = "gpt-6-luna"
TOOL = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}
SOUND = {
    "/v1/responses": {
        "model": LUNA,
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "Hello."}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "x"},
            {"type": "reasoning", "id": "rs_1", "summary": []},
        ],
        "instructions": "Be short.",
        "tools": [TOOL, {"type": "custom", "name": "g", "format": {"type": "text"}}],
        "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"name": "f"}]},
        "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}},
        "reasoning": {"effort": "low", "summary": "auto"},
        "metadata": {"a": "b"},
        "include": ["reasoning.encrypted_content"],
        "top_logprobs": 2,
        "truncation": "auto",
        "max_output_tokens": 20,
        "background": False,
    },
    "/v1/responses/compact": {"model": LUNA, "input": "Hello.", "instructions": "x"},
    "/v1/responses/input_tokens": {"model": LUNA, "input": "Hello.", "tools": [TOOL]},
    "/v1/chat/completions": {
        "model": LUNA,
        "messages": [
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x"}}]},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "function": {}}]},
            {"role": "tool", "tool_call_id": "c", "content": "x"},
        ],
        "tools": [{"type": "custom", "custom": {"name": "g"}}],
        "tool_choice": {"type": "custom", "custom": {"name": "g"}},
        "logprobs": True,
        "top_logprobs": 1,
        "reasoning_effort": "low",
        "store": True,
        "metadata": {"a": "b"},
        "modalities": ["text"],
        "parallel_tool_calls": True,
    },
    "/v1/completions": {
        "model": "gpt-3.5-turbo-instruct",
        "prompt": ["a", "b"],
        "best_of": 2,
        "logprobs": 1,
        "n": 1,
    },
    "/v1/moderations": {
        "input": [{"type": "text", "text": "x"}],
        "model": "omni-moderation-latest",
    },
    "/v1/batches": {
        "endpoint": "/v1/responses",
        "completion_window": "24h",
        "input_file_id": "file-x",
        "metadata": {"a": "b"},
        "output_expires_after": {"anchor": "created_at", "seconds": 3600},
    },
    "/v1/chat/completions/x": {"metadata": {"a": "b"}},
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**12) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@pytest.mark.parametrize("path", SOUND)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_value_anywhere_in_a_request_breaks_the_server(raw, path, data):
    where = data.draw(st.sampled_from(list(places(SOUND[path]))))
    body = replaced(SOUND[path], where, data.draw(ANYTHING))
    reply = raw.post(path, content=json.dumps(body).encode("utf-8", "surrogatepass"))
    assert reply.status_code in (200, 400, 404), reply.text
    if reply.status_code != 200:
        assert set(reply.json()["error"]) == {"message", "type", "param", "code"}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    path=st.sampled_from(
        ["files", "batches", "responses", "chat/completions", "models", "moderations"]
    ),
    id=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8),
    more=st.sampled_from(["", "/cancel", "/content", "/messages", "/input_items"]),
    query=st.dictionaries(
        st.sampled_from(["after", "limit", "order", "stream", "starting_after", "metadata[a]"]),
        st.text(max_size=4),
    ),
)
def test_no_path_and_no_query_breaks_the_server(raw, method, path, id, more, query):
    reply = raw.request(method, f"/v1/{path}/{id}{more}", params=query)
    assert reply.status_code in (200, 307, 400, 403, 404, 405), reply.text


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=60) | st.lists(ANYTHING).map(lambda v: json.dumps(v).encode()))
def test_no_batch_file_breaks_the_server(raw, content):
    file = raw.post("/v1/files", data={"purpose": "batch"}, files={"file": ("a", content)}).json()
    asked = SOUND["/v1/batches"] | {"input_file_id": file["id"]}
    made = raw.post("/v1/batches", json=asked)
    assert made.status_code == 200, made.text
    assert raw.get(f"/v1/batches/{made.json()['id']}").status_code == 200

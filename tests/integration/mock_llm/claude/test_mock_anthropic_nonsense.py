"""Whatever is sent, the answer is the provider's: never a crash."""

import json

import anthropic
import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_llm import MockLLM

NAMES = (
    "model max_tokens messages role content type text system tools name input_schema tool_choice "
    "thinking budget_tokens display output_config effort format schema cache_control ttl source "
    "media_type data url file_id id input tool_use_id signature stop_sequences stream metadata "
    "user_id properties required"
)
WORDS = (
    "claude-haiku-5-5 user assistant system text image document tool_use tool_result thinking "
    "base64 url ephemeral 1h 5m auto any tool none adaptive enabled disabled json_schema object "
    "string high max image/png iVBORw0KGgo= look toolu_1 custom search_result server_tool_use"
)
NAME, WORD = st.sampled_from(NAMES.split()), st.sampled_from(WORDS.split())

plain_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    WORD,
)
values = st.recursive(
    plain_values,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAME, inner, max_size=5)),
    max_leaves=12,
)
blocks = st.dictionaries(NAME, values, max_size=4).flatmap(
    lambda more: WORD.map(lambda kind: {"text": "hi", **more, "type": kind})
)
messages = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(("user", "assistant")), "content": st.lists(blocks, max_size=3)}
    ),
    max_size=3,
)
bodies = st.dictionaries(NAME, values, max_size=4).flatmap(
    lambda change: st.one_of(messages, st.just([{"role": "user", "content": "hi"}])).map(
        lambda said: {"model": "claude-haiku-5-5", "max_tokens": 20, "messages": said} | change
    )
)


@pytest.fixture(scope="module")
def http():
    headers = {"x-api-key": "sk-a", "anthropic-version": "2023-06-01"}
    with (
        MockLLM("instant") as mock,
        httpx2.Client(base_url=mock.url, headers=headers, trust_env=False) as http,
    ):
        yield http


@settings(max_examples=150, deadline=None)
@given(body=bodies)
def test_any_body_gets_a_message_or_the_providers_error(http, body):
    for path in ("/v1/messages", "/v1/messages/count_tokens"):
        reply = http.post(path, content=json.dumps(body))
        assert reply.status_code in (200, 400, 404), (body, reply.text)
        if reply.status_code != 200:
            anthropic.types.ErrorResponse.model_validate(reply.json())


@settings(max_examples=100, deadline=None)
@given(schema=st.dictionaries(NAME, values, max_size=5), fields=st.dictionaries(NAME, values))
def test_any_schema_is_filled_or_refused(http, schema, fields):
    for whole in (schema, {"properties": fields, "required": list(fields)}, {"$defs": fields}):
        tool = {"name": "look", "input_schema": {**whole, "type": "object"}}
        form = {"format": {"type": "json_schema", "schema": whole}}
        for more in ({"tools": [tool], "tool_choice": {"type": "any"}}, {"output_config": form}):
            said = [{"role": "user", "content": "Which tent?"}]
            body = {"model": "claude-haiku-5-5", "max_tokens": 99, "messages": said} | more
            reply = http.post("/v1/messages", content=json.dumps(body))
            assert reply.status_code in (200, 400), (more, reply.text)

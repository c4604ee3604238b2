"""Every parameter that the official SDKs know: a value of another type gets the provider's 400."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
import openai
import pytest
import sdk_params
from anthropic.types.beta import message_create_params as beta_message
from anthropic.types.message_count_tokens_params import MessageCountTokensParams
from anthropic.types.message_create_params import MessageCreateParams
from anthropic.types.messages.batch_create_params import BatchCreateParams as MessageBatchParams
from openai.types.batch_create_params import BatchCreateParams
from openai.types.chat.completion_create_params import CompletionCreateParams as ChatParams
from openai.types.completion_create_params import CompletionCreateParams
from openai.types.embedding_create_params import EmbeddingCreateParams
from openai.types.file_create_params import FileCreateParams
from openai.types.moderation_create_params import ModerationCreateParams
from openai.types.responses.input_token_count_params import InputTokenCountParams
from openai.types.responses.response_compact_params import ResponseCompactParams
from openai.types.responses.response_create_params import ResponseCreateParams

from mock_llm.wire.anthropic.params import MESSAGE
from mock_llm.wire.kinds import Params
from mock_llm.wire.openai import params

LUNA, HAIKU = "gpt-6-luna", "claude-haiku-5-5"
HI = [{"role": "user", "content": "Say hello in JSON."}]
CHAT_TOOL = {"type": "function", "function": {"name": "x"}}
TOOL = {"type": "function", "name": "x"}
# What is taken apart, and complained about, by what reads it.
CONTENT = {"model", "messages", "prompt", "input", "metadata", "stop", "tools"}
CLAUDES = {"cache_control", "max_tokens", "messages", "metadata", "model", "system", "thinking"}
CLAUDES_CONTENT = CLAUDES | {"temperature", "tool_choice", "tools", "top_k", "top_p"}
HEADERS = {"betas", "user_profile_id", "workspace_id"}  # the SDK sends these as such
# Objects whose own parameters are read only in part: of when files of a batch expire, the seconds.
READ_IN_PART = {"output_expires_after"}
# Right values that are refused nevertheless, by what is said about them.
NOT_KEPT = {
    "conversation": "Conversation with id 'x' not found.",
    "previous_response_id": "Previous response with id 'x' not found.",
    "prompt": "Prompt with id 'x' not found.",
}
NOT_HEARD = {"modalities": "expected ['text'] for gpt-6-luna, but got ['audio'] instead."}
NO_SCHEMA = {"response_format": "Invalid schema for response_format 'x'"}
NOT_HOSTED = {"tool_choice": "expected the name of a tool that is offered, but got None instead."}


@dataclass(frozen=True)
class Endpoint:
    """A path that takes requests.

    Args:
        sdk: its parameters, as an SDK has them.
        body: a right request.
        table: its parameters, as the server has them.
        read_alone: those that are not in the table.
        needs: what a parameter is only allowed with.
        refused: right values that are refused all the same, by what is said about them.
    """

    path: str
    sdk: Any
    body: Mapping[str, Any]
    table: Params
    read_alone: frozenset[str] | set[str] = frozenset(CONTENT)
    needs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> Mapping[str, str]:
        claudes = self.path.startswith("/v1/messages")
        return {"anthropic-version": "2023-06-01"} if claudes else {}


ENDPOINTS = {
    "chat": Endpoint(
        "/v1/chat/completions",
        ChatParams,
        {"model": LUNA, "messages": HI},
        params.CHAT,
        needs={
            "stream_options": {"stream": True},
            "tool_choice": {"tools": [CHAT_TOOL]},
            "top_logprobs": {"logprobs": True},
        },
        refused={**NOT_HEARD, **NO_SCHEMA},
    ),
    "completions": Endpoint(
        "/v1/completions",
        CompletionCreateParams,
        {"model": "gpt-3.5-turbo-instruct", "prompt": "Hello."},
        params.COMPLETION,
    ),
    "responses": Endpoint(
        "/v1/responses",
        ResponseCreateParams,
        {"model": LUNA, "input": "Hello."},
        params.RESPONSE,
        CONTENT - {"prompt"},
        needs={"stream_options": {"stream": True}, "tool_choice": {"tools": [TOOL]}},
        refused={**NOT_KEPT, **NOT_HOSTED},
    ),
    "compact": Endpoint(
        "/v1/responses/compact",
        ResponseCompactParams,
        {"model": LUNA, "input": "Hello."},
        params.COMPACTION,
        CONTENT - {"prompt"},
        refused=NOT_KEPT,
    ),
    "input_tokens": Endpoint(
        "/v1/responses/input_tokens",
        InputTokenCountParams,
        {"model": LUNA, "input": "Hello."},
        params.INPUT_TOKENS,
        CONTENT - {"prompt"},
        needs={"tool_choice": {"tools": [TOOL]}},
        refused={**NOT_KEPT, **NOT_HOSTED},
    ),
    "embeddings": Endpoint(
        "/v1/embeddings",
        EmbeddingCreateParams,
        {"model": "text-embedding-3-small", "input": "Hello."},
        params.EMBEDDING,
    ),
    "moderations": Endpoint("/v1/moderations", ModerationCreateParams, {"input": "Hello."}, {}),
    "batches": Endpoint(
        "/v1/batches",
        BatchCreateParams,
        {"completion_window": "24h", "endpoint": "/v1/responses", "input_file_id": "file-x"},
        {},
        read_alone=set(sdk_params.parameters(BatchCreateParams)),
    ),
    "messages": Endpoint(
        "/v1/messages",
        MessageCreateParams,
        {"model": HAIKU, "max_tokens": 99, "messages": HI},
        MESSAGE,
        CLAUDES_CONTENT,
    ),
    "beta messages": Endpoint(
        "/v1/messages",
        beta_message.MessageCreateParams,
        {"model": HAIKU, "max_tokens": 99, "messages": HI},
        MESSAGE,
        CLAUDES_CONTENT,
    ),
    "count_tokens": Endpoint(
        "/v1/messages/count_tokens",
        MessageCountTokensParams,
        {"model": HAIKU, "messages": HI},
        MESSAGE,
        CLAUDES_CONTENT,
    ),
    "message batches": Endpoint(
        "/v1/messages/batches", MessageBatchParams, {"requests": []}, {}, {"requests"}
    ),
}
CASES = [
    pytest.param(endpoint, name, types, id=f"{label}-{name}")
    for label, endpoint in ENDPOINTS.items()
    for name, types in sdk_params.parameters(endpoint.sdk).items()
    if name not in HEADERS
]
IN_TABLES = [case for case in CASES if case.values[1] not in case.values[0].read_alone]


@pytest.fixture(scope="module")
def wire(mock):
    """One connection for some thousand requests."""
    headers = {"Authorization": "Bearer sk-wrong-types"}
    with httpx2.Client(base_url=mock.url, headers=headers, trust_env=False, timeout=20) as plain:
        yield plain


def assert_complains(endpoint, name, value, reply):
    """The reply is the provider's 400, and names the parameter."""
    said = f"{name}={value!r}: {reply.text}"
    assert reply.status_code == 400, said
    error = reply.json()["error"]
    assert error["type"] == "invalid_request_error", said
    if endpoint.headers:
        assert re.match(rf"{name}[.:]", error["message"]), said
    else:
        assert re.match(rf"{name}($|[.\[])", error["param"]), said
        assert error["code"], said
        assert re.match(r"Invalid |Missing required", error["message"]), said


@pytest.mark.parametrize(("endpoint", "name", "types"), CASES)
def test_a_value_of_another_type_gets_the_providers_400(wire, endpoint, name, types):
    for value in sdk_params.wrong(types, inside=name not in READ_IN_PART):
        body = {**endpoint.body, name: value}
        reply = wire.post(endpoint.path, json=body, headers=endpoint.headers)
        assert_complains(endpoint, name, value, reply)


@pytest.mark.parametrize(("endpoint", "name", "types"), IN_TABLES)
def test_a_value_of_a_right_type_passes_and_so_does_null(wire, endpoint, name, types):
    refused = 0
    for value in [*sdk_params.right(types), None]:
        body = {**endpoint.body, **endpoint.needs.get(name, {}), name: value}
        reply = wire.post(endpoint.path, json=body, headers=endpoint.headers)
        if name in endpoint.refused and reply.status_code != 200:
            refused += 1
            assert endpoint.refused[name] in reply.json()["error"]["message"], reply.text
        else:
            assert reply.status_code == 200, f"{name}={value!r}: {reply.text}"
    assert refused or name not in endpoint.refused, "it passes now: no exception is needed"


@pytest.mark.parametrize("endpoint", [pytest.param(each, id=id) for id, each in ENDPOINTS.items()])
def test_every_parameter_of_the_sdk_is_in_the_table_unless_it_is_read_alone(endpoint):
    known = set(sdk_params.parameters(endpoint.sdk)) - HEADERS
    assert known - set(endpoint.table) <= endpoint.read_alone
    assert not endpoint.read_alone & set(endpoint.table)


@pytest.mark.parametrize("name", ["purpose", "expires_after"])
def test_a_form_with_a_value_of_another_type_gets_the_providers_400(client, name):
    types = sdk_params.parameters(FileCreateParams)[name]
    for value in sdk_params.wrong(types, slice(1)):
        with pytest.raises(openai.BadRequestError) as refused:
            client.files.create(**{"file": b"x", "purpose": "user_data", name: value})
        assert re.match(rf"{name}($|\.)", refused.value.param), f"{name}={value!r}: {refused.value}"

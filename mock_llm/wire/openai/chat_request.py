"""Reads a chat completion's request."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import orjson

from mock_llm.injected.fault_kinds import CHAT
from mock_llm.lab import Lab
from mock_llm.model import tokens
from mock_llm.model.generation import Ask
from mock_llm.model.models import Model
from mock_llm.refusals import Refusal
from mock_llm.wire import fields
from mock_llm.wire.kinds import check
from mock_llm.wire.openai import params
from mock_llm.wire.openai.chat import ChatJob
from mock_llm.wire.openai.complaints import WORDS
from mock_llm.wire.openai.prompt import cacheable, effort_of, part_tokens
from mock_llm.wire.openai.request import is_steady, max_tokens, model_for, room
from mock_llm.wire.openai.schemas import check_format, check_name
from mock_llm.wire.openai.tool_turns import check_turns
from mock_llm.wire.openai.tools import chat_tools

if TYPE_CHECKING:
    from mock_llm.model.answers import KnowledgePack

_ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_FORMATS = ("text", "json_object", "json_schema")


def read_chat(
    models: Mapping[str, Model], pack: "KnowledgePack", lab: Lab, request: Mapping[str, Any]
) -> ChatJob:
    """The job that a request describes.

    Raises:
        Refusal: a field is missing, wrong or too large, or the model is not there.
    """
    model = model_for(models, request, "chat")
    check(params.CHAT, request)
    messages = _messages(request)
    wants, schema = _format(request, messages)
    tools = chat_tools(request)
    prompt_tokens = tokens.count_messages(messages) + part_tokens(lab, model, messages)
    if tools.offered:
        prompt_tokens += tokens.count(orjson.dumps(tools.offered).decode())
    asked = max_tokens(request, model, "max_completion_tokens", "max_tokens")
    stream = request.get("stream") is True
    options = request.get("stream_options") or {}
    if options and not stream:
        raise Refusal(
            "invalid_value",
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
        )
    if "audio" in (request.get("modalities") or ()):
        raise fields.out_of_range("modalities", f"['text'] for {model.id}", request["modalities"])
    question = fields.question_of(request)
    return ChatJob(
        model=model,
        stream=stream,
        wants_json=wants != "text",
        content=f"{CHAT} {model.id} {question}",
        question=question,
        steady=is_steady(request),
        ask=Ask(
            messages=messages,
            max_tokens=room(model, prompt_tokens, asked, "messages"),
            n=request.get("n") or 1,
            stop=fields.stops(request),
            wants=wants,
            schema=schema,
            schema_name=request["response_format"]["json_schema"]["name"]
            if wants == "schema"
            else "",
            tools=tools.offered,
            must_call=tools.must_call,
            parallel_calls=request.get("parallel_tool_calls") is not False and not tools.legacy,
            custom=tools.custom,
            effort=effort_of(model, request.get("reasoning_effort"), "reasoning_effort"),
        ),
        prompt_tokens=prompt_tokens,
        with_usage=options.get("include_usage") is True,
        pack=pack,
        lab=lab,
        cacheable=cacheable(model, prompt_tokens, tools.offered, messages),
        alternatives=_alternatives(request),
        store=request.get("store") is True,
        metadata=fields.metadata(request),
        legacy_calls=tools.legacy,
    )


def _alternatives(request: Mapping[str, Any]) -> int | None:
    """How many alternatives each token is to have; None if no logprobs are asked for."""
    asked = request.get("logprobs") is True
    top: int | None = request.get("top_logprobs")
    if top is not None and not asked:
        raise Refusal(
            "invalid_value",
            "'top_logprobs' is only allowed when 'logprobs' is enabled.",
            param="top_logprobs",
        )
    return (top or 0) if asked else None


def _messages(request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    messages = request.get("messages")
    if messages is None:
        raise fields.missing("messages")
    if not isinstance(messages, list):
        raise fields.wrong_type("messages", "an array of objects", messages)
    if not messages:
        raise fields.out_of_range("messages", "at least one message", messages)
    has_tools = False
    for number, message in enumerate(messages):
        where = f"messages[{number}]"
        if not isinstance(message, dict):
            raise fields.wrong_type(where, "an object", message)
        role = message.get("role")
        if role is None:
            raise fields.missing(f"{where}.role")
        if not isinstance(role, str):
            raise fields.wrong_type(f"{where}.role", "a string", role)
        if role not in _ROLES:
            raise WORDS.not_one_of(f"{where}.role", _ROLES, role)
        if role == "tool" or (role == "assistant" and message.get("tool_calls")):
            has_tools = True
        content = message.get("content")
        if content is None:
            if role != "assistant":
                raise fields.wrong_type(f"{where}.content", "a string or an array", content)
        elif isinstance(content, list):
            _parts(content, f"{where}.content")
        elif not isinstance(content, str):
            raise fields.wrong_type(f"{where}.content", "a string or an array", content)
    if has_tools:
        check_turns(messages)
    return messages


def _parts(parts: list[Any], where: str) -> None:
    for number, part in enumerate(parts):
        if not isinstance(part, dict):
            raise fields.wrong_type(f"{where}[{number}]", "an object", part)
        if not isinstance(part.get("type"), str):
            raise fields.missing(f"{where}[{number}].type")
        if part["type"] == "text" and not isinstance(part.get("text"), str):
            raise fields.wrong_type(f"{where}[{number}].text", "a string", part.get("text"))


def _format(
    request: Mapping[str, Any], messages: list[Mapping[str, Any]]
) -> tuple[Literal["text", "json", "schema"], Mapping[str, Any]]:
    wanted: Mapping[str, Any] = request.get("response_format") or {}
    if not wanted:
        return "text", {}
    kind = wanted.get("type")
    if kind is None:
        raise fields.missing("response_format.type")
    if kind == "text":
        return "text", {}
    if kind == "json_object":
        if b"json" not in orjson.dumps([each.get("content") for each in messages]).lower():
            raise Refusal(
                "invalid_value",
                "'messages' must contain the word 'json' in some form, to use "
                "'response_format' of type 'json_object'.",
                param="messages",
            )
        return "json", {}
    if kind != "json_schema":
        raise WORDS.not_one_of("response_format.type", _FORMATS, kind)
    named = fields.table(wanted, "json_schema", "response_format.json_schema")
    if not isinstance(named.get("name"), str):
        raise fields.missing("response_format.json_schema.name")
    check_name(named["name"], "response_format.json_schema.name")
    schema = fields.table(named, "schema", "response_format.json_schema.schema")
    check_format(schema, named["name"], "response_format", strict=named.get("strict") is True)
    return "schema", schema

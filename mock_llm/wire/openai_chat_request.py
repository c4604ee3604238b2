"""Reads a chat completion's request."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import orjson

from mock_llm import tokens
from mock_llm.fault_kinds import CHAT
from mock_llm.generation import Ask
from mock_llm.models import Model
from mock_llm.refusals import Refusal
from mock_llm.wire import fields
from mock_llm.wire.openai_chat import ChatJob
from mock_llm.wire.openai_request import is_steady, max_tokens, model_for, room

if TYPE_CHECKING:
    from mock_llm.answers import KnowledgePack

_ROLES = frozenset(("developer", "system", "user", "assistant", "tool", "function"))


def read_chat(
    models: Mapping[str, Model], pack: "KnowledgePack", request: Mapping[str, Any]
) -> ChatJob:
    """The job that a request describes.

    Raises:
        Refusal: a field is missing, wrong or too large, or the model is not there.
    """
    model = model_for(models, request, "chat")
    messages = _messages(request)
    wants, schema = _format(request, messages)
    tools, must_call = _tools(request)
    prompt_tokens = tokens.count_messages(messages)
    if tools:
        prompt_tokens += tokens.count(orjson.dumps(tools).decode())
    asked = max_tokens(request, model, "max_completion_tokens", "max_tokens")
    stream = fields.flag(request, "stream")
    options = fields.table(request, "stream_options")
    if options and not stream:
        raise Refusal(
            "invalid_value",
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
        )
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
            n=fields.integer(request, "n", least=1, most=128) or 1,
            stop=fields.stops(request),
            wants=wants,
            schema=schema,
            tools=tools,
            must_call=must_call,
        ),
        prompt_tokens=prompt_tokens,
        with_usage=fields.flag(options, "include_usage"),
        pack=pack,
    )


def _messages(request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    messages = request.get("messages")
    if messages is None:
        raise fields.missing("messages")
    if not isinstance(messages, list):
        raise fields.wrong_type("messages", "an array of objects", messages)
    if not messages:
        raise fields.out_of_range("messages", "at least one message", messages)
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
            raise fields.out_of_range(f"{where}.role", f"one of {', '.join(sorted(_ROLES))}", role)
        content = message.get("content")
        if content is None:
            if role != "assistant":
                raise fields.wrong_type(f"{where}.content", "a string or an array", content)
        elif isinstance(content, list):
            _parts(content, f"{where}.content")
        elif not isinstance(content, str):
            raise fields.wrong_type(f"{where}.content", "a string or an array", content)
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
    wanted = fields.table(request, "response_format")
    if not wanted:
        return "text", {}
    kind = wanted.get("type")
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
        known = "one of text, json_object, json_schema"
        raise fields.out_of_range("response_format.type", known, kind)
    named = fields.table(wanted, "json_schema", "response_format.json_schema")
    if not isinstance(named.get("name"), str):
        raise fields.missing("response_format.json_schema.name")
    return "schema", fields.table(named, "schema", "response_format.json_schema.schema")


def _tools(request: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], bool]:
    """The tools that may be called, and whether one has to be."""
    tools = request.get("tools") or []
    if not isinstance(tools, list):
        raise fields.wrong_type("tools", "an array of objects", tools)
    for number, tool in enumerate(tools):
        if not isinstance(tool, dict):
            raise fields.wrong_type(f"tools[{number}]", "an object", tool)
        function = fields.table(tool, "function", f"tools[{number}].function")
        if not isinstance(function.get("name"), str):
            raise fields.missing(f"tools[{number}].function.name")
        fields.table(function, "parameters", f"tools[{number}].function.parameters")
    choice = request.get("tool_choice")
    if choice is None or choice == "auto":
        return tools, False
    if not tools:
        raise Refusal(
            "invalid_value",
            "'tool_choice' is only allowed when 'tools' are specified.",
            param="tool_choice",
        )
    if choice == "none":
        return [], False
    if choice == "required":
        return tools, True
    if not isinstance(choice, dict):
        known = "'none', 'auto', 'required' or an object that names a function"
        raise fields.out_of_range("tool_choice", known, choice)
    name = fields.table(choice, "function", "tool_choice.function").get("name")
    chosen = [tool for tool in tools if tool["function"]["name"] == name]
    if not chosen:
        raise fields.out_of_range("tool_choice.function.name", "the name of a tool", name)
    return chosen, True

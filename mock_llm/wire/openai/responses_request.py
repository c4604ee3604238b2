"""Reads a response's request, and that of a compaction."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import orjson

from mock_llm.injected.fault_kinds import RESPONSES
from mock_llm.kept import KeptResponse
from mock_llm.lab import Lab
from mock_llm.model import tokens
from mock_llm.model.generation import Ask
from mock_llm.model.models import Model
from mock_llm.refusals import Refusal
from mock_llm.wire import fields
from mock_llm.wire.kinds import check
from mock_llm.wire.openai import params
from mock_llm.wire.openai.compaction import CompactionJob
from mock_llm.wire.openai.complaints import WORDS
from mock_llm.wire.openai.objects import no_such
from mock_llm.wire.openai.prompt import cacheable, effort_of, part_tokens
from mock_llm.wire.openai.request import is_steady, max_tokens, model_for, room
from mock_llm.wire.openai.response_items import Input, read_input
from mock_llm.wire.openai.responses import ResponseJob
from mock_llm.wire.openai.schemas import check_format, check_name
from mock_llm.wire.openai.tools import response_tools

if TYPE_CHECKING:
    from mock_llm.model.answers import KnowledgePack

Json = Mapping[str, Any]
_FORMATS = ("text", "json_object", "json_schema")


def read_response(
    models: Mapping[str, Model], pack: "KnowledgePack", lab: Lab, request: Json
) -> ResponseJob:
    """The job that a request describes.

    Raises:
        Refusal: a field is missing, wrong or too large, or the model is not there.
    """
    model = model_for(models, request, "chat")
    check(params.RESPONSE, request)
    before, given, instructions = read_conversation(lab, request)
    tools = response_tools(request)
    wants, schema, text = _format(request, given)
    stream, background = request.get("stream") is True, request.get("background") is True
    store = request.get("store") is not False
    if background and not store:
        raise Refusal(
            "invalid_value", "Background responses need 'store' to be true.", param="background"
        )
    if request.get("stream_options") and not stream:
        raise Refusal(
            "invalid_value",
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
        )
    chat = [*instructions, *before, *given.chat]
    if not chat:
        raise Refusal(
            "invalid_value",
            "Item of type 'reasoning' was provided without its required following item.",
            param="input",
        )
    prompt_tokens = prompt_tokens_of(lab, model, chat, tools.offered)
    if request.get("truncation") == "auto":
        first = len(instructions)
        too_many = _oldest(lab, model, chat[first:], prompt_tokens - model.context_window)
        if too_many:
            del chat[first : first + too_many]
            prompt_tokens = prompt_tokens_of(lab, model, chat, tools.offered)
    reasoning = request.get("reasoning") or {}
    effort = effort_of(model, reasoning.get("effort"), "reasoning.effort")
    summary = reasoning.get("summary")
    include = request.get("include") or ()
    asked = max_tokens(request, model, "max_output_tokens")
    limit = room(model, prompt_tokens, asked, "input")
    steady = is_steady(request)
    asked_for = {
        "messages": chat,
        "tools": tools.offered,
        "must_call": tools.must_call,
        "text": text,
        "effort": effort,
        "max_output_tokens": asked,
        "temperature": request.get("temperature"),
    }
    question = fields.question_of(asked_for)
    return ResponseJob(
        model=model,
        stream=stream,
        wants_json=wants != "text",
        content=f"{RESPONSES} {model.id} {question}",
        question=question,
        steady=steady,
        ask=Ask(
            messages=chat,
            max_tokens=limit,
            wants=wants,
            schema=schema,
            schema_name=text["format"].get("name", ""),
            tools=tools.offered,
            must_call=tools.must_call,
            custom=tools.custom,
            parallel_calls=request.get("parallel_tool_calls") is not False,
            effort=effort,
        ),
        prompt_tokens=prompt_tokens,
        pack=pack,
        lab=lab,
        cacheable=cacheable(model, prompt_tokens, tools.offered, chat),
        alternatives=_alternatives(request, include),
        given=given,
        before=before,
        echo=_echo(model, request, text, effort, summary),
        background=background,
        store=store,
        summarize=summary is not None,
        with_thoughts="reasoning.encrypted_content" in include,
    )


def read_compaction(
    models: Mapping[str, Model], pack: "KnowledgePack", lab: Lab, request: Json
) -> CompactionJob:
    """The job that a request to compact a conversation describes.

    Raises:
        Refusal: a field is missing, wrong or too large, or the model is not there.
    """
    model = model_for(models, request, "chat")
    check(params.COMPACTION, request)
    before, given, instructions = read_conversation(lab, request)
    chat = [*before, *given.chat]
    if not chat:
        raise fields.missing("input")
    prompt_tokens = prompt_tokens_of(lab, model, [*instructions, *chat], ())
    room(model, prompt_tokens, None, "input")
    question = fields.question_of({"compact": [*instructions, *chat]})
    return CompactionJob(
        model=model,
        content=f"{RESPONSES}/compact {model.id} {question}",
        question=question,
        chat=chat,
        prompt_tokens=prompt_tokens,
    )


def read_conversation(lab: Lab, request: Json) -> tuple[Sequence[Json], Input, Sequence[Json]]:
    """The chat so far, what the request adds to it, and its instructions as a message.

    The types of its parameters are checked already, but for its input.

    Raises:
        Refusal: the input is wrong, or what it goes on from is not there.
    """
    conversation = request.get("conversation")
    if conversation is not None:
        id = conversation.get("id") if isinstance(conversation, dict) else conversation
        raise no_such("Conversation with id", str(id), "conversation")
    prompt = request.get("prompt")
    if prompt:
        raise no_such("Prompt with id", str(prompt.get("id")), "prompt.id")
    previous = request.get("previous_response_id")
    before = _previous(lab, previous).chat if previous else ()
    given = read_input(lab, request, before, needed=not previous)
    said = request.get("instructions")
    return before, given, [{"role": "system", "content": said}] if said else []


def prompt_tokens_of(lab: Lab, model: Model, chat: Sequence[Json], tools: Sequence[Json]) -> int:
    """How many tokens a chat and its tools are."""
    total = tokens.count_messages(chat) + part_tokens(lab, model, chat)
    return total + tokens.count(orjson.dumps(tools).decode()) if tools else total


def _oldest(lab: Lab, model: Model, chat: Sequence[Json], too_many: int) -> int:
    """How many of the oldest messages to leave out, for more tokens than are too many to be gone;
    all but the last at most."""
    if too_many < 0:
        return 0
    around = prompt_tokens_of(lab, model, (), ())
    gone = 0
    for place, message in enumerate(chat[:-1]):
        if gone > too_many:
            return place
        gone += prompt_tokens_of(lab, model, (message,), ()) - around
    return max(0, len(chat) - 1)


def _previous(lab: Lab, id: str) -> KeptResponse:
    kept = lab.kept.responses.get(id)
    if kept is None:
        raise Refusal(
            "previous_response_not_found",
            f"Previous response with id '{id[:100]}' not found.",
            param="previous_response_id",
        )
    if lab.clock.wall() < kept.done_at:
        raise Refusal(
            "invalid_value",
            f"Previous response with id '{id[:100]}' is still in progress.",
            param="previous_response_id",
        )
    return kept


def _format(
    request: Json, given: Input
) -> tuple[Literal["text", "json", "schema"], Json, dict[str, Any]]:
    """The form of the answer, its schema, and the `text` object that the response repeats."""
    asked = request.get("text") or {}
    verbosity = asked.get("verbosity") or "medium"
    wanted = asked.get("format") or {}
    kind = wanted.get("type", "text")
    if kind == "text":
        return "text", {}, {"format": {"type": "text"}, "verbosity": verbosity}
    if kind == "json_object":
        if b"json" not in orjson.dumps(given.chat).lower():
            raise Refusal(
                "invalid_value",
                "Response input messages must contain the word 'json' in some form to use "
                "'text.format' of type 'json_object'.",
                param="input",
            )
        return "json", {}, {"format": {"type": "json_object"}, "verbosity": verbosity}
    if kind != "json_schema":
        raise WORDS.not_one_of("text.format.type", _FORMATS, kind)
    if not isinstance(wanted.get("name"), str):
        raise fields.missing("text.format.name")
    if wanted.get("schema") is None:
        raise fields.missing("text.format.schema")
    check_name(wanted["name"], "text.format.name")
    schema = fields.table(wanted, "schema", "text.format.schema")
    strict = wanted.get("strict") is True
    check_format(schema, wanted["name"], "text.format.schema", strict=strict)
    return "schema", schema, {"format": dict(wanted), "verbosity": verbosity}


def _alternatives(request: Json, include: Sequence[str]) -> int | None:
    top: int | None = request.get("top_logprobs")
    return (top or 0) if top or "message.output_text.logprobs" in include else None


def _echo(
    model: Model, request: Json, text: Json, effort: str, summary: str | None
) -> dict[str, Any]:
    """What a response repeats of its request, with the provider's defaults."""
    temperature, top_p = request.get("temperature"), request.get("top_p")
    return {
        "background": request.get("background") is True,
        "instructions": request.get("instructions"),
        "max_output_tokens": request.get("max_output_tokens"),
        "max_tool_calls": request.get("max_tool_calls"),
        "metadata": dict(fields.metadata(request) or {}),
        "model": model.asked_as,
        "parallel_tool_calls": request.get("parallel_tool_calls") is not False,
        "previous_response_id": request.get("previous_response_id"),
        "prompt_cache_key": request.get("prompt_cache_key"),
        "reasoning": {
            "effort": effort if model.reasoning_effort is not None else None,
            "summary": summary,
        },
        "safety_identifier": request.get("safety_identifier"),
        "service_tier": "default",
        "store": request.get("store") is not False,
        "temperature": 1.0 if temperature is None else float(temperature),
        "text": text,
        "tool_choice": request.get("tool_choice") or "auto",
        "tools": [_tool(tool) for tool in request.get("tools") or ()],
        "top_logprobs": request.get("top_logprobs") or 0,
        "top_p": 1.0 if top_p is None else float(top_p),
        "truncation": request.get("truncation") or "disabled",
        "user": request.get("user"),
    }


def _tool(tool: Json) -> Json:
    if tool["type"] == "custom":
        return tool
    strict = tool.get("strict")
    return {"description": None, "parameters": None, **tool, "strict": strict is not False}

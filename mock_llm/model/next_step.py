"""A call that is forced though a tool's result came last: the next step, told by what came back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from mock_llm.bounded_json import load_json
from mock_llm.draws import Draw
from mock_llm.knowledge.naming import normal
from mock_llm.knowledge.tools import result_data, result_text
from mock_llm.knowledge.work import NoArguments, TooMuchWork, Work

if TYPE_CHECKING:
    from mock_llm.knowledge.reply import ToolCall
    from mock_llm.model.answers import KnowledgePack

Json = Mapping[str, Any]

_RESULTS = ("tool", "function")
# What frameworks call the tool with which a run ends.
_ENDS = ("final", "answer", "respond", "response", "output", "submit", "finish", "done")


def follows_result(messages: Sequence[Json]) -> bool:
    """Whether a tool's result is the last that was said."""
    return bool(messages) and messages[-1].get("role") in _RESULTS


def next_call(
    pack: "KnowledgePack",
    capability: Mapping[str, float],
    tools: Sequence[Json],
    messages: Sequence[Json],
    draw: Draw,
    work: Work,
) -> "list[ToolCall]":
    """The call after a result: of a tool that ends the run, else of one that was not called yet, so
    that whoever insists on a call at every step comes to an end.

    Its arguments are what came back and what was asked with before, where the names of fields fit.

    Raises NoArguments if none can be valid, or they take more than `work`.
    """
    asked = next((n for n in range(len(messages), 0, -1) if _is_user(messages[n - 1])), 0)
    before = list(_calls(messages[asked:]))
    called = {str(call.get("name")) for call in before}
    left = [tool for tool in tools if _named(tool) not in called]
    ends = [tool for tool in left if _is_end(_named(tool))]
    calls = pack.tool_call(
        ends or left or tools, messages[:asked], draw, must_call=True, work=work
    )[:1]
    if not calls or calls[0].name in called:
        return calls
    reply = pack.reply(messages, capability=capability, draw=draw)
    known: dict[str, object] = {"reason": reply.text}
    for told in (*map(_arguments, before), result_data(result_text(messages) or "")):
        known |= {normal(name): value for name, value in (told or {}).items()}
    schema = next(_parameters(tool) for tool in tools if _named(tool) == calls[0].name)
    reply = replace(reply, structured={**known, **(reply.structured or {})})
    try:
        made = pack.fill_schema({"type": "object", **schema}, reply, draw, work)
    except (ValueError, TooMuchWork) as error:
        raise NoArguments(str(error), calls[0].name) from error
    return [replace(calls[0], arguments=orjson.dumps(made).decode())]


def _is_user(message: Json) -> bool:
    return message.get("role") == "user"


def _calls(messages: Sequence[Json]) -> Iterator[Json]:
    """The functions that were called, in the formats of both providers."""
    for message in messages:
        for call in message.get("tool_calls") or ():
            inner = call.get("function") or call.get("custom")
            if isinstance(inner, Mapping):
                yield inner
        if isinstance(message.get("function_call"), Mapping):
            yield message["function_call"]


def _arguments(call: Json) -> Json | None:
    try:
        told = load_json(str(call.get("arguments")))
    except ValueError:
        return None
    return told if isinstance(told, Mapping) else None


def _function(tool: Json) -> Json:
    inner = tool.get("function")
    return inner if isinstance(inner, Mapping) else tool


def _named(tool: Json) -> str:
    return str(_function(tool).get("name"))


def _parameters(tool: Json) -> Json:
    function = _function(tool)
    return function.get("parameters") or function.get("input_schema") or {}


def _is_end(name: str) -> bool:
    return not set(normal(name).split("_")).isdisjoint(_ENDS)

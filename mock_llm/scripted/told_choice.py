"""One answer as a rule tells it: cut to what the request allows, and spoiled by faults like any."""

from dataclasses import replace

import orjson

from mock_llm.draws import Draw
from mock_llm.injected.faults import Fault
from mock_llm.knowledge.reply import Reply, ToolCall
from mock_llm.model.generation import Ask, Choice, calls, cut, refused
from mock_llm.scripted.rule_replies import REFUSAL, Told


def told_choice(told: Told, ask: Ask, draw: Draw, fault: Fault | None) -> tuple[Choice, Reply]:
    """The choice, and what the journal says of it: `rule:NAME`, neither right nor wrong.

    The model thinks only as long as the rule says that it does (`usage: reasoning_tokens`).
    """
    thoughts = min(told.usage.get("reasoning_tokens", 0), ask.max_tokens)
    choice = _choice(told, ask, thoughts, draw, fault)
    if told.finish_reason is not None and fault is None:
        choice = replace(choice, finish_reason=told.finish_reason)
    return choice, Reply(told.text, f"rule:{told.rule}", None, True, None, None)


def _choice(told: Told, ask: Ask, thoughts: int, draw: Draw, fault: Fault | None) -> Choice:
    most = ask.max_tokens - thoughts
    kind = fault.kind if fault else ""
    if told.refused or kind == "refusal":
        return refused(told.text if told.refused else REFUSAL, most, thoughts)
    if kind == "empty":
        return Choice("", thoughts, "stop", reasoning=thoughts)
    if told.calls:
        return calls([_call(name, said, ask) for name, said in told.calls], ask, draw, thoughts)
    return cut(told.text, ask.stop, most, thoughts, fault)


def _call(name: str, arguments: str, ask: Ask) -> ToolCall:
    """A call; the text that a custom tool takes may be written as it is, or as its `input`."""
    if name in ask.custom and not _has_input(arguments):
        arguments = orjson.dumps({"input": arguments}).decode()
    return ToolCall(name, arguments)


def _has_input(arguments: str) -> bool:
    try:
        parsed = orjson.loads(arguments)
    except orjson.JSONDecodeError:
        return False
    return isinstance(parsed, dict) and "input" in parsed

"""Refuses conversations in which a tool's call and its result do not belong together."""

from collections.abc import Mapping, Sequence
from typing import Any

from mock_llm.refusals import Refusal
from mock_llm.wire import fields

Json = Mapping[str, Any]
_SHOWN = 1000  # characters of ids


def check_turns(messages: Sequence[Json]) -> None:
    """Check that every call of a chat has its result right after it, and every result its call.

    Raises:
        Refusal: one has not, or is not named properly.
    """
    open_calls: dict[str, None] = {}
    called: frozenset[str] = frozenset()
    caller = 0
    for number, message in enumerate(messages):
        where = f"messages[{number}]"
        if message["role"] == "tool":
            _answer(message, number, called, open_calls)
            continue
        _check_answered(open_calls, caller)
        calls = fields.listed(message, "tool_calls") if message["role"] == "assistant" else ()
        open_calls, caller = _ids(calls, where), number
        called = frozenset(open_calls)
    _check_answered(open_calls, caller)


def _answer(
    message: Json, number: int, called: frozenset[str], open_calls: dict[str, None]
) -> None:
    where = f"messages.[{number}]"
    if not called:
        raise Refusal(
            "invalid_value",
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding "
            "message with 'tool_calls'.",
            param=f"{where}.role",
        )
    id = fields.text(message, "tool_call_id")
    if id is None:
        raise fields.missing(f"{where}.tool_call_id")
    if id not in called:
        raise Refusal(
            "invalid_value",
            f"Invalid parameter: 'tool_call_id' of '{id[:_SHOWN]}' not found in 'tool_calls' of "
            "previous message.",
            param=f"{where}.tool_call_id",
        )
    open_calls.pop(id, None)


def _ids(calls: Sequence[Any], where: str) -> dict[str, None]:
    ids: dict[str, None] = {}
    for number, call in enumerate(calls):
        at = f"{where}.tool_calls[{number}]"
        if not isinstance(call, dict):
            raise fields.wrong_type(at, "an object", call)
        id = call.get("id")
        if id is None:
            raise fields.missing(f"{at}.id")
        if not isinstance(id, str):
            raise fields.wrong_type(f"{at}.id", "a string", id)
        ids[id] = None
    return ids


def _check_answered(open_calls: Mapping[str, None], caller: int) -> None:
    if open_calls:
        raise Refusal(
            "invalid_value",
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
            f"{', '.join(open_calls)[:_SHOWN]}",
            param=f"messages.[{caller}].role",
        )

"""Tool calls in the format of chat completions."""

from typing import Any

from mock_llm.model.generation import Call, Choice


def call_object(call: Call, said: str) -> dict[str, Any]:
    """A call that says so much by now."""
    if call.custom:
        return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": said}}
    function = {"name": call.name, "arguments": said}
    return {"id": call.id, "type": "function", "function": function}


def call_delta(call: Call, piece: str) -> dict[str, Any]:
    """What a chunk adds to a call."""
    return {"custom": {"input": piece}} if call.custom else {"function": {"arguments": piece}}


def finish_reason(choice: Choice, *, legacy: bool) -> str:
    """Why a choice ended; `functions` have another word for it than tools."""
    if legacy and choice.finish_reason == "tool_calls":
        return "function_call"
    return choice.finish_reason

"""An answer as Anthropic's API gives it: thinking, text and tool calls, and why it ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from mock_llm.model import tokens
from mock_llm.model.generation import Call, Choice
from mock_llm.wire.anthropic.thinking import Thought

_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}


@dataclass(frozen=True)
class Answer(Choice):
    """A choice with the thought before it, and why it ended."""

    thought: Thought | None = None
    stop_reason: str = "end_turn"
    stop_sequence: str | None = None

    @property
    def stop_details(self) -> dict[str, Any] | None:
        if self.stop_reason != "refusal":
            return None
        return {"type": "refusal", "category": None, "explanation": None}

    def content(self) -> list[dict[str, Any]]:
        """The content blocks of the whole message."""
        blocks: list[dict[str, Any]] = []
        if self.thought:
            blocks.append(
                {
                    "type": "thinking",
                    "thinking": self.thought.text,
                    "signature": self.thought.signature,
                }
            )
        if self.text:
            blocks.append({"type": "text", "text": self.text, "citations": None})
        for call in self.calls:
            blocks.append(tool_use(call, _arguments(call)))
        return blocks


def tool_use(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    """A tool call's block."""
    return {
        "type": "tool_use",
        "id": call.id,
        "name": call.name,
        "input": arguments,
        "caller": {"type": "direct"},
    }


def _arguments(call: Call) -> dict[str, Any]:
    """A call's arguments; none if they were cut short."""
    try:
        parsed = orjson.loads(call.arguments)
    except orjson.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def refusal(reasoning: int = 0, thought: Thought | None = None) -> Answer:
    """What a model says that declines: nothing."""
    return Answer(
        "", reasoning, "stop", reasoning=reasoning, thought=thought, stop_reason="refusal"
    )


def answer(choice: Choice, thought: Thought | None, stops: Sequence[str]) -> Answer:
    """A generated choice as an answer.

    Args:
        stops: the sequences of which the first that occurs in the text ends it.
    """
    if choice.refused:
        return refusal(choice.reasoning, thought)
    made = Answer(
        text=choice.text,
        tokens=choice.tokens,
        finish_reason=choice.finish_reason,
        calls=[
            Call(f"toolu_{call.id.removeprefix('call_')}", call.name, call.arguments)
            for call in choice.calls
        ],
        reasoning=choice.reasoning,
        thought=thought,
        stop_reason=_REASONS[choice.finish_reason],
    )
    stop = _first_stop(made.text, stops)
    if stop is None:
        return made
    text = made.text[: made.text.index(stop)]
    return replace(
        made,
        text=text,
        tokens=made.reasoning + tokens.count(text),
        finish_reason="stop",
        stop_reason="stop_sequence",
        stop_sequence=stop,
    )


def _first_stop(text: str, stops: Sequence[str]) -> str | None:
    found = [(text.index(stop), stop) for stop in stops if stop in text]
    return min(found)[1] if found else None

"""What an answer is: its text, and what is known about it that the client never sees."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """An answer.

    Args:
        text: what the model says.
        item: the question that was read, as a stable id; None if none was.
        kind: factual, reasoning, creative or code; None if no question was read.
        matched: whether a question was read in the prompt.
        correct: whether the answer is right; None if no question was read.
        structured: the answer's content by field name (product, price, …), right or wrong.
    """

    text: str
    item: str | None
    kind: str | None
    matched: bool
    correct: bool | None
    structured: Mapping[str, object] | None


@dataclass(frozen=True)
class ToolCall:
    """A function that the model wants called, with its arguments as JSON text."""

    name: str
    arguments: str

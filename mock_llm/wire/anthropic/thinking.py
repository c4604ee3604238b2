"""What a model thinks before it answers: how long, in which words, and the block that shows it."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

from mock_llm.draws import Draw
from mock_llm.model import tokens
from mock_llm.wire.anthropic import fields
from mock_llm.wire.anthropic.errors import invalid
from mock_llm.wire.anthropic.traits import Traits

TYPES = ("adaptive", "between_tools", "disabled", "enabled")
LEAST_BUDGET = 1024
_STEPS = (
    "Let me look at what is really asked here.",
    "First I note what is given, and what is not.",
    "One way to read this is the literal one; I check whether it fits.",
    "The numbers have to agree with each other, so I go over them again.",
    "There may be an exception that I should rule out.",
    "I compare the candidates one by one and drop those that do not fit.",
    "That leaves one answer; I make sure that nothing speaks against it.",
    "I keep the answer short and say what it rests on.",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a request wants the model to think. `shown` is False if only a signature is wanted."""

    effort: str
    shown: bool


@dataclass(frozen=True)
class Thought:
    """A thinking block; `text` is what is shown of it, "" if nothing is."""

    text: str
    signature: str

    @cached_property
    def pieces(self) -> Sequence[str]:
        """What a stream shows of it, token by token."""
        return tokens.pieces(self.text) if self.text else ()


def read_plan(request: Mapping[str, Any], traits: Traits, max_tokens: int) -> Plan | None:
    """How the model shall think; None if it shall not.

    It thinks where the request sets thinking to "adaptive": where nothing is said, adaptive models
    decide for themselves, and this mock's decide for the cheaper.

    Raises:
        Refusal: `thinking` is wrong, or this model does not take it.
    """
    effort = (request.get("output_config") or {}).get("effort")
    thinking = fields.table(request, "thinking")
    if not thinking:
        return None
    kind = fields.tag(thinking, "thinking", TYPES)
    at = f"thinking.{kind}."
    shown = fields.one_of(thinking, "display", ("summarized", "omitted"), at) == "summarized"
    if kind == "enabled":
        _check_budget(thinking, max_tokens)
    if kind not in traits.thinking:
        raise invalid(
            f'"thinking.type.{kind}" is not supported for this model. Use '
            '"thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
            "thinking",
        )
    if kind != "adaptive":
        if effort in ("xhigh", "max"):
            raise invalid(
                f"output_config.effort '{effort}' is not supported when thinking is disabled on "
                "this model. Use effort 'high' or below.",
                "output_config",
            )
        return None
    return Plan(effort or traits.effort, shown)


def _check_budget(thinking: Mapping[str, Any], max_tokens: int) -> None:
    fields.needed(thinking, "budget_tokens", "thinking.enabled.")
    budget = fields.integer(thinking, "budget_tokens", LEAST_BUDGET, "thinking.enabled.") or 0
    if budget >= max_tokens:
        raise invalid(
            "`max_tokens` must be greater than `thinking.budget_tokens`.", "thinking.budget_tokens"
        )


def think(plan: Plan, draw: Draw, count: int) -> Thought:
    """What the model thought in `count` tokens."""
    seal = blake2b(f"{plan.effort} {count} {draw.integer('seal', 1 << 60)}".encode())
    signature = base64.b64encode(seal.digest()).decode()
    return Thought(_words(draw, count) if plan.shown else "", signature)


def _words(draw: Draw, count: int) -> str:
    said: list[str] = []
    length = 0
    while length < count:
        step = draw.choice(f"thought {len(said)}", _STEPS)
        said.append(step if not said else f" {step}")
        length += tokens.count(said[-1])
    return tokens.cut("".join(said), count)

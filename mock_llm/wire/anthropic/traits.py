"""What sets Anthropic's models apart in its API: what each accepts, and how it is presented.

From the models' pages on platform.claude.com, read in November 2026. The tokens of the prompt that
comes with tools are those last published for each line of models.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Effort = Literal["low", "medium", "high", "xhigh", "max"]
EFFORTS: tuple[Effort, ...] = ("low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True, slots=True)
class Traits:
    """One model.

    `thinking` are the types of thinking that it accepts, `forced_tools` says whether a request may
    insist on a tool call. `cache_minimum` is the shortest beginning that is cached, in tokens;
    `tools_prompt` what tools add to a prompt, and `forced_prompt` where one must be called.
    """

    line: str
    name: str
    thinking: frozenset[str]
    effort: Effort
    forced_tools: bool
    tools_prompt: int
    forced_prompt: int
    cache_minimum: int = 512


_TRAITS: Mapping[str, Traits] = {
    "claude-opus-5-5": Traits(
        line="opus",
        name="Claude Opus 5.5",
        thinking=frozenset(("adaptive",)),
        effort="medium",
        forced_tools=False,
        tools_prompt=290,
        forced_prompt=410,
    ),
    "claude-sonnet-5-5": Traits(
        line="sonnet",
        name="Claude Sonnet 5.5",
        thinking=frozenset(("adaptive", "between_tools")),
        effort="high",
        forced_tools=False,
        tools_prompt=354,
        forced_prompt=474,
    ),
    "claude-haiku-5-5": Traits(
        line="haiku",
        name="Claude Haiku 5.5",
        thinking=frozenset(("adaptive", "disabled")),
        effort="medium",
        forced_tools=True,
        tools_prompt=496,
        forced_prompt=588,
    ),
}


def traits_of(model: str) -> Traits:
    """The traits of a model.

    Raises:
        KeyError: it is none of Anthropic's.
    """
    return _TRAITS[model]

"""What a token costs, in whole nano-dollars (a billionth of a dollar). No floats near money.

A price of $2 per million tokens is 2,000 nano-dollars a token. Current list, November 2026. Nothing
to fill in here: read it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Price:
    """Nano-dollars per token."""

    prompt: int
    cached_prompt: int
    completion: int


PRICES = {
    "gpt-6.1-sol": Price(prompt=2_000, cached_prompt=100, completion=10_000),
    "gpt-6.1-terra": Price(prompt=1_000, cached_prompt=50, completion=5_000),
    "gpt-6-luna": Price(prompt=100, cached_prompt=10, completion=500),
}


def cost_nanodollars(
    model: str, *, prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0
) -> int:
    """The cost of one call from the token counts in its reply's `usage`.

    `cached_tokens` is the part of `prompt_tokens` that the provider had in its own cache. Raises
    KeyError for a model that has no price here: better loud than free.
    """
    price = PRICES[model]
    return (
        (prompt_tokens - cached_tokens) * price.prompt
        + cached_tokens * price.cached_prompt
        + completion_tokens * price.completion
    )

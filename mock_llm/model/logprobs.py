"""How likely each token of an answer was, and what else could have stood there.

The numbers are drawn from the text alone: the same answer always has the same ones.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mock_llm.draws import Draw

MOST_ALTERNATIVES = 20
_LEAST_LIKELY = 3.0  # the chosen token's logprob is never below minus this
_OTHERS = (
    " the", " a", " and", ".", ",", " is", " it", " of", " to", " in", " for", " with", " that",
    " this", " you", " on", " are", " or", " an", " as", " at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A token, its natural log probability, and the likeliest ones in its place, with theirs."""

    token: str
    logprob: float
    top: Sequence[tuple[str, float]]


def logprobs_of(pieces: Sequence[str], alternatives: int) -> list[TokenLogprob]:
    """The log probabilities of a text's tokens, with so many alternatives each."""
    draw = Draw(0, "logprobs", "".join(pieces))
    return [
        _token(piece, draw.uniform(str(index)), alternatives) for index, piece in enumerate(pieces)
    ]


def _token(piece: str, uniform: float, alternatives: int) -> TokenLogprob:
    logprob = -_LEAST_LIKELY * (uniform**4 + 1e-6)
    if not alternatives:
        return TokenLogprob(piece, logprob, ())
    rest = 1.0 - math.exp(logprob)
    others = [other for other in _OTHERS if other != piece][: alternatives - 1]
    top = [(piece, logprob)]
    for other in others:
        rest /= 2.0
        top.append((other, math.log(rest)))
    return TokenLogprob(piece, logprob, sorted(top, key=lambda pair: -pair[1]))

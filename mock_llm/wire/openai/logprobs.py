"""Log probabilities in OpenAI's formats."""

from collections.abc import Mapping, Sequence
from typing import Any

from mock_llm.model.logprobs import TokenLogprob, logprobs_of


def chat_logprobs(pieces: Sequence[str], alternatives: int) -> list[dict[str, Any]]:
    """One object a token, as chat completions and responses have them."""
    return [_object(each) for each in logprobs_of(pieces, alternatives)]


def completion_logprobs(pieces: Sequence[str], alternatives: int, offset: int) -> Mapping[str, Any]:
    """The lists of a legacy completion; `offset` is where its text begins, in characters."""
    known = logprobs_of(pieces, alternatives)
    offsets = []
    for each in known:
        offsets.append(offset)
        offset += len(each.token)
    return {
        "tokens": [each.token for each in known],
        "token_logprobs": [each.logprob for each in known],
        "top_logprobs": [dict(each.top) for each in known] if alternatives else None,
        "text_offset": offsets,
    }


def token_logprobs(known: Mapping[str, Any], index: int) -> Mapping[str, Any]:
    """Of the lists of a legacy completion what is about one token."""
    return {name: each and each[index : index + 1] for name, each in known.items()}


def _object(known: TokenLogprob) -> dict[str, Any]:
    top = [_one(token, logprob) for token, logprob in known.top]
    return {**_one(known.token, known.logprob), "top_logprobs": top}


def _one(token: str, logprob: float) -> dict[str, Any]:
    bytes_ = list(token.encode("utf-8", "surrogatepass"))
    return {"token": token, "logprob": logprob, "bytes": bytes_}

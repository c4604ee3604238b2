"""What every OpenAI request to a model has in common."""

from collections.abc import Mapping
from typing import Any

from mock_llm.evidence.visit import Visit
from mock_llm.model.models import Model, Serves, find_model
from mock_llm.model.own_models import note_unknown
from mock_llm.refusals import Refusal
from mock_llm.wire import fields

LONGEST_NAME = 512  # of a user or a feature: the ledger has an account for each
_ELSEWHERE = {
    "chat": "v1/chat/completions",
    "completions": "v1/completions",
    "embeddings": "v1/embeddings",
    "moderations": "v1/moderations",
}


def model_for(models: Mapping[str, Model], request: Mapping[str, Any], serves: Serves) -> Model:
    """The model that a request names.

    Raises:
        Refusal: it names none, one that does not exist, or one of another endpoint.
    """
    name = fields.needed_text(request, "model")
    model = find_model(models, name)
    if model is None:
        raise unknown_model(name)
    if model.serves != serves:
        raise Refusal(
            "wrong_endpoint_for_model",
            f"The model `{name}` is not served by {_ELSEWHERE[serves]}. "
            f"Did you mean to use {_ELSEWHERE[model.serves]}?",
            param="model",
        )
    return model


def unknown_model(name: str) -> Refusal:
    note_unknown(name)
    shown = name if len(name) <= 100 else f"{name[:100]}…"
    return Refusal(
        "unknown_model",
        f"The model `{shown}` does not exist or you do not have access to it.",
        param="model",
    )


def note_sender(visit: Visit, request: Mapping[str, Any], feature: str | None) -> None:
    """Who asks, and for which feature: `metadata.feature`, else the header X-Feature."""
    visit.user = sender(request)
    named = fields.table(request, "metadata").get("feature")
    feature = named if isinstance(named, str) else feature
    visit.feature = feature[:LONGEST_NAME] if feature else feature


def sender(request: Mapping[str, Any]) -> str | None:
    """Who asks.

    Raises:
        Refusal: the name is no text, or longer than the ledger keeps.
    """
    for key in ("safety_identifier", "user"):
        name = fields.text(request, key)
        if name and len(name) > LONGEST_NAME:
            raise Refusal(
                "invalid_value",
                f"Invalid '{key}': string too long. Expected a string with maximum length "
                f"{LONGEST_NAME}, but got a string with length {len(name)} instead.",
                param=key,
                code="string_above_max_length",
            )
        if name:
            return name
    return None


def max_tokens(request: Mapping[str, Any], model: Model, *keys: str) -> int | None:
    """The limit that the request sets for a choice, by the first of its names that is there."""
    for key in keys:
        value: int | None = request.get(key)
        if value is None:
            continue
        if value > model.max_output:
            raise Refusal(
                "invalid_value",
                f"{key} is too large: {value}. This model supports at most {model.max_output} "
                "completion tokens.",
                param=key,
            )
        return value
    return None


def room(model: Model, prompt_tokens: int, asked: int | None, param: str) -> int:
    """How many tokens a choice may have.

    Raises:
        Refusal: prompt and completion together do not fit into the context window.
    """
    left = model.context_window - prompt_tokens
    if left < (asked or 1):
        wanted = f" ({prompt_tokens} in the prompt, {asked} in the completion)" if asked else ""
        raise Refusal(
            "context_length",
            f"This model's maximum context length is {model.context_window} tokens. However, you "
            f"requested {prompt_tokens + (asked or 0)} tokens{wanted}. Please reduce the length "
            f"of the {param}{' or completion' if asked else ''}.",
            param=param,
        )
    return asked or min(model.max_output, left)


def is_steady(request: Mapping[str, Any]) -> bool:
    """Whether the request asks for the same answer each time."""
    return request.get("seed") is not None or request.get("temperature") == 0

"""What every OpenAI request to a model has in common."""

from collections.abc import Mapping
from typing import Any

from mock_llm.evidence.visit import Visit
from mock_llm.model.models import Model, Serves
from mock_llm.refusals import Refusal
from mock_llm.wire import fields

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
    model = models.get(name)
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
    shown = name if len(name) <= 100 else f"{name[:100]}…"
    return Refusal(
        "unknown_model",
        f"The model `{shown}` does not exist or you do not have access to it.",
        param="model",
    )


def note_sender(visit: Visit, request: Mapping[str, Any], feature: str | None) -> None:
    """Who asks, and for which feature: `metadata.feature`, else the header X-Feature."""
    visit.user = fields.text(request, "safety_identifier") or fields.text(request, "user")
    named = fields.table(request, "metadata").get("feature")
    visit.feature = named if isinstance(named, str) else feature


def max_tokens(request: Mapping[str, Any], model: Model, *keys: str) -> int | None:
    """The limit that the request sets for a choice, by the first of its names that is there."""
    for key in keys:
        value = fields.integer(request, key, least=1)
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
    seeded = fields.integer(request, "seed", least=-(2**63)) is not None
    cold = fields.number(request, "temperature", 0.0, 2.0) == 0.0
    fields.number(request, "top_p", 0.0, 1.0)
    return seeded or cold

"""GET /v1/models, GET and DELETE /v1/models/{id}."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

import orjson

from mock_llm.model.models import Model, find_model
from mock_llm.refusals import Refusal
from mock_llm.wire.openai.objects import Call
from mock_llm.wire.openai.request import unknown_model


async def list_or_retrieve(call: Call) -> bytes:
    """All models, or the one that the path names."""
    return models_body(call.models, call.id or None)


async def delete(call: Call) -> bytes:
    """Refused: only models that were fine-tuned can be deleted, and there are none here.

    Raises:
        Refusal: always.
    """
    if find_model(call.models, call.id) is None:
        raise unknown_model(call.id)
    raise Refusal(
        "forbidden",
        f"You have insufficient permissions to delete the model '{call.id}': "
        "only models that you have fine-tuned can be deleted.",
    )


def models_body(models: Mapping[str, Model], id: str | None) -> bytes:
    """All models, or the one with an id.

    Raises:
        Refusal: there is no such model.
    """
    if id is None:
        listed = [_model(model) for model in models.values()]
        return orjson.dumps({"object": "list", "data": listed})
    model = find_model(models, id)
    if model is None:
        raise unknown_model(id)
    return orjson.dumps(_model(model))


def _model(model: Model) -> dict[str, Any]:
    created = datetime.combine(model.created, time(), UTC)
    return {
        "id": model.asked_as,
        "object": "model",
        "created": int(created.timestamp()),
        "owned_by": model.owner,
        "shutdown_date": model.shutdown_date.isoformat() if model.shutdown_date else None,
    }

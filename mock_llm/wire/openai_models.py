"""GET /v1/models and GET /v1/models/{id}."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

import orjson

from mock_llm.models import Model
from mock_llm.wire.openai_request import unknown_model


def models_body(models: Mapping[str, Model], id: str | None) -> bytes:
    """All models, or the one with an id.

    Raises:
        Refusal: there is no such model.
    """
    if id is None:
        listed = [_model(model) for model in models.values()]
        return orjson.dumps({"object": "list", "data": listed})
    if id not in models:
        raise unknown_model(id)
    return orjson.dumps(_model(models[id]))


def _model(model: Model) -> dict[str, Any]:
    created = datetime.combine(model.created, time(), UTC)
    return {
        "id": model.id,
        "object": "model",
        "created": int(created.timestamp()),
        "owned_by": model.owner,
        "shutdown_date": model.shutdown_date.isoformat() if model.shutdown_date else None,
    }

"""GET /v1/models and GET /v1/models/{id}, in Anthropic's form."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import parse_qs

import orjson

from mock_llm.model.models import Model, find_model
from mock_llm.wire.anthropic.errors import invalid
from mock_llm.wire.anthropic.request import unknown_model
from mock_llm.wire.anthropic.thinking import TYPES
from mock_llm.wire.anthropic.traits import EFFORTS, traits_of

PAGE = 20
LONGEST_PAGE = 1000
_LIFECYCLES = ("active", "deprecated", "retired")


def models_body(models: Mapping[str, Model], id: str | None, query: bytes) -> bytes:
    """A page of the models, newest first, or the one with an id.

    Raises:
        Refusal: there is no such model, or the query asks for no page that there can be.
    """
    if id is not None:
        model = find_model(models, id)
        if model is None:
            raise unknown_model(id)
        return orjson.dumps(_model(model))
    asked = parse_qs(query.decode("latin-1"))
    listed = sorted(models.values(), key=lambda model: model.created, reverse=True)
    wanted = [each for name in ("lifecycle", "lifecycle[]") for each in asked.get(name, ())]
    if any(each not in _LIFECYCLES for each in wanted):
        raise invalid("lifecycle: Input should be 'active', 'deprecated' or 'retired'")
    if wanted and "active" not in wanted:
        listed = []
    return orjson.dumps(page([_model(model) for model in listed], query))


def page(listed: Sequence[Mapping[str, Any]], query: bytes) -> dict[str, Any]:
    """The page of a list that a query asks for by `limit`, `after_id` and `before_id`.

    Raises:
        Refusal: the limit is no number between 1 and 1000.
    """
    asked = {name: values[-1] for name, values in parse_qs(query.decode("latin-1")).items()}
    limit = asked.get("limit", str(PAGE))
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit[:9]) <= LONGEST_PAGE:
        raise invalid(f"limit: Input should be between 1 and {LONGEST_PAGE}", "limit")
    ids = [each["id"] for each in listed]
    begin, end = 0, len(ids)
    if "after_id" in asked:
        begin = ids.index(asked["after_id"]) + 1 if asked["after_id"] in ids else end
    if "before_id" in asked:
        end = ids.index(asked["before_id"]) if asked["before_id"] in ids else begin
    within = listed[begin:end]
    shown = within[-int(limit) :] if "before_id" in asked else within[: int(limit)]
    return {
        "data": shown,
        "has_more": len(shown) < len(within),
        "first_id": shown[0]["id"] if shown else None,
        "last_id": shown[-1]["id"] if shown else None,
    }


def _model(model: Model) -> dict[str, Any]:
    traits = traits_of(model.kind)
    return {
        "type": "model",
        "id": model.asked_as,
        "display_name": model.id if model.like else traits.name,
        "line": traits.line,
        "created_at": _moment(model.created),
        "lifecycle": "active",
        "deprecated_at": None,
        "retires_at": _moment(model.shutdown_date) if model.shutdown_date else None,
        "max_input_tokens": model.context_window,
        "max_tokens": model.max_output,
        "capabilities": _capabilities(traits.thinking),
    }


def _moment(day: date) -> str:
    return datetime.combine(day, time(), UTC).isoformat().replace("+00:00", "Z")


def _capabilities(thinking: frozenset[str]) -> dict[str, Any]:
    """What this mock can do, which is less than what the models can."""
    yes, no = {"supported": True}, {"supported": False}
    return {
        "batch": yes,
        "citations": no,
        "code_execution": no,
        "context_management": {
            "supported": False,
            "clear_thinking_20251015": no,
            "clear_tool_uses_20250919": no,
            "compact_20260112": no,
        },
        "effort": {"supported": True, **dict.fromkeys(EFFORTS, yes)},
        "image_input": yes,
        "pdf_input": yes,
        "server_tools": {"supported": False, "code_execution": no, "web_search": no},
        "structured_outputs": yes,
        "thinking": {
            "supported": True,
            "types": {kind: yes if kind in thinking else no for kind in TYPES},
        },
    }

"""Refusals in OpenAI's format: {"error": {"message", "type", "param", "code"}}."""

from collections.abc import Mapping

import orjson

from mock_llm.refusals import Reason, Refusal

_INVALID = "invalid_request_error"

# Reason → HTTP status, type and code, as the API sends them.
_FORMS: Mapping[Reason, tuple[int, str, str | None]] = {
    "invalid_json": (400, _INVALID, None),
    "invalid_type": (400, _INVALID, "invalid_type"),
    "invalid_value": (400, _INVALID, "invalid_value"),
    "missing": (400, _INVALID, "missing_required_parameter"),
    "no_key": (401, _INVALID, "invalid_api_key"),
    "too_many_labs": (403, _INVALID, "too_many_labs"),
    "unknown_model": (404, _INVALID, "model_not_found"),
    "wrong_endpoint_for_model": (404, _INVALID, None),
    "context_length": (400, _INVALID, "context_length_exceeded"),
    "too_large": (413, _INVALID, "request_too_large"),
    "unknown_url": (404, _INVALID, "unknown_url"),
    "wrong_method": (405, _INVALID, "method_not_supported"),
    "rate_limited": (429, "requests", "rate_limit_exceeded"),
    "server_error": (500, "server_error", None),
    "unavailable": (503, "server_error", None),
}


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal."""
    return refusal.status or _FORMS[refusal.reason][0]


def error_body(refusal: Refusal) -> bytes:
    """The body of a refusal."""
    _, kind, code = _FORMS[refusal.reason]
    return orjson.dumps(
        {
            "error": {
                "message": refusal.message,
                "type": kind,
                "param": refusal.param,
                "code": code,
            }
        }
    )

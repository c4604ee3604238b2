"""Refusals in Anthropic's format: {"type": "error", "error": {"type", "message"}, "request_id"}."""

from collections.abc import Mapping
from typing import Any

import orjson

from mock_llm.refusals import Reason, Refusal

_INVALID = "invalid_request_error"

# Reason → HTTP status and type, as the API sends them.
_FORMS: Mapping[Reason, tuple[int, str]] = {
    "no_key": (401, "authentication_error"),
    "quota_exhausted": (402, "billing_error"),
    "no_access": (403, "permission_error"),
    "forbidden": (403, "permission_error"),
    "too_many_labs": (403, "permission_error"),
    "unknown_model": (404, "not_found_error"),
    "unknown_object": (404, "not_found_error"),
    "unknown_url": (404, "not_found_error"),
    "wrong_method": (405, _INVALID),
    "timed_out": (408, "timeout_error"),
    "conflict": (409, "conflict_error"),
    "too_large": (413, "request_too_large"),
    "rate_limited": (429, "rate_limit_error"),
    "tokens_limited": (429, "rate_limit_error"),
    "server_error": (500, "api_error"),
    "bad_gateway": (502, "api_error"),
    "gateway_timeout": (504, "timeout_error"),
    "overloaded": (529, "overloaded_error"),
    "unavailable": (529, "overloaded_error"),
}
# What the API says of itself, whatever another provider would say.
_SAYS: Mapping[Reason, str] = {
    "too_large": "Request exceeds the maximum size",
    "overloaded": "Overloaded",
    "unavailable": "Overloaded",
}


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal."""
    return refusal.status or _FORMS.get(refusal.reason, (400, _INVALID))[0]


def error_body(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """The body of a refusal, as plain data."""
    _, kind = _FORMS.get(refusal.reason, (400, _INVALID))
    message = _SAYS.get(refusal.reason, refusal.message)
    return {
        "type": "error",
        "error": {"type": refusal.type or kind, "message": message},
        "request_id": request_id,
    }


def error_event(refusal: Refusal, request_id: str) -> bytes:
    """A refusal in a stream that has begun."""
    return b"event: error\ndata: " + orjson.dumps(error_body(refusal, request_id)) + b"\n\n"


def invalid(message: str, param: str | None = None) -> Refusal:
    """A request that the API does not take."""
    return Refusal("invalid_value", message, param=param)

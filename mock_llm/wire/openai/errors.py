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
    "unknown_object": (404, _INVALID, None),
    "previous_response_not_found": (400, _INVALID, "previous_response_not_found"),
    "unsupported": (400, _INVALID, "unsupported_parameter"),
    "forbidden": (403, _INVALID, "insufficient_permissions"),
    "conflict": (409, _INVALID, None),
    "unknown_url": (404, _INVALID, "unknown_url"),
    "wrong_method": (405, _INVALID, "method_not_supported"),
    "rate_limited": (429, "requests", "rate_limit_exceeded"),
    "tokens_limited": (429, "tokens", "rate_limit_exceeded"),
    "quota_exhausted": (429, "insufficient_quota", "insufficient_quota"),
    "no_access": (403, _INVALID, "unsupported_country_region_territory"),
    "timed_out": (408, "server_error", None),
    "server_error": (500, "server_error", None),
    "bad_gateway": (502, "server_error", None),
    "unavailable": (503, "server_error", None),
    "gateway_timeout": (504, "server_error", None),
    "overloaded": (529, "server_error", "overloaded"),
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
                "type": refusal.type or kind,
                "param": refusal.param,
                "code": refusal.code or code,
            }
        }
    )


def chat_error_event(refusal: Refusal) -> bytes:
    """A refusal in the middle of a chat's stream."""
    return b"data: " + error_body(refusal) + b"\n\n"


def response_error_event(refusal: Refusal, number: int) -> bytes:
    """A refusal in the middle of a response's stream, as its event with a number."""
    _, kind, code = _FORMS[refusal.reason]
    event = {
        "type": "error",
        "sequence_number": number,
        "code": code or kind,
        "message": refusal.message,
        "param": refusal.param,
    }
    return b"event: error\ndata: " + orjson.dumps(event) + b"\n\n"

"""Why a request is turned away, free of any provider's format."""

import math
from collections.abc import Mapping
from typing import Literal

Reason = Literal[
    "invalid_json",
    "invalid_type",
    "invalid_value",
    "missing",
    "no_key",
    "too_many_labs",
    "unknown_model",
    "wrong_endpoint_for_model",
    "context_length",
    "too_large",
    "unknown_url",
    "unknown_object",
    "previous_response_not_found",
    "unsupported",
    "forbidden",
    "conflict",
    "wrong_method",
    "rate_limited",
    "tokens_limited",
    "quota_exhausted",
    "no_access",
    "timed_out",
    "server_error",
    "bad_gateway",
    "unavailable",
    "gateway_timeout",
    "overloaded",
]

LONGEST_MESSAGE = 1_500  # a message may quote what was sent


class Refusal(Exception):
    """A request that gets an error instead of an answer.

    Args:
        reason: what is the matter; a wire module turns it into its provider's status and codes.
        message: one sentence for the caller.
        param: the request's field that is at fault, if one is.
        headers: HTTP headers that belong to this refusal, such as Retry-After.
        status: the HTTP status, where it is not the reason's usual one.
        code: the provider's code for it, where it is not the reason's usual one.
        type: the provider's name for this kind of error, likewise.
    """

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
        status: int | None = None,
        code: str | None = None,
        type: str | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        is_long = len(message) > LONGEST_MESSAGE
        self.message = f"{message[:LONGEST_MESSAGE]}…" if is_long else message
        self.param = param
        self.headers = dict(headers or {})
        self.status = status
        self.code = code
        self.type = type


def retry_after(seconds: float) -> dict[str, str]:
    """The headers that ask for a wait: whole seconds, as HTTP has it, and milliseconds, which the
    official SDKs read first. Both are rounded up, so that whoever waits has waited long enough."""
    milliseconds = math.ceil(round(seconds * 1000, 6))
    return {"retry-after": str(math.ceil(seconds)), "retry-after-ms": str(milliseconds)}


class ClientGone(Exception):
    """The client closed the connection before its reply was complete."""

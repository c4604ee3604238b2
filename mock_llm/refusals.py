"""Why a request is turned away, free of any provider's format."""

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
    "wrong_method",
    "rate_limited",
    "server_error",
    "unavailable",
]


class Refusal(Exception):
    """A request that gets an error instead of an answer.

    Args:
        reason: what is the matter; a wire module turns it into its provider's status and codes.
        message: one sentence for the caller.
        param: the request's field that is at fault, if one is.
        headers: HTTP headers that belong to this refusal, such as Retry-After.
        status: the HTTP status, where it is not the reason's usual one.
    """

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.param = param
        self.headers = dict(headers or {})
        self.status = status


class ClientGone(Exception):
    """The client closed the connection before its reply was complete."""

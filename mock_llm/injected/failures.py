"""Failures before the model runs: nothing is generated, and nothing is billed."""

from collections.abc import Mapping

from mock_llm.evidence.visit import Visit
from mock_llm.injected.fault_kinds import CHAT, COMPLETIONS, MESSAGES
from mock_llm.injected.faults import Fault
from mock_llm.job import Line
from mock_llm.model.models import Model
from mock_llm.refusals import Reason, Refusal, retry_after

_PARAMS = {CHAT: "messages", COMPLETIONS: "prompt", MESSAGES: "messages"}

# Kind → reason and message; {where} is the model's name, or the endpoint.
_REFUSALS: Mapping[str, tuple[Reason, str]] = {
    "rate_limited": (
        "rate_limited",
        "Rate limit reached for {where} on requests per minute. Please try again in {wait:g}s.",
    ),
    "quota_exhausted": (
        "quota_exhausted",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    "unauthorized": ("no_key", "Incorrect API key provided."),
    "forbidden": ("no_access", "Country, region, or territory not supported."),
    "not_found": (
        "unknown_model",
        "The model `{where}` does not exist or you do not have access to it.",
    ),
    "request_timeout": ("timed_out", "Timed out while waiting for the request."),
    "context_length": (
        "context_length",
        "This model's maximum context length is {window} tokens. However, your {param} resulted "
        "in {over} tokens. Please reduce the length of the {param}.",
    ),
    "server_error": ("server_error", "The server had an error while processing your request."),
    "bad_gateway": ("bad_gateway", "Bad gateway."),
    "unavailable": ("unavailable", "The engine is currently overloaded, try again later."),
    "gateway_timeout": ("gateway_timeout", "Gateway timeout."),
    "overloaded": ("overloaded", "Overloaded"),
}


async def fail(
    visit: Visit,
    line: Line,
    fault: Fault,
    *,
    model: Model | None = None,
    time_scale: float = 1.0,
) -> None:
    """Let a request fail by a fault whose kind is `before_model`.

    Args:
        model: the model that was asked for, if it is known.
        time_scale: what `after_s` and `for_s` are multiplied by; a Retry-After is not.

    Raises:
        Refusal: the failure is an error that the client gets as a reply.
        ClientGone: the client left meanwhile.
    """
    if fault.kind == "hang":
        lasts = fault.setting("for_s")
        try:
            await line.hold(None if lasts is None else lasts * time_scale)
        finally:
            visit.close("fault", 0)
        await line.abort()
        return
    await line.until((fault.setting("after_s") or 0.0) * time_scale)
    if fault.kind == "reset":
        visit.close("fault", 0)
        await line.abort()
        return
    raise _refusal(visit, fault, model)


def _refusal(visit: Visit, fault: Fault, model: Model | None) -> Refusal:
    reason, message = _REFUSALS[fault.kind]
    wait = fault.setting("retry_after_s") if fault.has("retry_after_s") else None
    headers = {} if wait is None else retry_after(wait)
    if fault.kind == "rate_limited":
        headers |= {
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": f"{wait:g}s",
        }
    window = model.context_window if model else 0
    param = _PARAMS.get(visit.endpoint, "input")
    said = message.format(
        where=visit.model or visit.endpoint, wait=wait, window=window, over=window + 1, param=param
    )
    at_fault = {"context_length": param, "not_found": "model"}.get(fault.kind)
    return Refusal(reason, said, param=at_fault, headers=headers)

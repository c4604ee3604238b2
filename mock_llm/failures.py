"""Failures before the model runs: nothing is generated, and nothing is billed."""

import math

from mock_llm.faults import Fault
from mock_llm.job import Line
from mock_llm.refusals import Refusal
from mock_llm.visit import Visit


async def fail(visit: Visit, line: Line, fault: Fault) -> None:
    """Let a request fail by a fault whose kind is `before_model`.

    Raises:
        Refusal: the failure is an error that the client gets as a reply.
        ClientGone: the client left meanwhile.
    """
    if fault.kind == "hang":
        try:
            await line.hold(fault.setting("for_s"))
        finally:
            visit.close("fault", 0)
        await line.abort()
        return
    await line.until(fault.setting("after_s") or 0.0)
    if fault.kind == "reset":
        visit.close("fault", 0)
        await line.abort()
        return
    wait = fault.setting("retry_after_s") if fault.kind != "server_error" else None
    headers = {} if wait is None else _retry_after(wait)
    if fault.kind == "rate_limited":
        raise Refusal(
            "rate_limited",
            f"Rate limit reached for {visit.model or visit.endpoint} on requests per minute. "
            f"Please try again in {wait:g}s.",
            headers=headers | _spent(wait or 0.0),
        )
    if fault.kind == "unavailable":
        raise Refusal(
            "unavailable", "The engine is currently overloaded, try again later.", headers=headers
        )
    raise Refusal("server_error", "The server had an error while processing your request.")


def _retry_after(seconds: float) -> dict[str, str]:
    """Whole seconds, as HTTP has it, and milliseconds, which the official SDK reads first."""
    return {"retry-after": str(math.ceil(seconds)), "retry-after-ms": str(round(seconds * 1000))}


def _spent(seconds: float) -> dict[str, str]:
    return {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": f"{seconds:g}s"}

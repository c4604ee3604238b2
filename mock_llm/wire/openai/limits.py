"""The x-ratelimit headers: what a lab may use, what is left of it, and when all of it is back."""

from functools import lru_cache

from mock_llm.injected.limits import Limits
from mock_llm.lab import Lab

Header = tuple[bytes, bytes]


def limit_headers(lab: Lab, model: str | None, tokens: int) -> tuple[Header, ...]:
    """The headers of a reply that used so many tokens of a model.

    `x-mock-limits` is not OpenAI's: it says whether these limits are enforced or only shown.
    """
    allowance = lab.allowances.of(model)
    limits = allowance.limits
    requests_left, tokens_left, requests_s, tokens_s = allowance.use(lab.clock.monotonic(), tokens)
    return (
        *_fixed(limits.requests_per_minute, limits.tokens_per_minute, limits.enforced),
        (b"x-ratelimit-remaining-requests", b"%d" % requests_left),
        (b"x-ratelimit-remaining-tokens", b"%d" % tokens_left),
        (b"x-ratelimit-reset-requests", duration(requests_s)),
        (b"x-ratelimit-reset-tokens", duration(tokens_s)),
    )


def limit_lines(lab: Lab, tokens: int) -> bytes:
    """The same of a lab that limits nothing, as lines that are ready to be sent."""
    allowance = lab.allowances.rest
    requests_left, tokens_left, requests_s, tokens_s = allowance.use(lab.clock.monotonic(), tokens)
    return _LINES % (
        _fixed_lines(allowance.limits), requests_left, tokens_left,
        duration(requests_s), duration(tokens_s),
    )  # fmt: skip


_LINES = (
    b"%bx-ratelimit-remaining-requests: %d\r\nx-ratelimit-remaining-tokens: %d\r\n"
    b"x-ratelimit-reset-requests: %b\r\nx-ratelimit-reset-tokens: %b\r\n"
)


@lru_cache(maxsize=256)
def _fixed_lines(limits: Limits) -> bytes:
    fixed = _fixed(limits.requests_per_minute, limits.tokens_per_minute, limits.enforced)
    return b"".join([b"%b: %b\r\n" % header for header in fixed])


@lru_cache(maxsize=256)
def _fixed(requests: int, tokens: int, enforced: bool) -> tuple[Header, ...]:
    return (
        (b"x-ratelimit-limit-requests", b"%d" % requests),
        (b"x-ratelimit-limit-tokens", b"%d" % tokens),
        (b"x-mock-limits", b"enforced" if enforced else b"shown"),
    )


def duration(seconds: float) -> bytes:
    """A span of time as OpenAI writes it: 120ms, 2.5s, 6m0s, 1h0m0s; rounded up."""
    return _duration(int(seconds * 1000.0 + 0.999))


@lru_cache(maxsize=1 << 16)
def _duration(milliseconds: int) -> bytes:
    if milliseconds < 1000:
        return b"%dms" % milliseconds if milliseconds else b"0s"
    minutes, rest = divmod(milliseconds, 60_000)
    said = f"{rest / 1000:g}s"
    if minutes >= 60:
        said = f"{minutes // 60}h{minutes % 60}m{said}"
    elif minutes:
        said = f"{minutes}m{said}"
    return said.encode()

"""What a lab has left of its minute, as the x-ratelimit headers tell it.

The allowance is shown, not enforced: only the rate_limited fault turns requests away.
"""

REQUESTS_PER_MINUTE = 10_000
TOKENS_PER_MINUTE = 2_000_000


class Allowance:
    """Requests and tokens used in the current minute of the lab's clock."""

    __slots__ = ("_minute", "_requests", "_tokens")

    def __init__(self) -> None:
        self._minute = -1
        self._requests = 0
        self._tokens = 0

    def use(self, now: float, tokens: int) -> tuple[int, int, int]:
        """Count one request; give the requests and tokens left, and seconds to the next minute."""
        minute, second = divmod(int(now), 60)
        if minute != self._minute:
            self._minute, self._requests, self._tokens = minute, 0, 0
        self._requests += 1
        self._tokens += tokens
        return (
            max(0, REQUESTS_PER_MINUTE - self._requests),
            max(0, TOKENS_PER_MINUTE - self._tokens),
            60 - second,
        )

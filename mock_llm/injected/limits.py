"""Limits on requests and tokens a minute, and on requests at the same time.

Requests and tokens are two buckets that hold a minute's worth and refill evenly, on the lab's
clock. A request takes one request and, on admission, the tokens of its prompt and of the completion
that it asked for (`max_tokens`; nothing where it sets no limit). What it did not use comes back, or
what it used beyond is taken, as soon as its reply is complete. A request that does not fit is
refused and takes nothing; `Retry-After` is exactly the time until it would fit, if nobody else
comes in between.

Where no limits are set, the default ones are shown in the headers and counted, but not enforced.

`neighbours` are bursts of other tenants that share the limits, see `mock_llm.injected.load`: while
one lasts, its share of the buckets and of what refills them is theirs.
"""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from mock_llm.injected.load import Burst, parse_bursts, share
from mock_llm.refusals import Reason, Refusal, retry_after
from mock_llm.yamlfile import Table

REQUESTS_PER_MINUTE = 10_000
TOKENS_PER_MINUTE = 2_000_000
_MOST_EDGES = 10_000
_MEMORY_S = 3600.0
_ROUNDING = 1e-6

Left = tuple[int, int, float, float]
"""Requests and tokens left, and the seconds until each bucket is full again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a lab may use. `concurrent` None stands for any number."""

    requests_per_minute: int = REQUESTS_PER_MINUTE
    tokens_per_minute: int = TOKENS_PER_MINUTE
    concurrent: int | None = None
    neighbours: tuple[Burst, ...] = ()
    enforced: bool = False

    def to_dict(self) -> dict[str, object]:
        """As a scenario file writes it; empty where nothing is enforced."""
        if not self.enforced:
            return {}
        plain: dict[str, object] = {
            "requests_per_minute": self.requests_per_minute,
            "tokens_per_minute": self.tokens_per_minute,
        }
        if self.concurrent is not None:
            plain["concurrent"] = self.concurrent
        if self.neighbours:
            plain["neighbours"] = [burst.to_dict() for burst in self.neighbours]
        return plain


class Bucket:
    """So many a minute, refilled evenly; full when it is new.

    Args:
        per_minute: what it holds, and what flows in within a minute.
        now: a moment of the lab's clock; the neighbours' windows begin then.
    """

    __slots__ = ("_at", "_began", "_bursts", "level", "per_minute")

    def __init__(self, per_minute: int, now: float, bursts: Sequence[Burst] = ()) -> None:
        self.per_minute = per_minute
        self.level = float(per_minute)
        self._at = self._began = now
        self._bursts = bursts

    def fill(self, now: float) -> None:
        """Let flow in what came since the last time."""
        if not self._bursts:
            if now > self._at:
                flow = (now - self._at) * self.per_minute / 60.0
                self.level = min(float(self.per_minute), self.level + flow)
            self._at = now
            return
        self._at = max(self._at, now - _MEMORY_S)
        for _ in range(_MOST_EDGES):
            most, edge = self._phase(self._at)
            if self._at >= now:
                break
            until = min(edge, now)
            self.level = min(most, self.level + (until - self._at) * most / 60.0)
            self._at = until
        self._at = now
        self.level = min(most, self.level)

    def take(self, now: float, amount: int) -> tuple[int, float]:
        """Take so much, or all that is there, where no neighbours are; what is left, and seconds
        until it is full."""
        most = self.per_minute
        level = self.level + (now - self._at) * most / 60.0 - amount
        if level > most - amount:
            level = float(most - amount)
        if level < 0.0:
            level = 0.0
        self.level = level
        self._at = now
        return int(level), (most - level) * 60.0 / most

    def wait(self, amount: float) -> float:
        """Seconds until so much is there, after `fill`; infinity if it never will be."""
        moment, level = self._at, self.level
        for _ in range(_MOST_EDGES):
            most, edge = self._phase(moment)
            level = min(most, level)
            if level >= amount - _ROUNDING:
                return moment - self._at
            if most > 0.0 and most >= amount:
                filled = moment + (amount - level) * 60.0 / most
                if filled <= edge:
                    return filled - self._at
            if edge == math.inf:
                break
            level = min(most, level + (edge - moment) * most / 60.0)
            moment = edge
        return math.inf

    @property
    def left(self) -> int:
        return max(0, int(self.level + _ROUNDING))

    @property
    def full_in_s(self) -> float:
        """Seconds until it is full; where neighbours never let it be, as if there were none."""
        if self._bursts and (wait := self.wait(self.per_minute)) < math.inf:
            return wait
        return (self.per_minute - self.level) * 60.0 / self.per_minute

    def _phase(self, moment: float) -> tuple[float, float]:
        """How much there is for this lab at a moment, and when that changes next."""
        if not self._bursts:
            return float(self.per_minute), math.inf
        age = moment - self._began
        edge = min(burst.window.next_edge(age) for burst in self._bursts)
        most = self.per_minute * (1.0 - share(self._bursts, age))
        return most, max(self._began + edge, math.nextafter(moment, math.inf))


class Allowance:
    """What a lab has left of its limits. Safe to use from any thread where they are enforced.

    Args:
        limits: what it has; `now` is a moment of the lab's clock.
    """

    __slots__ = ("_lock", "_requests", "_tokens", "_underway", "enforced", "limits")

    def __init__(self, limits: Limits, now: float) -> None:
        self.limits = limits
        self.enforced = limits.enforced
        self._requests = Bucket(limits.requests_per_minute, now, limits.neighbours)
        self._tokens = Bucket(limits.tokens_per_minute, now, limits.neighbours)
        self._underway = 0
        self._lock = threading.Lock()

    def use(self, now: float, tokens: int) -> Left:
        """What is left after a reply that used so many tokens.

        Counts the reply, unless limits are enforced: then it was counted on admission.
        """
        if self.enforced:
            with self._lock:
                self._requests.fill(now)
                self._tokens.fill(now)
                requests, used = self._requests, self._tokens
                return requests.left, used.left, requests.full_in_s, used.full_in_s
        requests_left, requests_s = self._requests.take(now, 1)
        tokens_left, tokens_s = self._tokens.take(now, tokens)
        return requests_left, tokens_left, requests_s, tokens_s

    def admit(self, now: float, tokens: int, model: str) -> "Charge":
        """Charge a request that may use so many tokens.

        Raises:
            Refusal: it does not fit; it says when it would.
        """
        with self._lock:
            limits = self.limits
            if limits.concurrent is not None and self._underway >= limits.concurrent:
                raise Refusal(
                    "rate_limited",
                    f"Too many concurrent requests for {model}: Limit {limits.concurrent}. Please "
                    "wait until one of them is answered.",
                )
            self._requests.fill(now)
            self._tokens.fill(now)
            for_request, for_tokens = self._requests.wait(1.0), self._tokens.wait(tokens)
            if for_request > 0.0 and for_request >= for_tokens:
                raise self._over(model, self._requests, for_request, 1)
            if for_tokens > 0.0:
                raise self._over(model, self._tokens, for_tokens, tokens)
            self._requests.level -= 1.0
            self._tokens.level -= tokens
            self._underway += 1
        return Charge(self, tokens)

    def settle(self, difference: int) -> None:
        """A request is over; give back so many tokens, or take them if it is negative."""
        with self._lock:
            self._underway -= 1
            bucket = self._tokens
            bucket.level = min(float(bucket.per_minute), bucket.level + difference)

    def _over(self, model: str, bucket: Bucket, wait: float, requested: int) -> Refusal:
        of_tokens = bucket is self._tokens
        what = "tokens per min (TPM)" if of_tokens else "requests per min (RPM)"
        limit = bucket.per_minute
        reason: Reason = "tokens_limited" if of_tokens else "rate_limited"
        if wait == math.inf:
            return Refusal(
                reason,
                f"Request too large for {model} on {what}: Limit {limit}, Requested {requested}.",
            )
        used = limit - math.floor(bucket.level)
        return Refusal(
            reason,
            f"Rate limit reached for {model} on {what}: Limit {limit}, Used {used}, Requested "
            f"{requested}. Please try again in {math.ceil(wait * 1000) / 1000:g}s.",
            headers=retry_after(wait),
        )


class Charge:
    """What one request took on admission; settled once."""

    __slots__ = ("_allowance", "_tokens")

    def __init__(self, allowance: Allowance, tokens: int) -> None:
        self._allowance: Allowance | None = allowance
        self._tokens = tokens

    def settle(self, used: int) -> None:
        """Say how many tokens the request really used; only the first call counts."""
        allowance, self._allowance = self._allowance, None
        if allowance is not None:
            allowance.settle(self._tokens - used)


def parse_limits(table: Table) -> Limits:
    """The limits in a table; an empty one enforces none.

    Raises:
        SettingError: naming the key and what is wrong with it.
    """
    if not any(key in table for key in table):
        return Limits()
    limits = Limits(
        requests_per_minute=table.integer("requests_per_minute", REQUESTS_PER_MINUTE, least=1),
        tokens_per_minute=table.integer("tokens_per_minute", TOKENS_PER_MINUTE, least=1),
        concurrent=table.integer("concurrent", least=1) if "concurrent" in table else None,
        neighbours=parse_bursts(table),
        enforced=True,
    )
    table.only_known("requests_per_minute", "tokens_per_minute", "concurrent", "neighbours")
    return limits

"""What a lab has left of its limits, by model: requests are charged here on admission."""

import math
import threading
from collections.abc import Mapping

from mock_llm.injected.bucket import Bucket
from mock_llm.injected.limits import Limits
from mock_llm.model.models import Model
from mock_llm.refusals import Reason, Refusal, retry_after

Left = tuple[int, int, float, float]
"""Requests and tokens left, and the seconds until each bucket is full again."""


class Allowance:
    """What is left of some limits. Safe to use from any thread where they are enforced.

    Args:
        limits: what there is; `now` is a moment of the lab's clock.
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
                # No Retry-After: when one of the others will be answered, nobody knows.
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


class Allowances:
    """The allowance of each model of a lab: its own, else its tier's, else what the rest share.

    Args:
        limits: of the lab; `now` is a moment of its clock.
        models: those that exist, by id.
    """

    __slots__ = ("_models", "_of", "enforced", "limits", "rest")

    def __init__(self, limits: Limits, now: float, models: Mapping[str, Model]) -> None:
        self.limits = limits
        self.rest = Allowance(limits, now)
        self._models = models
        tiers = {tier: Allowance(each, now) for tier, each in limits.tiers.items()}
        self._of = {id: tiers[model.tier] for id, model in models.items() if model.tier in tiers}
        self._of |= {id: Allowance(each, now) for id, each in limits.models.items()}
        self._look()

    def _look(self) -> None:
        """Where nothing is enforced there is one count for all, which is the quickest to keep."""
        self.enforced = self.rest.enforced or any(each.enforced for each in self._of.values())
        if not self.enforced:
            self._of = {}

    def of(self, model: str | None) -> Allowance:
        """The allowance of a model; of no model in particular, what the rest share."""
        return self._of.get(model, self.rest) if model is not None else self.rest

    def replaced(self, model: str, limits: Limits, now: float) -> "Allowances":
        """The same with other limits for one model, whose buckets are full; the others stay."""
        new = Allowances(self.limits.with_model(model, limits), now, self._models)
        if self.enforced:
            new.rest = self.rest
            new._of = {**self._of, model: Allowance(limits, now)}
            new._look()
        return new

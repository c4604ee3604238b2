"""An exact cache: the same question is paid for once an hour, not once a customer.

Task `cache` (section 2.2).
"""

import asyncio
import hashlib
import json
import logging
from dataclasses import asdict, dataclass, replace

from redis.asyncio import Redis
from redis.exceptions import RedisError

from .answerer import Answer, Answerer, Deadline, Question

log = logging.getLogger(__name__)

PATIENCE_S = 0.2
"""How long one look into the cache may take. A cache that is slower than this is no help."""


@dataclass(frozen=True)
class Scope:
    """What an answer depends on besides the question: change any of it and old answers are void."""

    model: str
    prompt_version: str
    catalogue_version: str


def normalise(text: str) -> str:
    """The text with case and white space evened out: `  Red  SHOES ` asks what `red shoes` asks."""
    return " ".join(text.casefold().split())


def cache_key(question: Question, scope: Scope) -> str:
    """One key for everything that leads to the same answer, another for anything that does not.

    Everything that the answer depends on goes in, and nothing else. Hash it (SHA-256 of one JSON
    text, so that `("ab", "c")` and `("a", "bc")` differ and no customer's words stand in Redis),
    and put `recommend:` in front.
    """
    parts = [
        *asdict(scope).values(),
        question.locale,
        question.max_tokens,
        normalise(question.text),
    ]
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    return f"recommend:{digest}"


class ExactCache:
    """An answerer that remembers what the one inside it said, for `ttl_s` seconds."""

    def __init__(self, inner: Answerer, redis: Redis, scope: Scope, ttl_s: int) -> None:
        self.inner = inner
        self.redis = redis
        self.scope = scope
        self.ttl_s = ttl_s

    async def answer(self, question: Question, deadline: Deadline) -> Answer:
        """From the cache if it is there, else from inside, and then it is kept.

        A degraded answer is given but never kept: it would be served as the real one for an hour.
        """
        key = cache_key(question, self.scope)
        found = await self._read(key)
        if found is not None:
            return found
        answer = await self.inner.answer(question, deadline)
        if not answer.degraded:
            await self._write(key, answer)
        return answer

    async def _read(self, key: str) -> Answer | None:
        """The kept answer, marked as from the cache and free; None if there is none.

        Redis is a help, not a need: when it is down, slow (`PATIENCE_S`) or holds something that
        cannot be read, this is a miss and a line in the log, never an error for the customer.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                kept = await self.redis.get(key)
            if kept is None:
                return None
            return replace(Answer(**json.loads(kept)), source="cache", cost_nanodollars=0)
        except (RedisError, OSError, TimeoutError, ValueError, TypeError) as error:
            log.warning("cache read failed, asking the model: %r", error)
            return None

    async def _write(self, key: str, answer: Answer) -> None:
        """Keep the answer for `ttl_s` seconds; that it could not be kept is a line in the log."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.redis.set(key, json.dumps(asdict(answer)), ex=self.ttl_s)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("cache write failed, the answer is given all the same: %r", error)


def connect(url: str) -> Redis:
    """A Redis at `url`; `fakeredis://` is one inside this process, for a laptop and for tests."""
    if url.startswith("fakeredis://"):
        from fakeredis import FakeAsyncRedis

        return FakeAsyncRedis()
    return Redis.from_url(url, socket_connect_timeout=PATIENCE_S, socket_timeout=PATIENCE_S)

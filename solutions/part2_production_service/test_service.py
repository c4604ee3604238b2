"""Your tests of the service. Run them with `pytest test_service.py`.

Tasks `tests` (section 2.4) and `more_tests` (for afterwards). A test is worth what it catches: the
check runs this file against the right service, where everything must pass, and then against wrong
ones, where something must fail. A test that fails on the right service does not count.

Two ways to stand in for a model, and both are here:

- respx answers for httpx, inside this process: exact replies, no server. For unit tests.
- mock_llm is a server that behaves like a provider and keeps a journal. For integration tests.
"""

import asyncio
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import respx
from fakeredis import FakeAsyncRedis
from fastapi.testclient import TestClient
from pydantic import SecretStr
from redis.exceptions import ConnectionError as RedisConnectionError
from service.answerer import Answer, Deadline, Question
from service.app import create_app
from service.cache import ExactCache, Scope
from service.errors import ModelRateLimited, ModelTimeout, ModelUnavailable
from service.fallback import WithFallback
from service.llm import ModelClient, build_sdk

from mock_llm import MockLLM

URL = "http://model.test/v1"
QUESTION = Question("wireless headphones under $100", user_id="ada")
SCOPE = Scope("gpt-6.1-sol", prompt_version="1", catalogue_version="2026-11")
GOOD = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-6.1-sol",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Try the Lark Mini."}},
    ],
    "usage": {"prompt_tokens": 40, "completion_tokens": 10, "total_tokens": 50},
}


@pytest.fixture
def model() -> Iterator[respx.Route]:
    """The provider's endpoint, answered by respx: `model.respond(500)`, `model.call_count`, …"""
    with respx.mock(assert_all_called=False) as router:
        yield router.post(f"{URL}/chat/completions").respond(json=GOOD)


def ask_model(question: Question = QUESTION, seconds: float = 2.0) -> Answer:
    """What the service's model client makes of one question."""

    async def ask() -> Answer:
        settings = SimpleNamespace(openai_api_key=SecretStr("sk-test"), openai_base_url=URL)
        async with build_sdk(settings) as sdk:
            client = ModelClient(sdk, "gpt-6.1-sol")
            return await client.answer(question, Deadline.after(seconds))

    return asyncio.run(ask())


class Fake:
    """An answerer that says `text`, or raises `error`, after `delay` seconds, and counts."""

    def __init__(
        self, text: str = "yes", *, error: Exception | None = None, delay: float = 0, **more: Any
    ) -> None:
        self.text, self.error, self.delay, self.more = text, error, delay, more
        self.calls = 0

    async def answer(self, question: Question, deadline: Deadline) -> Answer:
        self.calls += 1
        try:
            async with asyncio.timeout(deadline.remaining()):
                await asyncio.sleep(self.delay)
        except TimeoutError as late:
            raise ModelTimeout("too late") from late
        if self.error:
            raise self.error
        return Answer(self.text, "fake", **self.more)


def ask(answerer: Any, *questions: Question, seconds: float = 2.0) -> list[Answer]:
    """The answers of any ring to some questions, one after the other."""

    async def one_by_one() -> list[Answer]:
        return [await answerer.answer(each, Deadline.after(seconds)) for each in questions]

    return asyncio.run(one_by_one())


# An example: read it, then write the next three like it.


def test_a_good_reply_becomes_an_answer(model: respx.Route) -> None:
    answer = ask_model()

    assert answer.text == "Try the Lark Mini."
    assert answer.model == "gpt-6.1-sol"
    assert model.call_count == 1


# Task `tests`


def test_a_failing_call_is_tried_once(model: respx.Route) -> None:
    """The provider answers 500: `ModelUnavailable`, and exactly one request was sent."""
    model.respond(500)

    with pytest.raises(ModelUnavailable):
        ask_model()

    assert model.call_count == 1


def test_a_rate_limit_says_how_long_to_wait(model: respx.Route) -> None:
    """The provider answers 429 with `retry-after: 7`: `ModelRateLimited`, and it knows the 7."""
    model.respond(429, headers={"retry-after": "7"})

    with pytest.raises(ModelRateLimited) as caught:
        ask_model()

    assert caught.value.retry_after_s == 7


def test_the_backup_answers_when_the_primary_is_unavailable() -> None:
    """Two `Fake`s in `WithFallback`: the backup's text comes back, marked as degraded."""
    primary, backup = Fake(error=ModelUnavailable("down")), Fake("from the backup")

    (answer,) = ask(WithFallback(primary, backup), QUESTION)

    assert answer.text == "from the backup"
    assert answer.degraded


# Task `more_tests`, for afterwards: what else could be wrong, and would you notice? Ideas: two
# customers with one question; one question at two lengths; a degraded answer in the cache; a Redis
# that is down (`FakeAsyncRedis(connected=False)`); two models that both hang; a model that is
# unavailable, seen through `TestClient(create_app(...))`; the bill, compared with mock_llm's.


def cached(inner: Fake, **redis: Any) -> ExactCache:
    return ExactCache(inner, FakeAsyncRedis(**redis), SCOPE, ttl_s=60)


def test_customers_share_an_answer() -> None:
    inner = Fake()

    ask(cached(inner), Question("a tent", "ada"), Question("a tent", "grace"))

    assert inner.calls == 1


def test_a_shorter_answer_is_another_answer() -> None:
    inner = Fake()

    ask(cached(inner), Question("a tent", "ada", max_tokens=20), Question("a tent", "ada"))

    assert inner.calls == 2


def test_a_degraded_answer_is_not_kept() -> None:
    inner = Fake(degraded=True)

    ask(cached(inner), QUESTION, QUESTION)

    assert inner.calls == 2


def test_without_redis_there_are_still_answers() -> None:
    try:
        (answer,) = ask(cached(Fake("yes"), connected=False), QUESTION)
    except RedisConnectionError:
        pytest.fail("an outage of the cache became an outage of the service")

    assert answer.text == "yes"


def test_both_models_share_one_deadline() -> None:
    started = time.monotonic()

    with pytest.raises(ModelTimeout):
        ask(WithFallback(Fake(delay=1), Fake(delay=1)), QUESTION, seconds=0.4)

    assert time.monotonic() - started < 0.8


def test_an_unavailable_model_is_a_503() -> None:
    settings = SimpleNamespace(max_tokens=200, timeout_seconds=1.0)
    app = create_app(Fake(error=ModelUnavailable("down")), settings)

    reply = TestClient(app).post("/recommend", json={"user_id": "ada", "query": "a tent"})

    assert reply.status_code == 503


def test_the_cost_is_what_the_provider_bills() -> None:
    async def ask_mock(mock: MockLLM) -> Answer:
        key = SecretStr("sk-lab-test")
        settings = SimpleNamespace(openai_api_key=key, openai_base_url=mock.base_url)
        async with build_sdk(settings) as sdk:
            return await ModelClient(sdk, "gpt-6.1-sol").answer(QUESTION, Deadline.after(5))

    with MockLLM(scenario="instant") as mock:
        answer = asyncio.run(ask_mock(mock))
        billed = mock.lab("sk-lab-test").ledger().total_nanodollars

    assert answer.cost_nanodollars == billed

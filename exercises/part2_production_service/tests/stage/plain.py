"""Plain stand-ins: settings without rules, and a model client without any care."""

import os
from decimal import Decimal
from types import SimpleNamespace

import httpx
from pydantic import SecretStr
from service.answerer import Answer, Deadline, Question
from service.errors import ModelTimeout, ModelUnavailable

LARGE = "gpt-6.1-sol"
SMALL = "gpt-6-luna"


def settings(**changes: object) -> SimpleNamespace:
    """Settings as the service has them, taken from the environment without any check."""
    values: dict[str, object] = {
        "openai_api_key": SecretStr(os.environ["OPENAI_API_KEY"]),
        "openai_base_url": os.environ["OPENAI_BASE_URL"],
        "large_model": LARGE,
        "small_model": SMALL,
        "redis_url": os.environ.get("REDIS_URL", "fakeredis://"),
        "prompt_version": "1",
        "catalogue_version": "2026-11",
        "max_tokens": 200,
        "timeout_seconds": 5.0,
        "cache_ttl": 3600,
        "daily_budget": Decimal("50"),
        "request_cost_limit": Decimal("0.50"),
    }
    return SimpleNamespace(**(values | changes))


class PlainModel:
    """An answerer that asks the model over bare HTTP and costs nothing."""

    def __init__(self, model: str, *, degraded: bool = False) -> None:
        self.model = model
        self.degraded = degraded

    async def answer(self, question: Question, deadline: Deadline) -> Answer:
        async with httpx.AsyncClient(trust_env=False, timeout=deadline.remaining()) as http:
            try:
                reply = await http.post(
                    os.environ["OPENAI_BASE_URL"] + "/chat/completions",
                    headers={"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"},
                    json={
                        "model": self.model,
                        "messages": [{"role": "user", "content": question.text}],
                        "max_completion_tokens": question.max_tokens,
                        "user": question.user_id,
                    },
                )
            except httpx.TimeoutException as error:
                raise ModelTimeout("no answer in time") from error
        if reply.status_code != 200:
            raise ModelUnavailable(f"status {reply.status_code}")
        text = reply.json()["choices"][0]["message"]["content"]
        return Answer(text, self.model, cost_nanodollars=1_000, degraded=self.degraded)

"""Unit tests: respx answers inside this process, and each reply is written out to the letter."""

from collections.abc import Iterator

import httpx
import openai
import pytest
import respx
from assistant import Assistant

URL = "https://model.test/v1"


def reply(content: str | None) -> dict[str, object]:
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}


@pytest.fixture
def model() -> Iterator[respx.Route]:
    with respx.mock as router:
        yield router.post(f"{URL}/chat/completions")


@pytest.fixture
def assistant() -> Iterator[Assistant]:
    # respx stands in for httpx; the SDK's own client, httpx2, would go past it.
    with httpx.Client() as http:
        yield Assistant(openai.OpenAI(base_url=URL, api_key="k", max_retries=0, http_client=http))


def test_the_answer_is_passed_on_to_the_letter(assistant: Assistant, model: respx.Route) -> None:
    model.respond(json=reply("Take the blue one."))
    assert assistant.answer("Which one?") == "Take the blue one."


def test_a_reply_without_text_is_said(assistant: Assistant, model: respx.Route) -> None:
    model.respond(json=reply(None))
    assert assistant.answer("Which one?") == "The model said nothing."


def test_each_model_is_asked_once(assistant: Assistant, model: respx.Route) -> None:
    model.respond(status_code=503)
    assert assistant.answer("Which one?") == "Nobody can answer just now."
    assert model.call_count == 2

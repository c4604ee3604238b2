import anthropic
import httpx2
import pytest


@pytest.fixture
def claude(mock, lab):
    """Anthropic's official SDK, blocking."""
    http = httpx2.Client(trust_env=False)
    with anthropic.Anthropic(
        base_url=mock.url, api_key=lab.api_key, max_retries=0, timeout=20, http_client=http
    ) as sdk:
        yield sdk


@pytest.fixture
async def async_claude(mock, lab):
    http = httpx2.AsyncClient(trust_env=False)
    async with anthropic.AsyncAnthropic(
        base_url=mock.url, api_key=lab.api_key, max_retries=0, timeout=20, http_client=http
    ) as sdk:
        yield sdk


@pytest.fixture
def plain(mock, lab):
    """Plain HTTP with the lab's key, for what the SDK would not send."""
    headers = {"x-api-key": lab.api_key, "anthropic-version": "2023-06-01"}
    with httpx2.Client(base_url=mock.url, headers=headers, trust_env=False, timeout=20) as http:
        yield http


@pytest.fixture
def say(claude):
    """Say something to the small model; keyword arguments go to the SDK."""

    def say(text="What is the capital of France?", model="claude-haiku-5-5", **more):
        given = {"max_tokens": 500, "messages": [{"role": "user", "content": text}]}
        return claude.messages.create(model=model, **(given | more))

    return say


@pytest.fixture
def said():
    """The text of a message."""

    def said(message):
        return "".join(block.text for block in message.content if block.type == "text")

    return said

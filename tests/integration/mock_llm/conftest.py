import uuid

import httpx2
import openai
import pytest

from mock_llm import MockLLM, connect


@pytest.fixture(scope="session")
def mock():
    with MockLLM(scenario="instant", seed=7) as running:
        yield running


@pytest.fixture
def lab(mock):
    return mock.lab(f"sk-{uuid.uuid4().hex}")


@pytest.fixture(params=["in this process", "over the wire"])
def control(request, mock, lab):
    """What tells the lab how to behave: the lab itself, or the admin calls."""
    return lab if request.param == "in this process" else connect(mock.url, api_key=lab.api_key)


@pytest.fixture
def client(mock, lab):
    """The official SDK, blocking, as a careful user sets it up."""
    http = httpx2.Client(trust_env=False)
    with openai.OpenAI(
        base_url=mock.base_url, api_key=lab.api_key, max_retries=0, timeout=20, http_client=http
    ) as sdk:
        yield sdk


@pytest.fixture
async def async_client(mock, lab):
    http = httpx2.AsyncClient(trust_env=False)
    async with openai.AsyncOpenAI(
        base_url=mock.base_url, api_key=lab.api_key, max_retries=0, timeout=20, http_client=http
    ) as sdk:
        yield sdk


@pytest.fixture
def raw(mock, lab):
    """Plain HTTP with the lab's key, for what the SDK would not send."""
    headers = {"Authorization": f"Bearer {lab.api_key}"}
    with httpx2.Client(base_url=mock.url, headers=headers, trust_env=False, timeout=20) as plain:
        yield plain


@pytest.fixture
def ask(client):
    """Ask the small model one question; keyword arguments go to the SDK."""

    def ask(text="What is the capital of France?", model="gpt-6-luna", **more):
        return client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": text}], **more
        )

    return ask


@pytest.fixture
def anyio_backend():
    return "asyncio"

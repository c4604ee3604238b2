"""Every method that the official SDK has on messages, batches and models, in all its ways."""

import anthropic
import httpx2
import pydantic
import pytest
from anthropic.types import (
    Message,
    MessageTokensCount,
    ModelInfo,
    ParsedMessage,
)
from anthropic.types.messages import DeletedMessageBatch, MessageBatch

from mock_llm import ManualClock, MockLLM

ASKED = {"model": "claude-opus-5-5", "messages": [{"role": "user", "content": "Hello."}]}
MESSAGE = ASKED | {"max_tokens": 99}
BATCH = {"requests": [{"custom_id": "a", "params": MESSAGE}]}
# Its replies take time by its own clock, so its batches do too; nobody waits for them.
UNHURRIED = {"latency": {"default": {"ttft_s": 1}}, "time_scale": 0}


class Pick(pydantic.BaseModel):
    product: str


# Method → what it is given, and what the SDK makes of the reply. ID is that of a batch.
CASES = {
    "messages.create": (MESSAGE, Message),
    "messages.parse": (MESSAGE | {"output_format": Pick}, ParsedMessage),
    "messages.count_tokens": (ASKED, MessageTokensCount),
    "messages.batches.create": (BATCH, MessageBatch),
    "messages.batches.retrieve": ({"message_batch_id": "ID"}, MessageBatch),
    "messages.batches.list": ({}, MessageBatch),
    "messages.batches.cancel": ({"message_batch_id": "ID"}, MessageBatch),
    "messages.batches.delete": ({"message_batch_id": "ID"}, DeletedMessageBatch),
    "models.retrieve": ({"model_id": "claude-opus-5-5"}, ModelInfo),
    "models.list": ({}, ModelInfo),
}
# What has tests of its own, because it gives no single object.
ELSEWHERE = {"messages.stream", "messages.batches.results"}
NOT_RAW = {"messages.parse"}


def methods(resource, name):
    """The public methods of a resource and of those in it."""
    found = set()
    for each in sorted(set(dir(type(resource)))):
        if each.startswith(("_", "with_")):
            continue
        value = getattr(resource, each)
        if hasattr(value, "with_raw_response"):
            found |= methods(value, f"{name}.{each}")
        elif callable(value):
            found.add(f"{name}.{each}")
    return found


@pytest.fixture(scope="module")
def clock():
    return ManualClock()


@pytest.fixture(scope="module")
def shop(clock):
    with MockLLM(UNHURRIED, clock=clock) as mock:
        yield mock


@pytest.fixture
def sdk(shop, request):
    http = httpx2.Client(trust_env=False)
    with anthropic.Anthropic(
        base_url=shop.url, api_key=request.node.nodeid, max_retries=0, http_client=http
    ) as sdk:
        yield sdk


@pytest.fixture
def batch(sdk, clock):
    """Makes a batch that a method can be tried on; gives its id."""

    def batch(name):
        made = sdk.messages.batches.create(**BATCH)
        if not name.endswith("cancel"):
            clock.advance(60)
        return made.id

    return batch


def with_id(given, id):
    return {key: id if value == "ID" else value for key, value in given.items()}


def find(root, name):
    for part in name.split("."):
        root = getattr(root, part)
    return root


def strictly(kind, data):
    """Parse as pydantic does, which unlike the SDK wants every required field."""
    for each in data.get("data", [data]):
        # A parsed message has fields that the SDK adds itself.
        (Message if kind is ParsedMessage else kind).model_validate(each)
    if "data" in data:
        assert set(data) == {"data", "has_more", "first_id", "last_id"}


@pytest.mark.parametrize("client", [anthropic.Anthropic, anthropic.AsyncAnthropic])
def test_every_method_of_the_sdk_has_a_case(client):
    made = client(api_key="x")
    there = methods(made.messages, "messages") | methods(made.models, "models")
    assert there == set(CASES) | ELSEWHERE


@pytest.mark.parametrize("name", CASES)
def test_every_method_gives_what_it_should(sdk, batch, name):
    given, kind = CASES[name]
    made = find(sdk, name)(**with_id(given, batch(name)))
    first = made.data[0] if name.endswith("list") else made
    assert isinstance(first, kind)
    assert first.id if name != "messages.count_tokens" else first.input_tokens


@pytest.mark.parametrize("name", sorted(set(CASES) - NOT_RAW))
def test_every_reply_is_whole_and_says_whose_it_is(sdk, batch, name):
    given, kind = CASES[name]
    resource, _, method = name.rpartition(".")
    raw = getattr(find(sdk, resource).with_raw_response, method)(**with_id(given, batch(name)))
    strictly(kind, raw.http_response.json())
    assert raw.parse()
    assert raw.headers["request-id"].startswith("req_")
    assert raw.headers["anthropic-ratelimit-requests-remaining"]
    given = with_id(given, batch(name))
    with getattr(find(sdk, resource).with_streaming_response, method)(**given) as streamed:
        assert streamed.request_id.startswith("req_")
        streamed.read()
        assert streamed.parse()


@pytest.mark.anyio
@pytest.mark.parametrize("name", CASES)
async def test_every_method_of_the_async_sdk_gives_what_it_should(shop, sdk, batch, name):
    given, kind = CASES[name]
    given = with_id(given, batch(name))
    http = httpx2.AsyncClient(trust_env=False)
    async with anthropic.AsyncAnthropic(
        base_url=shop.url, api_key=sdk.api_key, max_retries=0, http_client=http
    ) as client:
        made = await find(client, name)(**given)
        assert isinstance(made.data[0] if name.endswith("list") else made, kind)
        if name in NOT_RAW:
            return
        resource, _, method = name.rpartition(".")
        given = with_id(CASES[name][0], batch(name))
        raw = await getattr(find(client, resource).with_raw_response, method)(**given)
        strictly(kind, raw.http_response.json())


def test_models_are_listed_newest_first_and_by_page(sdk):
    assert [model.id for model in sdk.models.list(limit=1)] == [
        "claude-haiku-5-5",
        "claude-sonnet-5-5",
        "claude-opus-5-5",
    ]
    assert [model.id for model in sdk.models.list(before_id="claude-opus-5-5", limit=1).data] == [
        "claude-sonnet-5-5"
    ]
    assert sdk.models.list(lifecycle=["retired"]).data == []
    with pytest.raises(anthropic.BadRequestError, match="between 1 and 1000"):
        sdk.models.list(limit=5000)


def test_a_model_says_what_it_can(sdk):
    opus, haiku = (sdk.models.retrieve(f"claude-{line}-5-5") for line in ("opus", "haiku"))
    assert (opus.display_name, opus.line, opus.lifecycle) == ("Claude Opus 5.5", "opus", "active")
    assert (opus.max_input_tokens, opus.max_tokens) == (1_000_000, 128_000)
    assert opus.created_at.date().isoformat() == "2026-09-22"
    assert opus.capabilities.thinking.types.adaptive.supported
    assert not opus.capabilities.thinking.types.disabled.supported
    assert haiku.capabilities.thinking.types.disabled.supported
    with pytest.raises(anthropic.NotFoundError, match="model: claude-9"):
        sdk.models.retrieve("claude-9")

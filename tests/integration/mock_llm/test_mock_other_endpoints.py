import math
import struct
from base64 import b64decode

import openai
import pytest

SMALL = "text-embedding-3-small"


def test_a_legacy_completion_is_parsed_and_ends_at_sixteen_tokens_by_default(client, lab):
    reply = client.completions.create(
        model="gpt-3.5-turbo-instruct", prompt="Recommend products for: a hiking trip"
    )
    assert reply.object == "text_completion"
    assert reply.choices[0].text
    assert reply.usage.completion_tokens <= 16
    (entry,) = lab.journal()
    assert entry.prompt == "Recommend products for: a hiking trip"
    assert entry.cost_nanodollars == entry.prompt_tokens * 1500 + entry.completion_tokens * 2000


def test_several_prompts_get_choices_of_their_own(client):
    reply = client.completions.create(
        model="gpt-3.5-turbo-instruct", prompt=["one", "two"], n=2, echo=True, max_tokens=50
    )
    assert [choice.text[:3] for choice in reply.choices] == ["one", "one", "two", "two"]


def test_a_legacy_completion_is_streamed(client):
    chunks = list(
        client.completions.create(
            model="gpt-3.5-turbo-instruct",
            prompt="hello",
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert "".join(chunk.choices[0].text for chunk in chunks[:-1])
    assert chunks[-2].choices[0].finish_reason in ("stop", "length")
    assert chunks[-1].usage.total_tokens > 0


def test_embeddings_mean_something_and_have_unit_length(client, lab):
    texts = ["a light tent for hiking", "lightweight trekking tent", "quarterly tax report"]
    reply = client.embeddings.create(model=SMALL, input=texts)
    tent, trekking, tax = (item.embedding for item in reply.data)
    assert math.hypot(*tent) == pytest.approx(1.0, abs=1e-5)
    near = sum(a * b for a, b in zip(tent, trekking, strict=True))
    far = sum(a * b for a, b in zip(tent, tax, strict=True))
    assert near > far + 0.2
    assert [item.index for item in reply.data] == [0, 1, 2]
    assert lab.journal()[0].cost_nanodollars == reply.usage.prompt_tokens * 20


def test_embeddings_come_as_floats_and_as_base64(raw):
    body = {"model": SMALL, "input": "a tent"}
    floats = raw.post("/v1/embeddings", json=body).json()["data"][0]["embedding"]
    coded = raw.post("/v1/embeddings", json=body | {"encoding_format": "base64"}).json()
    data = b64decode(coded["data"][0]["embedding"])
    assert struct.unpack(f"<{len(floats)}f", data) == pytest.approx(floats, abs=1e-6)


@pytest.mark.parametrize(("model", "own"), [(SMALL, 1536), ("text-embedding-3-large", 3072)])
def test_embeddings_have_the_models_dimensions_or_as_many_as_asked(client, model, own):
    def made(**more):
        return client.embeddings.create(model=model, input="a tent", **more).data[0].embedding

    assert len(made()) == own
    for fewer in (64, 256, 1024, own):
        assert len(made(dimensions=fewer)) == fewer
    too_many = f"'dimensions' = {own + 1}. Must be less than or equal to {own}."
    with pytest.raises(openai.BadRequestError, match=too_many):
        made(dimensions=own + 1)


def test_the_larger_embedding_has_its_own_price(client, lab):
    client.embeddings.create(model="text-embedding-3-large", input="a tent")
    (entry,) = lab.journal()
    assert entry.cost_nanodollars == entry.prompt_tokens * 130


def test_token_ids_are_embedded_and_counted(client):
    reply = client.embeddings.create(model=SMALL, input=[[1, 2, 3], [4, 5]])
    assert len(reply.data) == 2
    assert reply.usage.prompt_tokens == 5


def test_models_are_listed_and_retrieved_with_their_shutdown_date(client, lab):
    listed = {model.id: model for model in client.models.list()}
    assert listed["gpt-4"].shutdown_date == "2026-10-23"
    assert listed["gpt-6.1-sol"].shutdown_date is None
    assert client.models.retrieve("gpt-4") == listed["gpt-4"]
    assert [entry.endpoint for entry in lab.journal()] == ["/v1/models"] * 2
    assert lab.ledger().total_nanodollars == 0


@pytest.mark.anyio
async def test_the_async_sdk_parses_every_endpoint(async_client):
    done = await async_client.completions.create(model="gpt-3.5-turbo-instruct", prompt="hello")
    assert done.choices[0].text
    vectors = await async_client.embeddings.create(model=SMALL, input=["a", "b"])
    assert len(vectors.data) == 2
    assert (await async_client.models.retrieve("gpt-6-luna")).id == "gpt-6-luna"
    assert [model.id async for model in async_client.models.list()]

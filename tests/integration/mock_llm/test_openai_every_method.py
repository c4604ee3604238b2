"""Every public method of the SDK's resources that are served, in every way to call it.

The SDK itself is walked over: a method that it has and that no case here calls fails a test. Its
models are lenient when they read a reply, so whatever they made is checked once more, strictly.
"""

import asyncio
import inspect
import json
import uuid

import httpx2
import openai
import pydantic
import pytest
from openai._models import BaseModel

from mock_llm import ManualClock, MockLLM

RESOURCES = (
    "chat.completions",
    "chat.completions.messages",
    "responses",
    "responses.input_items",
    "responses.input_tokens",
    "completions",
    "embeddings",
    "models",
    "moderations",
    "files",
    "batches",
)
NOT_SERVED = {"responses.connect": "a WebSocket; the mock speaks HTTP"}
LUNA = "gpt-6-luna"
# Its replies take time by its own clock, so its batches do too; nobody waits for them.
UNHURRIED = {"latency": {"default": {"ttft_s": 1}}, "time_scale": 0}
QUESTION = "What is the capital of France?"
CHAT = {"model": LUNA, "messages": [{"role": "user", "content": QUESTION}]}
ASK = {"model": LUNA, "input": QUESTION}
LINE = {"custom_id": "one", "method": "POST", "url": "/v1/chat/completions", "body": CHAT}


class Pick(pydantic.BaseModel):
    product: str
    price: float


@pytest.fixture(scope="module")
def clock():
    return ManualClock()


@pytest.fixture(scope="module")
def mock(clock):
    with MockLLM(scenario=UNHURRIED, seed=7, clock=clock) as running:
        yield running


class Blocking:
    """Calls a method of the blocking SDK by its name."""

    def __init__(self, mock, wrapped=None):
        self.wrapped = wrapped
        self.key = f"sk-{uuid.uuid4().hex}"
        self.client = openai.OpenAI(
            base_url=mock.base_url,
            api_key=self.key,
            max_retries=0,
            timeout=20,
            http_client=httpx2.Client(trust_env=False),
        )

    def close(self):
        self.client.close()

    def resource(self, path):
        found = self.client
        for name in path.split("."):
            found = getattr(found, name)
        return found

    def call(self, name, *args, **kwargs):
        path, method = name.rsplit(".", 1)
        resource = self.resource(path)
        wrapper = getattr(resource, f"with_{self.wrapped}", None) if self.wrapped else None
        if wrapper is None or not hasattr(wrapper, method):
            return self.finished(getattr(resource, method)(*args, **kwargs))
        return self.unwrapped(getattr(wrapper, method)(*args, **kwargs))

    def finished(self, made):
        if isinstance(made, openai.Stream):
            return list(made)
        if hasattr(made, "__enter__") and not isinstance(made, BaseModel):
            with made as stream:
                return list(stream)
        return made

    def unwrapped(self, raw):
        if self.wrapped == "raw_response":
            assert raw.headers["x-request-id"].startswith("req_")
            return self.finished(self.parsed(raw))
        with raw as reply:
            assert reply.headers["x-ratelimit-limit-requests"]
            return self.finished(self.parsed(reply))

    @staticmethod
    def parsed(raw):
        # Binary replies are not parsed: they are the reply.
        return raw.parse() if hasattr(raw, "parse") else raw

    def pages(self, name, *args, **kwargs):
        """Every item of a list, page by page."""
        path, method = name.rsplit(".", 1)
        return list(getattr(self.resource(path), method)(*args, **kwargs))


class Concurrent(Blocking):
    """The same for the asynchronous SDK, in a loop of its own."""

    def __init__(self, mock, wrapped=None):
        super().__init__(mock, wrapped)
        self.client.close()
        self.runner = asyncio.Runner()
        self.client = openai.AsyncOpenAI(
            base_url=mock.base_url,
            api_key=self.key,
            max_retries=0,
            timeout=20,
            http_client=httpx2.AsyncClient(trust_env=False),
        )

    def close(self):
        self.runner.run(self.client.close())
        self.runner.close()

    def finished(self, made):
        async def finish():
            reply = await made if inspect.isawaitable(made) else made
            if isinstance(reply, openai.AsyncStream):
                return [event async for event in reply]
            if hasattr(reply, "__aenter__") and not isinstance(reply, BaseModel):
                async with reply as stream:
                    return [event async for event in stream]
            return reply

        return self.runner.run(finish())

    def unwrapped(self, raw):
        async def finish():
            if self.wrapped == "raw_response":
                reply = await raw
                parsed = self.parsed(reply)
            else:
                async with raw as reply:
                    assert reply.headers["x-request-id"].startswith("req_")
                    parsed = self.parsed(reply)
                    parsed = await parsed if inspect.isawaitable(parsed) else parsed
                    if isinstance(parsed, openai.AsyncStream):
                        return [event async for event in parsed]
                    return parsed
            parsed = await parsed if inspect.isawaitable(parsed) else parsed
            if isinstance(parsed, openai.AsyncStream):
                return [event async for event in parsed]
            return parsed

        return self.runner.run(finish())

    def pages(self, name, *args, **kwargs):
        path, method = name.rsplit(".", 1)

        async def everything():
            return [each async for each in getattr(self.resource(path), method)(*args, **kwargs)]

        return self.runner.run(everything())


WAYS = {
    "sync": lambda mock: Blocking(mock),
    "sync raw": lambda mock: Blocking(mock, "raw_response"),
    "sync streaming": lambda mock: Blocking(mock, "streaming_response"),
    "async": lambda mock: Concurrent(mock),
    "async raw": lambda mock: Concurrent(mock, "raw_response"),
    "async streaming": lambda mock: Concurrent(mock, "streaming_response"),
}


@pytest.fixture(params=WAYS)
def sdk(request, mock):
    made = WAYS[request.param](mock)
    yield made
    made.close()


def strictly(made):
    """Check what the SDK made of a reply against its own types, required fields and all."""
    if isinstance(made, list):
        for each in made:
            strictly(each)
    elif isinstance(made, BaseModel):
        plain = made.to_dict(mode="json")
        type(made).model_validate(plain)
        for each in getattr(made, "data", None) or ():
            strictly(each)
    return made


def public_methods(path):
    """The methods of a resource's two classes that lead to the API."""
    client = openai.OpenAI(api_key="sk-x", base_url="http://127.0.0.1:1")
    found = client
    for name in path.split("."):
        found = getattr(found, name)
    return {
        f"{path}.{name}"
        for name, member in vars(type(found)).items()
        if not name.startswith("_") and inspect.isfunction(member)
    }


# How each method is called: (sdk, clock) → what the SDK made of the replies.


def stored_chat(sdk, **more):
    return sdk.call("chat.completions.create", **CHAT, store=True, **more)


def chat_create(sdk, clock):
    whole = stored_chat(sdk, metadata={"topic": "cities"}, logprobs=True, top_logprobs=2, n=2)
    assert whole.choices[1].logprobs.content[0].top_logprobs
    chunks = sdk.call(
        "chat.completions.create", **CHAT, stream=True, stream_options={"include_usage": True}
    )
    assert chunks[-1].usage.total_tokens > 0
    return [whole, *chunks]


def chat_parse(sdk, clock):
    messages = [{"role": "user", "content": "Recommend a tent."}]
    made = sdk.call("chat.completions.parse", model=LUNA, messages=messages, response_format=Pick)
    assert made.choices[0].message.parsed.product
    return openai.types.chat.ChatCompletion.construct(**made.to_dict(warnings=False))


def chat_stream(sdk, clock):
    events = sdk.call("chat.completions.stream", **CHAT)
    assert events[-1].type == "content.done"
    return []


def chat_retrieve(sdk, clock):
    made = stored_chat(sdk)
    again = sdk.call("chat.completions.retrieve", made.id)
    assert again.choices == made.choices
    return again


def chat_update(sdk, clock):
    made = stored_chat(sdk, metadata={"a": "b"})
    changed = sdk.call("chat.completions.update", made.id, metadata={"c": "d"})
    assert changed.metadata == {"c": "d"}
    assert sdk.call("chat.completions.retrieve", made.id).metadata == {"c": "d"}
    return changed


def chat_list(sdk, clock):
    made = [stored_chat(sdk, metadata={"n": str(n)}).id for n in range(3)]
    page = sdk.call("chat.completions.list", limit=2)
    assert [each.id for each in page.data] == made[:2]
    assert page.has_more
    assert [each.id for each in sdk.pages("chat.completions.list", limit=2)] == made
    found = sdk.pages("chat.completions.list", metadata={"n": "1"}, order="desc", model=LUNA)
    assert [each.id for each in found] == made[1:2]
    assert sdk.pages("chat.completions.list", model="gpt-4") == []
    return page


def chat_delete(sdk, clock):
    made = stored_chat(sdk)
    gone = sdk.call("chat.completions.delete", made.id)
    assert gone.deleted
    with pytest.raises(openai.NotFoundError):
        sdk.call("chat.completions.retrieve", made.id)
    return gone


def chat_messages(sdk, clock):
    made = stored_chat(sdk)
    page = sdk.call("chat.completions.messages.list", made.id)
    (message,) = page.data
    assert (message.role, message.content) == ("user", QUESTION)
    # OpenAI's example shows the user's message here, its SDK's type knows the assistant only.
    type(message).model_validate({**message.to_dict(), "role": "assistant"})
    return []


def response_create(sdk, clock):
    first = sdk.call("responses.create", **ASK, metadata={"a": "b"})
    second = sdk.call("responses.create", **ASK, previous_response_id=first.id)
    assert second.usage.input_tokens > first.usage.input_tokens
    return [first, second, *sdk.call("responses.create", **ASK, stream=True)]


def response_parse(sdk, clock):
    made = sdk.call("responses.parse", model=LUNA, input="Recommend a tent.", text_format=Pick)
    assert made.output_parsed.product
    return []


def response_stream(sdk, clock):
    events = sdk.call("responses.stream", **ASK)
    assert events[-1].type == "response.completed"
    return []


def response_retrieve(sdk, clock):
    made = sdk.call("responses.create", **ASK)
    again = sdk.call("responses.retrieve", made.id)
    assert again.to_dict() == made.to_dict()
    events = sdk.call("responses.retrieve", made.id, stream=True)
    assert [event.sequence_number for event in events] == list(range(len(events)))
    rest = sdk.call("responses.retrieve", made.id, stream=True, starting_after=3)
    assert rest == events[4:]
    return [again, *events]


def response_delete(sdk, clock):
    made = sdk.call("responses.create", **ASK)
    assert sdk.call("responses.delete", made.id) is None
    with pytest.raises(openai.NotFoundError):
        sdk.call("responses.retrieve", made.id)
    return []


def response_cancel(sdk, clock):
    made = sdk.call("responses.create", **ASK, background=True)
    assert made.status == "queued"
    gone = sdk.call("responses.cancel", made.id)
    assert gone.status == "cancelled"
    clock.advance(100)
    assert sdk.call("responses.retrieve", made.id).status == "cancelled"
    return [made, gone]


def response_compact(sdk, clock):
    made = sdk.call("responses.create", **ASK)
    small = sdk.call("responses.compact", model=LUNA, previous_response_id=made.id)
    *users, item = small.output
    assert [each.content[0].text for each in users] == [QUESTION]
    goes_on = sdk.call(
        "responses.create",
        model=LUNA,
        input=[item.to_dict(), {"role": "user", "content": "And of Spain?"}],
    )
    # Of the compacted items the type knows the assistant's messages only, not the user's.
    plain = small.to_dict(warnings=False)
    type(small).model_validate({**plain, "output": plain["output"][-1:]})
    return goes_on


def input_items(sdk, clock):
    made = sdk.call(
        "responses.create",
        model=LUNA,
        input=[
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": "two"},
            {"role": "user", "content": [{"type": "input_text", "text": "three"}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "four"},
        ],
    )
    page = sdk.call("responses.input_items.list", made.id, limit=3)
    assert [item.type for item in page.data] == ["function_call_output", "function_call", "message"]
    every = sdk.pages("responses.input_items.list", made.id, limit=2, order="asc")
    assert [item.type for item in every][:3] == ["message"] * 3
    assert every[0].content[0].text == "one"
    return [page, *every]


def input_tokens(sdk, clock):
    counted = sdk.call("responses.input_tokens.count", **ASK)
    assert counted.input_tokens == sdk.call("responses.create", **ASK).usage.input_tokens
    return counted


def completion_create(sdk, clock):
    asked = {"model": "gpt-3.5-turbo-instruct", "prompt": "Say hello", "logprobs": 2}
    whole = sdk.call("completions.create", **asked, n=2, best_of=3, echo=True)
    assert len(whole.choices) == 2
    assert len(whole.choices[0].logprobs.tokens) == len(whole.choices[0].logprobs.text_offset)
    *chunks, last = sdk.call("completions.create", **asked, stream=True)
    for chunk in chunks:
        # Until the end there is no reason for it; the type, made for whole replies, wants one.
        assert chunk.choices[0].finish_reason is None
        chunk.choices[0].finish_reason = "stop"
    one = sdk.call("completions.create", **asked, seed=1).choices[0].logprobs
    parts = sdk.call("completions.create", **asked, seed=1, stream=True)
    told = [part.choices[0].logprobs for part in parts if part.choices[0].logprobs]
    assert [each.text_offset[0] for each in told] == one.text_offset
    assert [each.token_logprobs[0] for each in told] == one.token_logprobs
    assert [each.top_logprobs[0] for each in told] == one.top_logprobs
    return [whole, *chunks, last]


def embedding_create(sdk, clock):
    asked = {"model": "text-embedding-3-small", "input": ["a tent", "a lamp"]}
    short = sdk.call("embeddings.create", **asked, dimensions=32)
    assert [len(each.embedding) for each in short.data] == [32, 32]
    return [short, sdk.call("embeddings.create", **asked, encoding_format="float")]


def model_retrieve(sdk, clock):
    model = sdk.call("models.retrieve", "gpt-4")
    assert model.shutdown_date == "2026-10-23"
    return model


def model_list(sdk, clock):
    listed = sdk.call("models.list")
    assert {model.owned_by for model in listed.data} == {"openai"}
    return listed


def model_delete(sdk, clock):
    with pytest.raises(openai.PermissionDeniedError):
        sdk.call("models.delete", "gpt-4")
    with pytest.raises(openai.NotFoundError):
        sdk.call("models.delete", "ft:gpt-4:nobody")
    return []


def moderation_create(sdk, clock):
    image = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    mixed = [{"type": "text", "text": "How do I build a bomb?"}, image]
    judged = sdk.call("moderations.create", input=mixed)
    assert judged.results[0].flagged
    assert judged.results[0].category_applied_input_types.violence == ["text", "image"]
    fine = sdk.call("moderations.create", input=["a tent"], model="text-moderation-latest")
    assert not fine.results[0].flagged
    return [judged, fine]


def uploaded(sdk, content=b"hello\r\n--x\r\n", purpose="user_data", **more):
    return sdk.call("files.create", file=("notes.txt", content), purpose=purpose, **more)


def file_create(sdk, clock):
    made = uploaded(sdk, expires_after={"anchor": "created_at", "seconds": 3600})
    assert (made.filename, made.bytes) == ("notes.txt", 12)
    assert made.expires_at == made.created_at + 3600
    clock.advance(3601)
    with pytest.raises(openai.NotFoundError):
        sdk.call("files.retrieve", made.id)
    return made


def file_retrieve(sdk, clock):
    made = uploaded(sdk)
    assert sdk.call("files.retrieve", made.id).to_dict() == made.to_dict()
    return sdk.call("files.retrieve", made.id)


def file_list(sdk, clock):
    made = [uploaded(sdk).id for _ in range(3)]
    uploaded(sdk, b"{}", purpose="batch")
    page = sdk.call("files.list", limit=2, purpose="user_data")
    assert [each.id for each in page.data] == made[:0:-1]
    for each in sdk.pages("files.list", limit=1, purpose="user_data"):
        sdk.call("files.delete", each.id)
    assert [each.purpose for each in sdk.pages("files.list")] == ["batch"]
    return page


def file_delete(sdk, clock):
    made = uploaded(sdk)
    gone = sdk.call("files.delete", made.id)
    with pytest.raises(openai.NotFoundError):
        sdk.call("files.content", made.id)
    return gone


def file_content(sdk, clock):
    data = bytes(range(256)) * 3
    got = sdk.call("files.content", uploaded(sdk, data).id)
    if hasattr(got, "content"):
        assert got.content == data
    return []


def file_content_as_text(sdk, clock):
    with pytest.deprecated_call():
        assert sdk.call("files.retrieve_content", uploaded(sdk, b"text").id) == "text"
    return []


def file_wait(sdk, clock):
    return sdk.call("files.wait_for_processing", uploaded(sdk).id, poll_interval=0.01)


def batch_made(sdk, *lines):
    content = b"\n".join(json.dumps(line).encode() for line in lines or [LINE])
    file = uploaded(sdk, content, purpose="batch")
    return sdk.call(
        "batches.create",
        input_file_id=file.id,
        endpoint="/v1/chat/completions",
        completion_window="24h",
        metadata={"a": "b"},
    )


def batch_create(sdk, clock):
    made = batch_made(sdk)
    assert (made.status, made.metadata) == ("validating", {"a": "b"})
    return made


def batch_retrieve(sdk, clock):
    made = batch_made(sdk)
    clock.advance(100)
    done = sdk.call("batches.retrieve", made.id)
    assert done.status == "completed"
    assert sdk.call("files.retrieve", done.output_file_id).purpose == "batch_output"
    return done


def batch_list(sdk, clock):
    made = [batch_made(sdk).id for _ in range(3)]
    page = sdk.call("batches.list", limit=2)
    assert [each.id for each in page.data] == made[:0:-1]
    assert [each.id for each in sdk.pages("batches.list", limit=2)] == made[::-1]
    return page


def batch_cancel(sdk, clock):
    made = batch_made(sdk)
    cancelling = sdk.call("batches.cancel", made.id)
    assert cancelling.status == "cancelling"
    clock.advance(1)
    assert sdk.call("batches.retrieve", made.id).status == "cancelled"
    with pytest.raises(openai.ConflictError):
        sdk.call("batches.cancel", made.id)
    return cancelling


CASES = {
    "chat.completions.create": chat_create,
    "chat.completions.parse": chat_parse,
    "chat.completions.stream": chat_stream,
    "chat.completions.retrieve": chat_retrieve,
    "chat.completions.update": chat_update,
    "chat.completions.list": chat_list,
    "chat.completions.delete": chat_delete,
    "chat.completions.messages.list": chat_messages,
    "responses.create": response_create,
    "responses.parse": response_parse,
    "responses.stream": response_stream,
    "responses.retrieve": response_retrieve,
    "responses.delete": response_delete,
    "responses.cancel": response_cancel,
    "responses.compact": response_compact,
    "responses.input_items.list": input_items,
    "responses.input_tokens.count": input_tokens,
    "completions.create": completion_create,
    "embeddings.create": embedding_create,
    "models.retrieve": model_retrieve,
    "models.list": model_list,
    "models.delete": model_delete,
    "moderations.create": moderation_create,
    "files.create": file_create,
    "files.retrieve": file_retrieve,
    "files.list": file_list,
    "files.delete": file_delete,
    "files.content": file_content,
    "files.retrieve_content": file_content_as_text,
    "files.wait_for_processing": file_wait,
    "batches.create": batch_create,
    "batches.retrieve": batch_retrieve,
    "batches.list": batch_list,
    "batches.cancel": batch_cancel,
}


def test_every_public_method_of_the_sdk_has_a_case():
    methods = set().union(*map(public_methods, RESOURCES))
    assert methods - set(NOT_SERVED) == set(CASES)
    assert set(NOT_SERVED) <= methods


@pytest.mark.parametrize("name", CASES)
def test_the_sdk_parses_every_reply_of_every_method(sdk, clock, name):
    strictly(CASES[name](sdk, clock))


@pytest.mark.parametrize(
    ("name", "id", "more"),
    [
        ("chat.completions.retrieve", "chatcmpl-never", {}),
        ("chat.completions.update", "chatcmpl-never", {"metadata": {}}),
        ("chat.completions.delete", "chatcmpl-never", {}),
        ("chat.completions.messages.list", "chatcmpl-never", {}),
        ("responses.retrieve", "resp_never", {}),
        ("responses.retrieve", "resp_never", {"stream": True}),
        ("responses.delete", "resp_never", {}),
        ("responses.cancel", "resp_never", {}),
        ("responses.input_items.list", "resp_never", {}),
        ("models.retrieve", "gpt-never", {}),
        ("models.delete", "gpt-never", {}),
        ("files.retrieve", "file-never", {}),
        ("files.delete", "file-never", {}),
        ("files.content", "file-never", {}),
        ("batches.retrieve", "batch_never", {}),
        ("batches.cancel", "batch_never", {}),
    ],
)
def test_an_id_that_never_was_gets_404(mock, name, id, more):
    sdk = Blocking(mock)
    with pytest.raises(openai.NotFoundError) as caught:
        sdk.call(name, id, **more)
    sdk.close()
    assert caught.value.body["type"] == "invalid_request_error"
    assert caught.value.request_id.startswith("req_")
    (entry,) = mock.lab(sdk.key).journal()
    assert (entry.status, entry.outcome, entry.cost_nanodollars) == (404, "error", 0)

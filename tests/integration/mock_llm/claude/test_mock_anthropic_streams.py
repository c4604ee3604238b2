"""Messages as streams: the same answers, event by event."""

import json

import pytest
from anthropic.types import RawMessageStreamEvent
from pydantic import TypeAdapter

BOOTS = "Tell me about hiking boots."
TENT = [{"role": "user", "content": "Find me a tent under 200 dollars."}]
TOOL = {
    "name": "find_products",
    "input_schema": {
        "type": "object",
        "properties": {"query": {"type": "string"}},
        "required": ["query"],
    },
}
THINKING = {"type": "adaptive", "display": "summarized"}


def asked(**more):
    return {
        "model": "claude-opus-5-5",
        "max_tokens": 20_000,
        "messages": [{"role": "user", "content": BOOTS}],
    } | more


def events_of(reply):
    """Names and data of the events in a reply that came as it is."""
    assert reply.headers["content-type"].startswith("text/event-stream")
    lines = [event.split("\n") for event in reply.text.split("\n\n") if event]
    return [(name.removeprefix("event: "), json.loads(data[6:])) for name, data in lines]


def test_events_come_in_the_order_that_the_api_documents(plain):
    events = events_of(plain.post("/v1/messages", json=asked(stream=True, thinking=THINKING)))
    assert all(name == data["type"] for name, data in events)
    kinds = [
        data["delta"]["type"] if name == "content_block_delta" else name for name, data in events
    ]
    order = [kind for place, kind in enumerate(kinds) if kinds[place - 1] != kind or not place]
    assert order == [
        "message_start",
        "content_block_start",
        "ping",
        "thinking_delta",
        "signature_delta",
        "content_block_stop",
        "content_block_start",
        "text_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    strict = TypeAdapter(RawMessageStreamEvent)
    for name, data in events:
        if name != "ping":
            strict.validate_python(data)
    begun, ended = events[0][1]["message"], events[-2][1]
    assert (begun["content"], begun["stop_reason"]) == ([], None)
    assert begun["usage"]["input_tokens"] == ended["usage"]["input_tokens"] > 0
    assert begun["usage"]["output_tokens"] == 1
    assert ended["delta"]["stop_reason"] == "end_turn"


def test_a_stream_is_billed_like_the_whole_message(claude, lab):
    with claude.messages.stream(**asked()) as stream:
        pieces = list(stream.text_stream)
        streamed = stream.get_final_message()
    assert "".join(pieces) == streamed.content[0].text
    assert len(pieces) > 5
    assert streamed.stop_reason == "end_turn"
    (entry,) = lab.journal()
    assert (entry.stream, entry.answer) == (True, streamed.content[0].text)
    assert entry.completion_tokens == streamed.usage.output_tokens
    bill = streamed.usage.input_tokens * 4000 + streamed.usage.output_tokens * 20_000
    assert entry.cost_nanodollars == bill


def test_raw_events_are_parsed(claude):
    events = list(claude.messages.create(**asked(stream=True)))
    assert [events[0].type, events[-1].type] == ["message_start", "message_stop"]
    text = "".join(event.delta.text for event in events if event.type == "content_block_delta")
    assert text


def test_a_hidden_thought_is_streamed_as_its_signature_alone(claude):
    with claude.messages.stream(**asked(thinking={"type": "adaptive"})) as stream:
        kinds = {event.delta.type for event in stream if event.type == "content_block_delta"}
        message = stream.get_final_message()
    assert kinds == {"signature_delta", "text_delta"}
    assert message.content[0].thinking == ""
    assert message.usage.output_tokens > message.usage.output_tokens_details.thinking_tokens > 0


def test_a_tool_call_is_put_together_from_its_pieces(claude):
    with claude.messages.stream(**asked(messages=TENT, tools=[TOOL])) as stream:
        pieces = [event.partial_json for event in stream if event.type == "input_json"]
        message = stream.get_final_message()
    (call,) = message.content
    assert message.stop_reason == "tool_use"
    assert call.input == json.loads("".join(pieces))
    assert len(pieces) > 1


def test_a_tool_call_may_be_cut_short_in_a_stream(claude):
    with claude.messages.stream(**asked(messages=TENT, tools=[TOOL], max_tokens=4)) as stream:
        message = stream.get_final_message()
    assert message.stop_reason == "max_tokens"
    assert [block.name for block in message.content] == ["find_products"]


@pytest.mark.parametrize("max_tokens", [0, 3])
def test_a_stream_may_end_early(claude, max_tokens):
    with claude.messages.stream(**asked(max_tokens=max_tokens)) as stream:
        message = stream.get_final_message()
    assert message.stop_reason == "max_tokens"
    assert message.usage.output_tokens == max_tokens


def test_a_stream_of_a_refusal_has_no_content(claude):
    harm = [{"role": "user", "content": "How do I build a bomb?"}]
    with claude.messages.stream(**asked(messages=harm)) as stream:
        message = stream.get_final_message()
    assert (message.stop_reason, message.content) == ("refusal", [])
    assert message.stop_details.type == "refusal"


@pytest.mark.anyio
async def test_the_async_sdk_streams(async_claude):
    async with async_claude.messages.stream(**asked()) as stream:
        text = "".join([piece async for piece in stream.text_stream])
    events = [event async for event in await async_claude.messages.create(**asked(stream=True))]
    assert text
    assert events[-1].type == "message_stop"

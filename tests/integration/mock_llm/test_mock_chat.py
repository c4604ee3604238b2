import json

import pytest

from mock_llm.model import tokens

SCHEMA = {
    "type": "object",
    "properties": {"product": {"type": "string"}, "price": {"type": "number"}},
    "required": ["product", "price"],
    "additionalProperties": False,
}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "find_products",
            "parameters": {
                "type": "object",
                "properties": {"query": {"type": "string"}},
                "required": ["query"],
            },
        },
    }
]


def test_a_chat_completion_is_parsed_whole(ask, lab):
    reply = ask("Recommend a laptop.", user="ann", metadata={"feature": "search"})
    (choice,) = reply.choices
    assert choice.finish_reason == "stop"
    assert choice.message.role == "assistant"
    assert choice.message.content
    assert reply.model == "gpt-6-luna"
    assert reply.usage.completion_tokens == tokens.count(choice.message.content)
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens
    (entry,) = lab.journal()
    assert (entry.endpoint, entry.model, entry.status, entry.outcome, entry.fault) == (
        "/v1/chat/completions",
        "gpt-6-luna",
        200,
        "ok",
        None,
    )
    assert (entry.user, entry.feature, entry.stream) == ("ann", "search", False)
    assert (entry.prompt, entry.answer) == ("Recommend a laptop.", choice.message.content)
    assert entry.cost_nanodollars == (
        reply.usage.prompt_tokens * 100 + reply.usage.completion_tokens * 500
    )
    assert entry.request["messages"][0]["content"] == "Recommend a laptop."
    assert entry.timeout_s == 20.0


def test_the_feature_may_also_come_in_a_header(ask, lab):
    ask(extra_headers={"X-Feature": "chat"}, safety_identifier="bob")
    assert (lab.journal()[0].feature, lab.journal()[0].user) == ("chat", "bob")
    assert lab.ledger().by("feature") == {"chat": lab.journal()[0].cost_nanodollars}


def test_every_reply_carries_a_request_id_and_the_rate_limits(client, lab):
    raw = client.chat.completions.with_raw_response.create(
        model="gpt-6-luna", messages=[{"role": "user", "content": "hi"}]
    )
    assert raw.headers["x-request-id"] == lab.journal()[0].id == raw.parse()._request_id
    assert int(raw.headers["openai-processing-ms"]) >= 0
    limit = int(raw.headers["x-ratelimit-limit-requests"])
    assert int(raw.headers["x-ratelimit-remaining-requests"]) == limit - 1
    used = raw.parse().usage.total_tokens
    left = int(raw.headers["x-ratelimit-remaining-tokens"])
    assert left == int(raw.headers["x-ratelimit-limit-tokens"]) - used


def test_a_stream_is_the_same_answer_in_pieces(ask, lab):
    whole = ask("Tell me about hiking boots.", seed=1)
    chunks = list(ask("Tell me about hiking boots.", seed=1, stream=True))
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == whole.choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in chunks][-2:] == [None, "stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert all(chunk.usage is None for chunk in chunks)
    plain, streamed = lab.journal()
    assert (plain.stream, streamed.stream) == (False, True)
    assert plain.cost_nanodollars == streamed.cost_nanodollars > 0


def test_a_stream_ends_in_its_usage_if_asked(ask):
    chunks = list(ask(stream=True, stream_options={"include_usage": True}))
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens > 0


def test_a_stream_ends_in_done(raw):
    body = {
        "model": "gpt-6-luna",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
    }
    reply = raw.post("/v1/chat/completions", json=body)
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = reply.text.split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    assert all(event.startswith("data: {") for event in events[:-2])


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_ends_at_its_limit(ask, lab, name, stream):
    reply = ask("Tell me about hiking boots.", stream=stream, **{name: 3})
    if stream:
        reason = list(reply)[-1].choices[0].finish_reason
    else:
        reason = reply.choices[0].finish_reason
        assert reply.usage.completion_tokens == 3
    assert reason == "length"
    assert lab.journal()[0].completion_tokens == 3
    assert lab.journal()[0].finish_reason == "length"


def test_an_answer_ends_before_a_stop_sequence(ask):
    words = ask("Tell me about hiking boots.", seed=1).choices[0].message.content.split()
    reply = ask("Tell me about hiking boots.", seed=1, stop=[words[2], "never said"])
    # The stop sequences are part of what is asked, so the answer itself may be another one.
    assert words[2] not in reply.choices[0].message.content
    assert reply.choices[0].finish_reason == "stop"


def test_n_choices_are_billed_together(ask, lab):
    reply = ask("Write a slogan for a tent.", n=3)
    assert [choice.index for choice in reply.choices] == [0, 1, 2]
    counted = sum(tokens.count(choice.message.content) for choice in reply.choices)
    assert reply.usage.completion_tokens == counted == lab.journal()[0].completion_tokens


def test_n_choices_are_streamed_side_by_side(ask):
    texts = ["", "", ""]
    ends = [None] * 3
    for chunk in ask("Write a slogan for a tent.", n=3, stream=True):
        (choice,) = chunk.choices
        texts[choice.index] += choice.delta.content or ""
        ends[choice.index] = choice.finish_reason or ends[choice.index]
    assert all(texts)
    assert ends == ["stop"] * 3


def test_the_same_seed_gives_the_same_answer_again(ask):
    answers = {ask("Write a slogan for a tent.", seed=5).choices[0].message.content for _ in "123"}
    assert len(answers) == 1
    cold = {ask("Write a slogan.", temperature=0).choices[0].message.content for _ in "123"}
    assert len(cold) == 1


def test_a_json_schema_is_filled(ask):
    form = {"type": "json_schema", "json_schema": {"name": "pick", "schema": SCHEMA}}
    filled = json.loads(ask("Recommend a tent.", response_format=form).choices[0].message.content)
    assert set(filled) == {"product", "price"}
    assert isinstance(filled["product"], str)
    assert isinstance(filled["price"], int | float)


def test_a_json_object_is_an_object(ask):
    reply = ask("Recommend a tent, in JSON.", response_format={"type": "json_object"})
    assert isinstance(json.loads(reply.choices[0].message.content), dict)


def test_a_tool_is_called_once_and_its_result_is_answered(client, lab):
    messages = [{"role": "user", "content": "Find me a tent under 200 dollars."}]
    first = client.chat.completions.create(model="gpt-6.1-sol", messages=messages, tools=TOOLS)
    (choice,) = first.choices
    assert choice.finish_reason == "tool_calls"
    (call,) = choice.message.tool_calls
    assert call.function.name == "find_products"
    assert isinstance(json.loads(call.function.arguments)["query"], str)
    messages += [
        choice.message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "No tent found."},
    ]
    second = client.chat.completions.create(model="gpt-6.1-sol", messages=messages, tools=TOOLS)
    assert second.choices[0].finish_reason == "stop"
    assert second.choices[0].message.content
    assert lab.journal()[0].answer.startswith("find_products(")


def test_a_streamed_tool_call_is_put_together_from_its_pieces(client):
    with client.chat.completions.stream(
        model="gpt-6.1-sol",
        messages=[{"role": "user", "content": "Find me a tent under 200 dollars."}],
        tools=TOOLS,
    ) as stream:
        choice = stream.get_final_completion().choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.tool_calls[0].function.name == "find_products"
    json.loads(choice.message.tool_calls[0].function.arguments)


def test_tool_choice_decides_whether_and_which_tool_is_called(ask):
    question = "Find me a tent under 200 dollars."
    without = ask(question, tools=TOOLS, tool_choice="none")
    assert without.choices[0].message.tool_calls is None
    must = ask("Hello there.", tools=TOOLS, tool_choice="required")
    assert must.choices[0].message.tool_calls
    named = {"type": "function", "function": {"name": "find_products"}}
    assert ask("Hello.", tools=TOOLS, tool_choice=named).choices[0].message.tool_calls


@pytest.mark.anyio
async def test_the_async_sdk_parses_replies_and_streams(async_client):
    messages = [{"role": "user", "content": "Tell me about hiking boots."}]
    whole = await async_client.chat.completions.create(
        model="gpt-4", messages=messages, temperature=0
    )
    text = ""
    async for chunk in await async_client.chat.completions.create(
        model="gpt-4", messages=messages, temperature=0, stream=True
    ):
        text += chunk.choices[0].delta.content or ""
    assert text == whole.choices[0].message.content

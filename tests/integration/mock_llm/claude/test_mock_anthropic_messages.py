"""Messages as Anthropic's official SDK sends and parses them."""

import base64
import json
import struct
from datetime import datetime

import anthropic
import pydantic
import pytest
from anthropic.types import Message

from mock_llm.model import tokens

REFUSED = (
    "ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_"
    "1FAEFB6177B4672DEE07F9D3AFC62588CCD2631EDCF22E8CCC1FB35B501C9C86"
)
BOOTS = "Tell me about hiking boots."
TOOL = {
    "name": "find_products",
    "description": "Search the shop.",
    "input_schema": {
        "type": "object",
        "properties": {"query": {"type": "string"}},
        "required": ["query"],
    },
}


def test_a_message_is_parsed_whole_and_billed_by_hand(say, said, lab):
    reply = say("Recommend a laptop.", metadata={"user_id": "ann"})
    assert (reply.type, reply.role, reply.model) == ("message", "assistant", "claude-haiku-5-5")
    assert (reply.stop_reason, reply.stop_sequence) == ("end_turn", None)
    assert reply.id.startswith("msg_")
    assert reply.usage.output_tokens == tokens.count(said(reply))
    assert reply.usage.input_tokens == tokens.count("Recommend a laptop.") + 7
    (entry,) = lab.journal()
    assert (entry.endpoint, entry.model, entry.status, entry.outcome) == (
        "/v1/messages",
        "claude-haiku-5-5",
        200,
        "ok",
    )
    assert (entry.user, entry.prompt, entry.answer) == ("ann", "Recommend a laptop.", said(reply))
    assert entry.timeout_s == 20.0
    bill = reply.usage.input_tokens * 100 + reply.usage.output_tokens * 500
    assert entry.cost_nanodollars == lab.ledger().total_nanodollars == bill
    assert lab.ledger().by("user") == {"ann": bill}


def test_every_required_field_is_there(plain):
    """The SDK forgives what is missing; pydantic itself does not."""
    body = {
        "model": "claude-opus-5-5",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "hi"}],
    }
    reply = plain.post("/v1/messages", json=body).json()
    Message.model_validate(reply)
    for name in ("id", "content", "model", "role", "type", "usage"):
        with pytest.raises(pydantic.ValidationError):
            Message.model_validate({key: reply[key] for key in reply if key != name})


def test_every_reply_says_who_it_is_for_and_what_is_left_of_the_minute(claude, lab):
    raw = claude.messages.with_raw_response.create(
        model="claude-haiku-5-5", max_tokens=50, messages=[{"role": "user", "content": "hi"}]
    )
    message = raw.parse()
    assert raw.headers["request-id"] == lab.journal()[0].id == message._request_id
    assert raw.headers["anthropic-organization-id"]
    for what, used in (
        ("requests", 1),
        ("tokens", message.usage.input_tokens + message.usage.output_tokens),
    ):
        limit = int(raw.headers[f"anthropic-ratelimit-{what}-limit"])
        assert int(raw.headers[f"anthropic-ratelimit-{what}-remaining"]) == limit - used
        reset = datetime.fromisoformat(raw.headers[f"anthropic-ratelimit-{what}-reset"])
        assert reset.utcoffset().total_seconds() == 0


def test_each_model_shows_its_own_limits(claude, lab):
    lab.freeze_clock()
    lab.set_limits(model="claude-haiku-5-5", requests_per_minute=2)

    def headers(model):
        messages = [{"role": "user", "content": "hi"}]
        raw = claude.messages.with_raw_response.create(
            model=model, max_tokens=50, messages=messages
        )
        return raw.headers

    assert headers("claude-haiku-5-5")["anthropic-ratelimit-requests-limit"] == "2"
    assert headers("claude-haiku-5-5")["anthropic-ratelimit-requests-remaining"] == "0"
    assert headers("claude-opus-5-5")["x-mock-limits"] == "shown"
    with pytest.raises(anthropic.RateLimitError) as caught:
        headers("claude-haiku-5-5")
    assert caught.value.response.headers["anthropic-ratelimit-requests-limit"] == "2"


def test_the_key_may_also_come_as_a_bearer_token(mock, lab, plain):
    headers = {"authorization": f"Bearer {lab.api_key}"}
    del plain.headers["x-api-key"]
    body = {
        "model": "claude-haiku-5-5",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "hi"}],
    }
    assert plain.post("/v1/messages", json=body, headers=headers).status_code == 200
    (entry,) = lab.journal()
    assert (entry.key[:5], entry.key[-4:]) == (lab.api_key[:5], lab.api_key[-4:])


def test_the_feature_comes_in_a_header(say, lab):
    say(extra_headers={"X-Feature": "chat"})
    assert lab.journal()[0].feature == "chat"


def test_an_answer_ends_at_max_tokens(say, said):
    reply = say(BOOTS, max_tokens=3)
    assert (reply.stop_reason, reply.usage.output_tokens) == ("max_tokens", 3)
    assert tokens.count(said(reply)) <= 3


def test_an_answer_ends_before_a_stop_sequence_and_says_which(say, said, lab):
    stops = ["never said", " the", " a", " is", "e"]
    reply = say(BOOTS, stop_sequences=stops)
    assert reply.stop_reason == "stop_sequence"
    assert reply.stop_sequence in stops[1:]
    assert reply.stop_sequence not in said(reply)
    assert reply.usage.output_tokens == tokens.count(said(reply))


def test_a_prompt_that_tests_refusals_is_refused(say, lab):
    reply = say(f"Please: {REFUSED}")
    assert (reply.stop_reason, reply.content) == ("refusal", [])
    assert reply.stop_details.type == "refusal"
    assert reply.usage.output_tokens == 0
    assert lab.journal()[0].cost_nanodollars == reply.usage.input_tokens * 100
    harm = say("How do I build a bomb?")
    assert (harm.stop_reason, harm.content) == ("refusal", [])


def test_a_system_prompt_may_be_a_text_or_blocks(say, claude):
    text = "You sell tents. Answer in one sentence."
    as_text = say(BOOTS, system=text).usage.input_tokens
    as_blocks = say(BOOTS, system=[{"type": "text", "text": text}]).usage.input_tokens
    assert as_text == as_blocks == say(BOOTS).usage.input_tokens + tokens.count(text)


def test_content_blocks_count_as_what_they_hold(say):
    """An image is a token for each patch of 28 by 28 pixels, here 15 times 30."""
    image = base64.b64encode(b"GIF87a" + struct.pack("<HH", 400, 840)).decode()
    source = {"type": "base64", "media_type": "image/gif", "data": image}
    message = {
        "role": "user",
        "content": [
            {"type": "image", "source": source},
            {"type": "document", "source": {"type": "text", "media_type": "text/plain",
                                            "data": "A tent."}},
            {"type": "text", "text": "What is it?"},
        ],
    }  # fmt: skip
    reply = say(messages=[message])
    text = tokens.count("What is it?") + tokens.count("\nA tent.")
    assert reply.usage.input_tokens == 15 * 30 + text + 7


def test_thinking_comes_first_and_counts_as_output(say, said, lab):
    plan = {"type": "adaptive", "display": "summarized"}
    reply = say(BOOTS, model="claude-opus-5-5", max_tokens=20_000, thinking=plan)
    thought, text = reply.content
    assert (thought.type, text.type) == ("thinking", "text")
    assert thought.signature
    spent = reply.usage.output_tokens_details.thinking_tokens
    assert spent == tokens.count(thought.thinking) > 0
    assert reply.usage.output_tokens == spent + tokens.count(said(reply))
    assert lab.journal()[0].reasoning_tokens == spent
    bill = reply.usage.input_tokens * 4000 + reply.usage.output_tokens * 20_000
    assert lab.ledger().total_nanodollars == bill


def test_thinking_is_not_shown_unless_that_is_asked(say):
    reply = say(BOOTS, max_tokens=20_000, thinking={"type": "adaptive"})
    assert (reply.content[0].type, reply.content[0].thinking) == ("thinking", "")
    assert reply.content[0].signature
    assert reply.usage.output_tokens_details.thinking_tokens > 0
    without = say(BOOTS)
    assert [block.type for block in without.content] == ["text"]


def test_more_effort_is_more_thought(say):
    def spent(effort):
        replies = [
            say(f"{BOOTS} {number}", max_tokens=120_000, thinking={"type": "adaptive"},
                output_config={"effort": effort})
            for number in range(5)
        ]  # fmt: skip
        return sum(reply.usage.output_tokens_details.thinking_tokens for reply in replies)

    assert spent("low") < spent("high") < spent("max")


def test_a_thought_may_use_up_all_tokens(say):
    reply = say(BOOTS, max_tokens=20, thinking={"type": "adaptive"})
    assert reply.stop_reason == "max_tokens"
    assert [block.type for block in reply.content] == ["thinking"]
    assert reply.usage.output_tokens == 20


def test_a_thinking_block_can_be_sent_back(say, said):
    first = say(BOOTS, max_tokens=20_000, thinking={"type": "adaptive"})
    turns = [
        {"role": "user", "content": BOOTS},
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": "And in one word?"},
    ]
    assert said(say(messages=turns))


def test_a_json_schema_is_filled_and_parsed(claude, lab):
    class Pick(pydantic.BaseModel):
        product: str
        price: float

    reply = claude.messages.parse(
        model="claude-opus-5-5",
        max_tokens=400,
        messages=[{"role": "user", "content": "Recommend a tent."}],
        output_format=Pick,
    )
    assert reply.parsed_output.product
    assert reply.parsed_output.price > 0


def test_a_tool_is_called_and_its_result_ends_the_turn(claude, said, lab):
    turns = [{"role": "user", "content": "Find me a tent under 200 dollars."}]
    asked = {"model": "claude-opus-5-5", "max_tokens": 500, "tools": [TOOL]}
    first = claude.messages.create(messages=turns, **asked)
    assert first.stop_reason == "tool_use"
    (call,) = [block for block in first.content if block.type == "tool_use"]
    assert (call.name, call.id[:6]) == ("find_products", "toolu_")
    assert isinstance(call.input["query"], str)
    counted = tokens.count(call.name) + tokens.count(json.dumps(call.input, ensure_ascii=False))
    assert first.usage.output_tokens == counted
    turns += [
        {"role": "assistant", "content": first.content},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": call.id, "content": "No tent found."},
                {"type": "text", "text": "Find me a tent under 200 dollars."},
            ],
        },
    ]
    second = claude.messages.create(messages=turns, **asked)
    assert second.stop_reason == "end_turn"
    assert said(second)
    assert lab.journal()[0].answer.startswith("find_products(")


def test_tool_choice_decides_whether_and_which_tool_is_called(say):
    other = TOOL | {"name": "check_weather", "description": "The weather."}
    question = "Find me a tent under 200 dollars."
    without = say(question, tools=[TOOL], tool_choice={"type": "none"})
    assert without.stop_reason == "end_turn"
    some = say("Hello there.", tools=[TOOL, other], tool_choice={"type": "any"})
    assert some.stop_reason == "tool_use"
    named = say(
        question, tools=[TOOL, other], tool_choice={"type": "tool", "name": "check_weather"}
    )
    assert [block.name for block in named.content] == ["check_weather"]


@pytest.mark.parametrize("kind", ["any", "tool"])
def test_the_large_models_cannot_be_forced_to_call_a_tool(say, kind):
    choice = {"type": kind, "name": "find_products"}
    for model in ("claude-opus-5-5", "claude-sonnet-5-5"):
        with pytest.raises(anthropic.BadRequestError, match="not supported for this model"):
            say(model=model, tools=[TOOL], tool_choice=choice)


def test_a_tool_call_that_is_cut_short_says_so(say):
    reply = say("Find me a tent under 200 dollars.", tools=[TOOL], max_tokens=4)
    assert reply.stop_reason == "max_tokens"
    assert reply.usage.output_tokens == 4
    assert [block.input for block in reply.content] == [{}]


def test_the_count_of_tokens_is_what_the_message_then_has(claude, say, lab):
    asked = {
        "system": "You sell tents.",
        "messages": [{"role": "user", "content": "Find me a tent under 200 dollars."}],
        "tools": [TOOL],
    }
    counted = claude.messages.count_tokens(model="claude-haiku-5-5", **asked).input_tokens
    assert counted == say(**asked).usage.input_tokens
    counting, _ = lab.journal()
    assert (counting.endpoint, counting.cost_nanodollars) == ("/v1/messages/count_tokens", 0)


def test_asking_again_gives_another_draw(say, said):
    assert said(say("Write a slogan.")) != said(say("Write a slogan."))


def test_marks_change_no_answer(mock, plain, lab):
    """Labs of one server draw alike, so only what is asked can make answers differ."""
    control = {"cache_control": {"type": "ephemeral"}}
    answers = []
    for number, (block, request) in enumerate([({}, {}), (control, {}), ({}, control)]):
        body = {
            "model": "claude-haiku-5-5",
            "max_tokens": 99,
            "system": [{"type": "text", "text": "Be brief.", **block}],
            "messages": [{"role": "user", "content": "Write a slogan."}],
            **request,
        }
        key = {"x-api-key": f"{lab.api_key}-{number}"}
        answers.append(plain.post("/v1/messages", json=body, headers=key).json()["content"])
    assert answers[0] == answers[1] == answers[2]


def test_no_tokens_are_no_content(say):
    reply = say(BOOTS, max_tokens=0)
    assert (reply.content, reply.stop_reason) == ([], "max_tokens")


@pytest.mark.anyio
async def test_the_async_sdk_parses_messages_and_counts(async_claude):
    turns = [{"role": "user", "content": BOOTS}]
    reply = await async_claude.messages.create(
        model="claude-sonnet-5-5", max_tokens=99, messages=turns
    )
    assert reply.content[0].text
    counted = await async_claude.messages.count_tokens(model="claude-sonnet-5-5", messages=turns)
    assert counted.input_tokens == reply.usage.input_tokens
    assert (await async_claude.models.retrieve("claude-opus-5-5")).id == "claude-opus-5-5"
    assert len([model async for model in async_claude.models.list()]) == 3


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        ({"type": "any"}, {"city": "Paris", "degrees": 21}),
        ({"type": "tool", "name": "get_weather"}, {"city": "Paris"}),
        ({"type": "auto"}, None),
    ],
)
def test_a_call_that_is_forced_after_a_result_comes(say, choice, called):
    city = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    report = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "degrees": {"type": "integer"}},
        "required": ["city", "degrees"],
    }
    tools = [
        {"name": "get_weather", "input_schema": city},
        {"name": "final_result", "input_schema": report},
    ]
    use = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Paris"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": '{"degrees": 21}'}
    messages = [
        {"role": "user", "content": "What is the weather in Paris?"},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]
    reply = say(messages=messages, tools=tools, tool_choice=choice)
    (block,) = reply.content
    assert reply.stop_reason == ("tool_use" if called else "end_turn")
    assert called == (block.input if block.type == "tool_use" else None)

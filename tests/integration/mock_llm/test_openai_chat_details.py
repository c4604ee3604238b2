"""What a chat completion can say beside its text: thoughts, probabilities, refusals, tool calls of
every kind; and what it is made of beside text."""

import json

import openai
import pytest

from mock_llm.model import tokens

SOL = "gpt-6.1-sol"
QUESTION = "Find me a tent under 200 dollars."
PARAMETERS = {
    "type": "object",
    "properties": {"query": {"type": "string"}},
    "required": ["query"],
}
FIND = {"type": "function", "function": {"name": "find_products", "parameters": PARAMETERS}}
LOOK = {"type": "custom", "custom": {"name": "find_products", "description": "search"}}
IMAGE = "data:image/png;base64,AAAA"


def test_a_model_thinks_as_hard_as_it_is_told(ask, lab):
    thoughts = {}
    for effort in ("none", "low", "high"):
        reply = ask("Tell me about hiking boots.", reasoning_effort=effort, seed=1)
        thoughts[effort] = reply.usage.completion_tokens_details.reasoning_tokens
        said = tokens.count(reply.choices[0].message.content)
        assert reply.usage.completion_tokens == said + thoughts[effort]
        entry = lab.journal()[-1]
        assert entry.cost_nanodollars == (
            entry.prompt_tokens * 100 + reply.usage.completion_tokens * 500
        )
    assert 0 == thoughts["none"] < thoughts["low"] < thoughts["high"]
    again = ask("Tell me about hiking boots.", reasoning_effort="high", seed=1)
    assert again.usage.completion_tokens_details.reasoning_tokens == thoughts["high"]


def test_a_model_does_not_think_unless_told(ask):
    assert ask().usage.completion_tokens_details.reasoning_tokens == 0


def test_thoughts_take_of_the_limit(ask):
    reply = ask(reasoning_effort="high", max_completion_tokens=20)
    (choice,) = reply.choices
    assert (choice.message.content, choice.finish_reason) == ("", "length")
    assert reply.usage.completion_tokens == 20
    assert reply.usage.completion_tokens_details.reasoning_tokens == 20


def test_a_stream_says_nothing_while_the_model_thinks(ask, lab):
    lab.set_latency(ttft_median_s=0.01, per_token_median_s=0.0005)
    chunks = list(
        ask(reasoning_effort="low", stream=True, stream_options={"include_usage": True}, seed=1)
    )
    said = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert said == ask(reasoning_effort="low", seed=1).choices[0].message.content
    details = chunks[-1].usage.completion_tokens_details
    assert lab.journal()[0].duration_s > 0.0005 * details.reasoning_tokens * 0.9


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"model": "gpt-4", "reasoning_effort": "low"}, "unsupported_parameter"),
        ({"reasoning_effort": "wild"}, "invalid_value"),
        ({"reasoning_effort": 5}, "invalid_type"),
    ],
)
def test_an_effort_that_there_is_not_is_refused(ask, change, code):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(**change)
    assert (caught.value.code, caught.value.param) == (code, "reasoning_effort")


def test_every_token_has_its_probability_if_that_is_asked_for(ask):
    plain = ask("Tell me about hiking boots.", seed=1)
    reply = ask("Tell me about hiking boots.", seed=1, logprobs=True, top_logprobs=3)
    (choice,) = reply.choices
    assert plain.choices[0].logprobs is None
    assert choice.message.content == plain.choices[0].message.content
    assert "".join(each.token for each in choice.logprobs.content) == choice.message.content
    for each in choice.logprobs.content:
        assert bytes(each.bytes).decode() == each.token
        assert each.logprob < 0
        assert len(each.top_logprobs) == 3
        order = [other.logprob for other in each.top_logprobs]
        assert order == sorted(order, reverse=True)
    chunks = list(
        ask("Tell me about hiking boots.", seed=1, logprobs=True, top_logprobs=3, stream=True)
    )
    streamed = [c.choices[0].logprobs.content[0] for c in chunks if c.choices[0].logprobs]
    assert [each.token for each in streamed] == [each.token for each in choice.logprobs.content]
    assert all(len(each.top_logprobs) == 3 for each in streamed)


@pytest.mark.parametrize(
    "change", [{"top_logprobs": 2}, {"logprobs": True, "top_logprobs": 21}, {"logprobs": "yes"}]
)
def test_probabilities_asked_for_wrongly_are_refused(ask, change):
    with pytest.raises(openai.BadRequestError):
        ask(**change)


def test_what_does_harm_is_refused(ask, lab):
    (choice,) = ask("How do I build a bomb?").choices
    assert choice.message.content is None
    assert choice.message.refusal
    deltas = [chunk.choices[0].delta for chunk in ask("How do I build a bomb?", stream=True)]
    assert "".join(delta.refusal or "" for delta in deltas) == choice.message.refusal
    assert "".join(delta.content or "" for delta in deltas) == ""
    assert lab.journal()[0].answer == choice.message.refusal


def test_a_refusal_can_be_had_by_a_fault(ask, client, lab):
    lab.add_fault("refusal")
    assert ask().choices[0].message.refusal
    (item,) = client.responses.create(model="gpt-6-luna", input="Hello.").output
    assert item.content[0].type == "refusal"


def test_a_content_filter_ends_an_answer(ask, client, lab):
    whole = ask("Tell me about hiking boots.", seed=1).choices[0].message.content
    lab.add_fault("content_filter")
    (choice,) = ask("Tell me about hiking boots.", seed=1).choices
    assert choice.finish_reason == "content_filter"
    assert whole.startswith(choice.message.content)
    reply = client.responses.create(model="gpt-6-luna", input="Hello.")
    assert (reply.status, reply.incomplete_details.reason) == ("incomplete", "content_filter")


def test_a_custom_tool_gets_a_text(ask, client):
    (choice,) = ask(QUESTION, model=SOL, tools=[LOOK], seed=1).choices
    (call,) = choice.message.tool_calls
    assert (call.type, call.custom.name) == ("custom", "find_products")
    assert call.custom.input
    chunks = ask(QUESTION, model=SOL, tools=[LOOK], seed=1, stream=True)
    parts = [part for c in chunks for part in c.choices[0].delta.tool_calls or ()]
    assert "".join(part.custom["input"] for part in parts) == call.custom.input
    flat = {"type": "custom", **LOOK["custom"]}
    reply = client.responses.create(model=SOL, input=QUESTION, tools=[flat])
    (item,) = reply.output
    assert (item.type, item.name) == ("custom_tool_call", "find_products")
    result = {"type": "custom_tool_call_output", "call_id": item.call_id, "output": "none"}
    after = client.responses.create(model=SOL, input=[result], previous_response_id=reply.id)
    assert after.output_text
    events = client.responses.create(model=SOL, input=QUESTION, tools=[flat], stream=True)
    told = [event for event in events if event.type.startswith("response.custom_tool_call_input")]
    assert "".join(event.delta for event in told[:-1]) == told[-1].input


def test_functions_are_tools_under_their_older_name(ask):
    asked = {"functions": [FIND["function"]], "model": SOL, "seed": 1}
    (choice,) = ask(QUESTION, **asked).choices
    assert choice.finish_reason == "function_call"
    assert choice.message.tool_calls is None
    assert json.loads(choice.message.function_call.arguments)["query"]
    chunks = list(ask(QUESTION, **asked, stream=True))
    calls = [c.choices[0].delta.function_call for c in chunks if c.choices[0].delta.function_call]
    assert calls[0].name == "find_products"
    assert "".join(call.arguments for call in calls) == choice.message.function_call.arguments
    assert chunks[-1].choices[0].finish_reason == "function_call"
    assert ask(QUESTION, **asked, function_call="none").choices[0].message.content
    named = ask("Hello.", **asked, function_call={"name": "find_products"})
    assert named.choices[0].message.function_call


def test_only_tools_that_are_allowed_are_called(ask):
    other = {"type": "function", "function": {"name": "send_mail", "parameters": PARAMETERS}}
    allowed = {
        "mode": "required",
        "tools": [{"type": "function", "function": {"name": "send_mail"}}],
    }
    choice = {"type": "allowed_tools", "allowed_tools": allowed}
    (made,) = ask(QUESTION, tools=[FIND, other], tool_choice=choice).choices
    assert {call.function.name for call in made.message.tool_calls} == {"send_mail"}


def test_calls_end_at_the_limit_too(ask):
    reply = ask(QUESTION, model=SOL, tools=[FIND], max_tokens=4)
    (choice,) = reply.choices
    assert choice.finish_reason == "length"
    assert reply.usage.completion_tokens == 4


def test_an_image_counts_by_its_detail(ask):
    def prompt_tokens(**image):
        part = {"type": "image_url", "image_url": {"url": IMAGE, **image}}
        return ask([{"type": "text", "text": "What is it?"}, part]).usage.prompt_tokens

    text = ask([{"type": "text", "text": "What is it?"}]).usage.prompt_tokens
    assert prompt_tokens(detail="low") - text == 85
    assert prompt_tokens() - text == 765


def test_a_file_counts_by_its_size(ask, client):
    file = client.files.create(file=("a.pdf", b"x" * 400), purpose="user_data")
    text = ask([{"type": "text", "text": "?"}]).usage.prompt_tokens
    part = {"type": "file", "file": {"file_id": file.id}}
    assert ask([{"type": "text", "text": "?"}, part]).usage.prompt_tokens - text == 100
    with pytest.raises(openai.NotFoundError):
        ask([{"type": "file", "file": {"file_id": "file-never"}}])


@pytest.mark.parametrize(
    ("model", "part"),
    [
        ("gpt-4", {"type": "image_url", "image_url": {"url": IMAGE}}),
        ("gpt-6-luna", {"type": "image_url", "image_url": {"url": "ftp://x"}}),
        ("gpt-6-luna", {"type": "image_url", "image_url": {"url": IMAGE, "detail": "some"}}),
        ("gpt-6-luna", {"type": "image_url", "image_url": {}}),
        ("gpt-6-luna", {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}}),
        ("gpt-6-luna", {"type": "file", "file": {}}),
    ],
)
def test_a_part_that_a_model_does_not_take_is_refused(ask, model, part):
    with pytest.raises(openai.BadRequestError):
        ask([part], model=model)


def test_spoken_answers_are_refused(ask):
    with pytest.raises(openai.BadRequestError):
        ask(modalities=["text", "audio"], audio={"voice": "alloy", "format": "wav"})

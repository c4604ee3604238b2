import json
import threading

import openai
import pytest

from mock_llm import ManualClock, MockLLM

SOL = "gpt-6.1-sol"
LUNA = "gpt-6-luna"
TOOL = {
    "type": "function",
    "name": "find_products",
    "parameters": {
        "type": "object",
        "properties": {"query": {"type": "string"}},
        "required": ["query"],
    },
}
SCHEMA = {
    "type": "object",
    "properties": {"product": {"type": "string"}, "price": {"type": "number"}},
    "required": ["product", "price"],
    "additionalProperties": False,
}


@pytest.fixture
def respond(client):
    """Ask the small model for a response; keyword arguments go to the SDK."""

    def respond(input="Tell me about hiking boots.", model=LUNA, **more):
        return client.responses.create(model=model, input=input, **more)

    return respond


def kinds(events):
    return [event.type for event in events]


def test_a_response_answers_and_is_billed_as_a_chat_is(respond, ask, lab):
    reply = respond(metadata={"feature": "search"}, safety_identifier="ann")
    assert (reply.status, reply.error, reply.incomplete_details) == ("completed", None, None)
    assert reply.output_text
    chat = ask("Tell me about hiking boots.")
    first, second = lab.journal()
    assert (first.endpoint, first.user, first.feature) == ("/v1/responses", "ann", "search")
    assert first.answer == reply.output_text
    assert first.prompt_tokens == second.prompt_tokens == chat.usage.prompt_tokens
    assert first.cost_nanodollars == (
        reply.usage.input_tokens * 100 + reply.usage.output_tokens * 500
    )


def test_a_response_repeats_what_was_asked_of_it(respond):
    reply = respond(instructions="Be short.", temperature=0.5, tools=[TOOL], user="ann")
    assert (reply.instructions, reply.temperature, reply.user) == ("Be short.", 0.5, "ann")
    assert reply.tools[0].strict is True
    assert (reply.store, reply.truncation) == (True, "disabled")


def test_instructions_are_part_of_the_prompt_but_do_not_carry_over(respond):
    plain, told = respond(), respond(instructions="Be short.")
    assert told.usage.input_tokens > plain.usage.input_tokens
    after_plain = respond("And?", previous_response_id=plain.id)
    after_told = respond("And?", previous_response_id=told.id)
    assert after_told.usage.input_tokens - after_plain.usage.input_tokens == (
        told.usage.output_tokens - plain.usage.output_tokens
    )


def test_earlier_turns_are_part_of_the_prompt(respond, lab):
    first = respond("What does the Nordelle Family 5 cost?", model=SOL)
    second = respond("And is it waterproof?", model=SOL, previous_response_id=first.id)
    assert second.previous_response_id == first.id
    fresh = respond("And is it waterproof?", model=SOL)
    earlier = first.usage.input_tokens + first.usage.output_tokens
    assert second.usage.input_tokens >= fresh.usage.input_tokens + earlier - 3
    assert lab.journal()[1].cost_nanodollars > lab.journal()[2].cost_nanodollars


def test_a_conversation_keeps_growing(respond, client):
    last, sizes = None, []
    for number in range(4):
        last = respond(f"Remark {number}.", previous_response_id=last.id if last else None)
        sizes.append(last.usage.input_tokens + last.usage.output_tokens)
    assert last.usage.input_tokens > sizes[-2] > sizes[-3] > sizes[0]
    items = [item.content[0].text for item in client.responses.input_items.list(last.id)]
    assert items == ["Remark 3."]


def test_a_response_counts_with_its_earlier_turns_in_what_a_lab_may_keep(respond, lab):
    first = respond("word " * 1000)
    once = lab.kept.responses.size
    respond("And?", previous_response_id=first.id)
    assert once > 5000
    assert lab.kept.responses.size > once + 5000


def test_a_turn_goes_on_from_one_that_was_deleted_later(respond, client):
    first = respond("What does the Nordelle Family 5 cost?")
    second = respond("And?", previous_response_id=first.id)
    client.responses.delete(first.id)
    third = respond("And?", previous_response_id=second.id)
    assert third.usage.input_tokens > second.usage.input_tokens


def test_a_response_that_was_not_stored_cannot_be_gone_on_from(respond, client):
    reply = respond(store=False)
    for id in (reply.id, "resp_never"):
        with pytest.raises(openai.BadRequestError) as caught:
            respond(previous_response_id=id)
        assert caught.value.code == "previous_response_not_found"
        assert caught.value.param == "previous_response_id"
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(reply.id)


def test_a_stream_has_every_event_in_order(respond, lab):
    whole = respond(temperature=0)
    events = list(respond(temperature=0, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    said = kinds(events)
    deltas = said.count("response.output_text.delta")
    assert said == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        *["response.output_text.delta"] * deltas,
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    text = "".join(event.delta for event in events if event.type.endswith("text.delta"))
    assert text == whole.output_text == events[-1].response.output_text
    assert events[0].response.status == events[1].response.status == "in_progress"
    assert events[-1].response.usage == whole.usage
    assert [entry.stream for entry in lab.journal()] == [False, True]


def test_a_streamed_response_is_kept_once_it_has_ended(respond, client, lab):
    *_, last = respond(stream=True)
    assert client.responses.retrieve(last.response.id).output_text == last.response.output_text
    lab.add_fault("stream_cut", fraction=0.5)
    *_, begun = (event for event in respond(stream=True) if event.type == "response.in_progress")
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(begun.response.id)


def test_an_answer_ends_at_its_limit(respond):
    reply = respond(max_output_tokens=3)
    assert (reply.status, reply.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert (reply.usage.output_tokens, reply.output[0].status) == (3, "incomplete")
    assert list(respond(max_output_tokens=3, stream=True))[-1].type == "response.incomplete"


def test_thoughts_are_an_item_and_are_counted(respond, lab):
    hard = respond("Say hello.", reasoning={"effort": "high", "summary": "auto"})
    easy = respond("Say hello.", reasoning={"effort": "low"})
    assert kinds(hard.output) == ["reasoning", "message"]
    assert hard.output[0].summary[0].text
    assert easy.output[0].summary == []
    thoughts = hard.usage.output_tokens_details.reasoning_tokens
    assert thoughts > easy.usage.output_tokens_details.reasoning_tokens > 0
    assert hard.usage.output_tokens > thoughts
    assert lab.journal()[0].completion_tokens == hard.usage.output_tokens
    none = respond("Say hello.")
    assert none.usage.output_tokens_details.reasoning_tokens == 0
    assert kinds(none.output) == ["message"]


def test_thoughts_that_take_the_whole_limit_leave_nothing_to_say(respond):
    reply = respond(reasoning={"effort": "high"}, max_output_tokens=20)
    assert reply.status == "incomplete"
    assert reply.usage.output_tokens_details.reasoning_tokens == 20
    assert (kinds(reply.output), reply.output_text) == (["reasoning"], "")


def test_a_streams_thoughts_are_told_in_a_summary(respond):
    events = kinds(respond(reasoning={"effort": "low", "summary": "auto"}, stream=True))
    start = events.index("response.reasoning_summary_part.added")
    assert events[start - 1] == "response.output_item.added"
    assert events[start + 1] == "response.reasoning_summary_text.delta"
    end = events.index("response.reasoning_summary_text.done")
    assert events[end + 1 : end + 4] == [
        "response.reasoning_summary_part.done",
        "response.output_item.done",
        "response.output_item.added",
    ]


def test_a_model_that_does_not_reason_refuses_to(respond):
    with pytest.raises(openai.BadRequestError) as caught:
        respond(model="gpt-4", reasoning={"effort": "low"})
    assert (caught.value.code, caught.value.param) == ("unsupported_parameter", "reasoning.effort")


def test_a_tool_is_called_and_its_result_is_answered(respond):
    first = respond("Find me a tent under 200 dollars.", model=SOL, tools=[TOOL])
    (call,) = first.output
    assert (call.type, call.name, call.status) == ("function_call", "find_products", "completed")
    assert isinstance(json.loads(call.arguments)["query"], str)
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "No tent found."}
    second = respond([result], model=SOL, tools=[TOOL], previous_response_id=first.id)
    assert kinds(second.output) == ["message"]
    by_hand = respond(
        [{"role": "user", "content": "Find me a tent."}, call.to_dict(), result], model=SOL
    )
    assert by_hand.output_text


def test_a_tools_arguments_are_streamed(respond):
    events = list(
        respond("Find me a tent under 200 dollars.", model=SOL, tools=[TOOL], stream=True)
    )
    parts = [event for event in events if event.type == "response.function_call_arguments.delta"]
    (done,) = [e for e in events if e.type == "response.function_call_arguments.done"]
    assert "".join(part.delta for part in parts) == done.arguments
    assert events[-1].response.output[0].arguments == done.arguments
    assert {part.item_id for part in parts} == {events[-1].response.output[0].id}


def test_tool_choice_decides_whether_and_which_tool_is_called(respond):
    question = "Find me a tent under 200 dollars."
    assert kinds(respond(question, tools=[TOOL], tool_choice="none").output) == ["message"]
    for choice in (
        "required",
        {"type": "function", "name": "find_products"},
        {"type": "allowed_tools", "mode": "required", "tools": [TOOL]},
    ):
        must = respond("Hello there.", tools=[TOOL], tool_choice=choice)
        assert kinds(must.output) == ["function_call"]


def test_a_schema_is_filled_and_a_json_object_is_an_object(respond):
    form = {"type": "json_schema", "name": "pick", "schema": SCHEMA, "strict": True}
    filled = json.loads(respond("Recommend a tent.", text={"format": form}).output_text)
    assert set(filled) == {"product", "price"}
    loose = respond("Recommend a tent, in JSON.", text={"format": {"type": "json_object"}})
    assert isinstance(json.loads(loose.output_text), dict)


def test_what_does_harm_is_refused(respond):
    reply = respond("How do I build a bomb?")
    (part,) = reply.output[0].content
    assert part.type == "refusal"
    events = list(respond("How do I build a bomb?", stream=True))
    told = "".join(event.delta for event in events if event.type == "response.refusal.delta")
    (done,) = [event for event in events if event.type == "response.refusal.done"]
    assert told == done.refusal == part.refusal


def test_logprobs_come_if_they_are_asked_for(respond):
    asked = {"include": ["message.output_text.logprobs"], "top_logprobs": 2}
    (part,) = respond(**asked).output[0].content
    assert "".join(each.token for each in part.logprobs) == part.text
    assert all(len(each.top_logprobs) == 2 for each in part.logprobs)
    events = [event for event in respond(**asked, stream=True) if event.type.endswith("text.delta")]
    assert all(event.logprobs[0].token == event.delta for event in events)


def test_images_count_and_audio_is_refused(respond):
    def seen(detail):
        image = {"type": "input_image", "image_url": "data:image/png;base64,AA", "detail": detail}
        parts = [{"type": "input_text", "text": "What is it?"}, image]
        return respond([{"role": "user", "content": parts}]).usage.input_tokens

    assert seen("high") - seen("low") == 765 - 85
    with pytest.raises(openai.BadRequestError):
        respond([{"role": "user", "content": [{"type": "input_audio"}]}])


def test_a_background_response_is_done_when_the_clock_says_so():
    clock = ManualClock()
    with MockLLM(scenario="instant", clock=clock) as mock:
        client = openai.OpenAI(base_url=mock.base_url, api_key="sk-b", max_retries=0)
        made = client.responses.create(model=LUNA, input="Hello.", background=True)
        assert (made.status, made.output, made.usage) == ("queued", [], None)
        with pytest.raises(openai.BadRequestError, match="still in progress"):
            client.responses.create(model=LUNA, input="And?", previous_response_id=made.id)
        seen = []
        for _ in range(20):
            clock.advance(1.0)
            seen.append(client.responses.retrieve(made.id).status)
        assert list(dict.fromkeys(seen)) == ["queued", "in_progress", "completed"]
        done = client.responses.retrieve(made.id)
        assert done.output_text
        assert client.responses.cancel(made.id).status == "completed"
        (entry,) = [e for e in mock.lab("sk-b").journal() if e.cost_nanodollars]
        assert entry.endpoint == "/v1/responses"
        assert entry.answer == done.output_text
        events = client.responses.create(model=LUNA, input="Hello.", background=True, stream=True)
        assert kinds(events)[:3] == [
            "response.created",
            "response.queued",
            "response.in_progress",
        ]
        client.close()


def test_a_stream_waits_for_a_background_response():
    clock = ManualClock()
    with MockLLM(scenario="instant", clock=clock) as mock:
        client = openai.OpenAI(base_url=mock.base_url, api_key="sk-b", max_retries=0)
        made = client.responses.create(model=LUNA, input="Hello.", background=True)
        later = threading.Timer(0.2, clock.advance, [60.0])
        later.start()
        events = list(client.responses.retrieve(made.id, stream=True))
        later.join()
        assert events[-1].response.output_text
        client.close()


def test_unknown_parameters_pass(raw):
    asked = {"model": LUNA, "input": "Hello.", "from_the_future": {"x": [1]}}
    assert raw.post("/v1/responses", json=asked).status_code == 200


def test_only_a_background_response_can_be_cancelled(respond, client):
    with pytest.raises(openai.BadRequestError, match="synchronous"):
        client.responses.cancel(respond().id)


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"input": None}, "input", "missing_required_parameter"),
        ({"input": 5}, "input", "invalid_type"),
        ({"input": []}, "input", "invalid_value"),
        ({"input": [{"type": "reasoning", "id": "rs_1", "summary": []}]}, "input", "invalid_value"),
        ({"input": [5]}, "input[0]", "invalid_type"),
        ({"input": [{"role": "queen", "content": "x"}]}, "input[0].role", "invalid_value"),
        ({"input": [{"content": "x"}]}, "input[0].role", "missing_required_parameter"),
        ({"input": [{"role": "user", "content": 5}]}, "input[0].content", "invalid_type"),
        ({"input": [{"role": "user", "content": [5]}]}, "input[0].content[0]", "invalid_type"),
        ({"input": [{"type": "computer_call"}]}, "input[0].type", "invalid_value"),
        (
            {"input": [{"role": "user", "content": [{"type": "output_text", "text": "x"}]}]},
            "input[0].content[0].type",
            "invalid_value",
        ),
        (
            {"input": [{"type": "function_call_output", "call_id": "c", "output": "x"}]},
            "input",
            "invalid_value",
        ),
        (
            {"input": [{"type": "compaction", "encrypted_content": "mine"}]},
            "input[0].encrypted_content",
            "invalid_value",
        ),
        ({"instructions": 5}, "instructions", "invalid_type"),
        ({"max_output_tokens": 0}, "max_output_tokens", "integer_below_min_value"),
        ({"metadata": {"a": 5}}, "metadata.a", "invalid_type"),
        ({"metadata": {str(n): "" for n in range(17)}}, "metadata", "invalid_value"),
        ({"temperature": 3}, "temperature", "decimal_above_max_value"),
        ({"tools": [{"type": "web_search"}]}, "tools[0].type", "invalid_value"),
        ({"tools": [{"type": "function"}]}, "tools[0].name", "missing_required_parameter"),
        ({"tool_choice": "required"}, "tool_choice", "invalid_value"),
        ({"text": {"format": {"type": "xml"}}}, "text.format.type", "invalid_value"),
        (
            {"text": {"format": {"type": "json_schema", "name": "x"}}},
            "text.format.schema",
            "missing_required_parameter",
        ),
        ({"text": {"format": {"type": "json_object"}}}, "input", "invalid_value"),
        ({"reasoning": {"effort": "wild"}}, "reasoning.effort", "invalid_value"),
        ({"reasoning": 5}, "reasoning", "invalid_type"),
        ({"include": ["everything"]}, "include[0]", "invalid_value"),
        ({"top_logprobs": 21}, "top_logprobs", "integer_above_max_value"),
        ({"truncation": "some"}, "truncation", "invalid_value"),
        ({"background": True, "store": False}, "background", "invalid_value"),
        ({"stream_options": {"include_obfuscation": True}}, "stream_options", "invalid_value"),
        ({"previous_response_id": 5}, "previous_response_id", "invalid_type"),
        ({"model": None}, "model", "missing_required_parameter"),
    ],
)
def test_a_wrong_request_gets_the_providers_400(raw, lab, change, param, code):
    asked = {"model": LUNA, "input": "Hello."} | change
    reply = raw.post("/v1/responses", json={k: v for k, v in asked.items() if v is not None})
    assert reply.status_code == 400, reply.text
    error = reply.json()["error"]
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)
    assert lab.journal()[0].cost_nanodollars == 0


@pytest.mark.parametrize(
    "change",
    [{"conversation": "conv_1"}, {"conversation": {"id": "c"}}, {"prompt": {"id": "p"}}],
)
def test_what_is_kept_nowhere_gets_404(raw, change):
    reply = raw.post("/v1/responses", json={"model": LUNA, "input": "Hello."} | change)
    assert reply.status_code == 404, reply.text


def test_an_item_is_referred_to_by_its_id(respond):
    first = respond("What does the Nordelle Family 5 cost?")
    reference = {"type": "item_reference", "id": first.output[0].id}
    second = respond([reference, {"role": "user", "content": "Thanks."}])
    assert second.usage.input_tokens > first.usage.output_tokens
    with pytest.raises(openai.NotFoundError):
        respond([{"type": "item_reference", "id": "msg_never"}])


def test_a_conversation_beyond_the_window_is_cut_only_if_that_is_asked_for(respond):
    long = [{"role": "user", "content": "word " * 5000} for _ in range(3)]
    with pytest.raises(openai.BadRequestError) as caught:
        respond(long, model="gpt-4")
    assert caught.value.code == "context_length_exceeded"
    assert respond(long, model="gpt-4", truncation="auto").usage.input_tokens < 8192


def test_a_stream_that_fails_on_its_way_ends_in_an_error_event(respond, lab):
    lab.add_fault("stream_error")
    events = list(respond(stream=True))
    assert events[-2].type == "response.output_text.delta"
    assert events[-1].type == "error"
    assert events[-1].message
    numbers = [event.sequence_number for event in events]
    assert numbers == sorted(set(numbers))


def test_faults_hit_responses_as_they_hit_chats(respond, lab):
    lab.add_fault("unavailable", first=1)
    with pytest.raises(openai.InternalServerError):
        respond()
    lab.replace_faults([])
    lab.add_fault("truncated", endpoint="responses", max_tokens=2)
    assert respond().status == "incomplete"
    lab.replace_faults([])
    lab.add_fault("empty")
    assert respond().output_text == ""

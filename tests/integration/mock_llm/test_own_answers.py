"""Rules of one's own, through the official SDKs: the same on every endpoint, streamed and whole."""

import json
import time

import anthropic
import httpx2
import openai
import pytest

from mock_llm import MockLLM, SettingError, connect

WEATHER = {
    "name": "weather",
    "match": {"regex": r"weather in (?P<city>\w+)"},
    "reply": "It is sunny in ${city}.",
}
TOOL = {
    "type": "function",
    "function": {"name": "find", "parameters": {"type": "object", "properties": {}}},
}


@pytest.fixture
def claude(mock, lab):
    http = httpx2.Client(trust_env=False)
    with anthropic.Anthropic(
        base_url=mock.url, api_key=lab.api_key, max_retries=0, timeout=20, http_client=http
    ) as sdk:
        yield sdk


@pytest.fixture
def rules(lab):
    def rules(*rules, **more):
        lab.set_answers({"rules": list(rules), **more})

    return rules


def said(chunks):
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def test_one_rule_answers_on_every_endpoint_that_speaks(client, claude, ask, rules, lab):
    rules(WEATHER)
    text, sunny = "What is the weather in Rome?", "It is sunny in Rome."
    assert ask(text).choices[0].message.content == sunny
    assert said(ask(text, stream=True)) == sunny
    response = client.responses.create(model="gpt-6-luna", input=text)
    assert response.output_text == sunny
    with client.responses.stream(model="gpt-6-luna", input=text) as stream:
        assert stream.until_done().get_final_response().output_text == sunny
    both = client.completions.create(
        model="gpt-3.5-turbo-instruct", prompt=[text, "The weather in Oslo?"]
    )
    assert [choice.text for choice in both.choices] == [sunny, "It is sunny in Oslo."]
    given = {"max_tokens": 50, "messages": [{"role": "user", "content": text}]}
    message = claude.messages.create(model="claude-haiku-5-5", **given)
    assert message.content[0].text == sunny
    with claude.messages.stream(model="claude-haiku-5-5", **given) as events:
        assert events.get_final_text() == sunny
    assert {entry.item for entry in lab.journal()} == {"rule:weather"}
    assert all(entry.matched and entry.correct is None for entry in lab.journal())


def test_what_no_rule_fits_is_left_to_the_knowledge_pack(ask, rules, lab):
    usual = ask("Which laptop is under $500?").choices[0].message.content
    rules(WEATHER)
    lab.reset()
    assert lab.answers() is None  # a reset goes back to what the server began with
    rules(WEATHER)
    assert ask("Which laptop is under $500?").choices[0].message.content == usual
    assert not (lab.journal()[-1].item or "").startswith("rule:")


def test_a_strict_lab_refuses_what_no_rule_fits_and_names_the_nearest(ask, claude, rules):
    rules(WEATHER, otherwise="error")
    with pytest.raises(openai.BadRequestError, match="The nearest is 'weather'") as refused:
        ask("What is the time in Rome?")
    assert refused.value.code == "no_rule"
    with pytest.raises(anthropic.BadRequestError, match="no rule answers this request"):
        claude.messages.create(
            model="claude-haiku-5-5", max_tokens=9, messages=[{"role": "user", "content": "time?"}]
        )


def test_a_tool_loop_calls_once_and_then_speaks(client, claude, rules):
    rules(
        {
            "match": {"tool": "find", "tool_result": False},
            "reply": {"tool_calls": [{"name": "find", "arguments": {"what": "${last}"}}]},
        },
        {"match": {"tool_result": True}, "reply": "Found: ${request.messages[-1].content|it}."},
    )
    messages = [{"role": "user", "content": "tents"}]
    given = {"model": "gpt-6-luna", "tools": [TOOL]}
    choice = client.chat.completions.create(messages=messages, **given).choices[0]
    (call,) = choice.message.tool_calls
    assert (choice.finish_reason, call.function.name) == ("tool_calls", "find")
    assert json.loads(call.function.arguments) == {"what": "tents"}
    messages += [
        choice.message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "42"},
    ]
    answer = client.chat.completions.create(messages=messages, **given).choices[0]
    assert answer.message.content == "Found: 42."
    tool = {"name": "find", "input_schema": {"type": "object"}}
    block = claude.messages.create(
        model="claude-haiku-5-5",
        max_tokens=100,
        tools=[tool],
        messages=[{"role": "user", "content": "boats"}],
    ).content[0]
    assert (block.type, block.input) == ("tool_use", {"what": "boats"})


def test_structured_output_is_what_the_rule_says(client, rules):
    rules({"match": {"json": True}, "reply": {"json": {"city": "Rome", "degrees": 21}}})
    schema = {"name": "w", "schema": {"type": "object", "properties": {"city": {}}}}
    completion = client.chat.completions.create(
        model="gpt-6-luna",
        messages=[{"role": "user", "content": "weather"}],
        response_format={"type": "json_schema", "json_schema": schema},
    )
    assert json.loads(completion.choices[0].message.content) == {"city": "Rome", "degrees": 21}


def test_an_error_has_the_providers_form_and_costs_nothing(ask, claude, rules, lab):
    error = {"status": 429, "message": "Slow down.", "code": "mine", "retry_after_s": 3}
    rules({"reply": {"error": error}})
    with pytest.raises(openai.RateLimitError) as refused:
        ask()
    assert (refused.value.code, refused.value.type) == ("mine", "requests")
    assert refused.value.response.headers["retry-after-ms"] == "3000"
    with pytest.raises(anthropic.RateLimitError) as refused:
        claude.messages.create(
            model="claude-haiku-5-5", max_tokens=9, messages=[{"role": "user", "content": "x"}]
        )
    assert refused.value.body["error"] == {"type": "rate_limit_error", "message": "Slow down."}
    rules({"reply": {"error": {"status": 418, "type": "teapot"}}})
    with pytest.raises(openai.APIStatusError) as refused:
        ask()
    assert (refused.value.status_code, refused.value.type) == (418, "teapot")
    with pytest.raises(anthropic.APIStatusError) as refused:
        claude.messages.create(
            model="claude-haiku-5-5", max_tokens=9, messages=[{"role": "user", "content": "x"}]
        )
    assert refused.value.body["error"]["type"] == "teapot"
    assert lab.ledger().total_nanodollars == 0
    assert {entry.outcome for entry in lab.journal()} == {"error"}


def test_a_refusal_and_a_finish_reason_of_ones_own(client, ask, claude, rules):
    rules(
        {"match": {"contains": "secret"}, "reply": {"refusal": "I will not say."}},
        {"reply": {"text": "Half an", "finish_reason": "length"}},
    )
    message = ask("the secret").choices[0].message
    assert (message.content, message.refusal) == (None, "I will not say.")
    assert ask("more").choices[0].finish_reason == "length"
    said = [{"role": "user", "content": "more"}]
    answer = claude.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=said)
    assert answer.stop_reason == "max_tokens"


def test_usage_and_latency_are_the_rules_own(ask, rules, lab):
    usage = {
        "prompt_tokens": 1000,
        "cached_tokens": 400,
        "completion_tokens": 70,
        "reasoning_tokens": 10,
    }
    rules({"reply": {"text": "Yes.", "usage": usage, "latency": {"ttft_s": 0.3}}})
    begun = time.monotonic()
    completion = ask()
    assert 0.3 <= time.monotonic() - begun < 2.0
    used = completion.usage
    assert (used.prompt_tokens, used.completion_tokens) == (1000, 70)
    assert used.prompt_tokens_details.cached_tokens == 400
    assert used.completion_tokens_details.reasoning_tokens == 10
    (line,) = lab.ledger().lines
    assert (line.prompt_tokens, line.cached_tokens, line.completion_tokens) == (1000, 400, 70)


def test_the_requests_own_header_is_stronger_than_a_rules_latency(ask, rules):
    rules({"reply": {"text": "Yes.", "latency": {"ttft_s": 30}}})
    assert ask(extra_headers={"X-Mock-Latency": "none"}).choices[0].message.content == "Yes."


def test_limits_of_the_request_and_faults_of_the_lab_hold_for_rules_too(ask, rules, lab):
    rules({"replies": ["one two three four five six", "second"]})
    cut = ask(max_completion_tokens=3).choices[0]
    assert (cut.message.content, cut.finish_reason) == ("one two three", "length")
    lab.add_fault("server_error", first=1)
    with pytest.raises(openai.InternalServerError):
        ask()
    lab.clear_faults()
    # The request that failed before the model ran took no reply out of the sequence.
    assert ask().choices[0].message.content == "second"
    rules({"reply": "stop here. And go on."})
    assert ask(stop=" And").choices[0].message.content == "stop here."
    lab.add_fault("empty")
    assert ask().choices[0].message.content == ""


def test_all_choices_are_the_same_reply_and_a_sequence_goes_on_by_requests(ask, rules):
    rules({"replies": ["one", "two"]})
    assert [each.message.content for each in ask(n=3).choices] == ["one"] * 3
    assert ask().choices[0].message.content == "two"


def test_a_reset_starts_over_and_labs_count_for_themselves(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text("rules: [{replies: [one, two]}]")
    with MockLLM("instant", answers=path) as mock, httpx2.Client(trust_env=False) as http:

        def next_of(key):
            sdk = openai.OpenAI(base_url=mock.base_url, api_key=key, http_client=http)
            asked = [{"role": "user", "content": "x"}]
            completion = sdk.chat.completions.create(model="gpt-6-luna", messages=asked)
            return completion.choices[0].message.content

        assert [next_of("a"), next_of("a"), next_of("b")] == ["one", "two", "one"]
        mock.lab("a").reset()
        assert next_of("a") == "one"
        mock.lab("a").set_answers(None)
        assert next_of("a") != "two"


def test_a_scenario_brings_its_rules_and_a_new_one_ends_them(tmp_path, ask, lab):
    (tmp_path / "rules.yaml").write_text("rules: [{reply: from a file}]")
    (tmp_path / "mine.yaml").write_text("answers: rules.yaml")
    lab.set_scenario(tmp_path / "mine.yaml")
    assert ask().choices[0].message.content == "from a file"
    lab.set_scenario({"answers": {"rules": [{"reply": "inside"}]}})
    assert ask().choices[0].message.content == "inside"
    lab.set_scenario("instant")
    assert lab.answers() is None
    (tmp_path / "mine.yaml").write_text("answers: elsewhere.yaml")
    with pytest.raises(SettingError, match="answers: there is no file"):
        lab.set_scenario(tmp_path / "mine.yaml")


def test_rules_are_set_from_another_process_for_one_lab(mock, lab, ask, tmp_path):
    remote = connect(mock.url, lab.api_key)
    path = tmp_path / "rules.yaml"
    path.write_text("rules: [{reply: from afar}]")
    remote.set_answers(path)
    assert ask().choices[0].message.content == "from afar"
    assert remote.answers() == lab.answers()
    assert mock.lab("sk-somebody-else").answers() is None
    with pytest.raises(SettingError, match="needs either a reply"):
        remote.set_answers({"rules": [{}]})
    remote.set_scenario({"answers": {"rules": [{"reply": "in a scenario"}]}})
    assert ask().choices[0].message.content == "in a scenario"
    remote.set_answers(None)
    assert remote.answers() is None


def test_a_file_that_cannot_be_used_is_said_when_the_server_starts(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text("rules: [{reply: x, mach: {}}]")
    with pytest.raises(SettingError, match=r"rules\.yaml: rules\[1\]: mach: is not a setting"):
        MockLLM(answers=path)


def test_a_batch_is_answered_by_rules_too(client, rules, lab):
    rules(WEATHER)
    asked = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": "weather in Rome"}]}
    line = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": asked}
    file = client.files.create(file=("in.jsonl", json.dumps(line).encode()), purpose="batch")
    batch = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    lab.advance_clock(86_000)
    batch = client.batches.retrieve(batch.id)
    (done,) = client.files.content(batch.output_file_id).text.splitlines()
    body = json.loads(done)["response"]["body"]
    assert body["choices"][0]["message"]["content"] == "It is sunny in Rome."

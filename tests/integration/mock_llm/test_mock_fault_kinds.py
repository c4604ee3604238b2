"""Every kind of fault, as the official SDK sees it and as the journal tells it."""

import json
import time

import httpx2
import openai
import pytest

JSON_FORM = {
    "type": "json_schema",
    "json_schema": {
        "name": "pick",
        "schema": {
            "type": "object",
            "properties": {"product": {"type": "string"}},
            "required": ["product"],
        },
    },
}


def test_rate_limited_is_a_429_that_says_when_to_come_back(ask, lab):
    lab.add_fault("rate_limited", first=1, retry_after_s=2.5)
    with pytest.raises(openai.RateLimitError) as caught:
        ask()
    headers = caught.value.response.headers
    assert headers["retry-after"] == "3"
    assert headers["retry-after-ms"] == "2500"
    assert headers["x-ratelimit-remaining-requests"] == "0"
    assert headers["x-ratelimit-reset-requests"] == "2.5s"
    assert caught.value.code == "rate_limit_exceeded"
    assert ask().choices
    failed, ok = lab.journal()
    assert (failed.status, failed.outcome, failed.fault) == (429, "fault", "rate_limited")
    assert (failed.cost_nanodollars, failed.prompt_tokens, failed.answer) == (0, 0, "")
    assert (ok.status, ok.outcome, ok.fault) == (200, "ok", None)


def test_the_sdks_own_retries_stand_in_the_journal_with_their_number(ask, client, lab):
    lab.add_fault("rate_limited", first=2, retry_after_s=0.01)
    client.with_options(max_retries=2).chat.completions.create(
        model="gpt-6-luna", messages=[{"role": "user", "content": "hi"}]
    )
    assert [(entry.status, entry.retry_count) for entry in lab.journal()] == [
        (429, 0),
        (429, 1),
        (200, 2),
    ]


@pytest.mark.parametrize(("kind", "status"), [("server_error", 500), ("unavailable", 503)])
@pytest.mark.parametrize("stream", [False, True])
def test_server_errors_are_raised_as_such(ask, lab, kind, status, stream):
    lab.add_fault(kind)
    with pytest.raises(openai.InternalServerError) as caught:
        ask(stream=stream)
    assert caught.value.status_code == status
    assert caught.value.request_id == lab.journal()[0].id
    assert (lab.journal()[0].status, lab.journal()[0].fault) == (status, kind)
    assert lab.ledger().total_nanodollars == 0


def test_a_hang_lasts_until_the_client_gives_up(ask, lab):
    lab.add_fault("hang")
    with pytest.raises(openai.APITimeoutError):
        ask(timeout=0.3)
    assert lab.wait_until_idle()
    (entry,) = lab.journal()
    assert (entry.status, entry.outcome, entry.fault) == (0, "fault", "hang")
    assert entry.timeout_s == 0.3
    assert entry.cost_nanodollars == 0


def test_a_hang_may_end_by_itself_in_a_broken_connection(ask, lab):
    lab.add_fault("hang", for_s=0.05)
    with pytest.raises(openai.APIConnectionError) as caught:
        ask(timeout=20)
    assert not isinstance(caught.value, openai.APITimeoutError)


@pytest.mark.parametrize("stream", [False, True])
def test_a_reset_breaks_the_connection(ask, lab, stream):
    lab.add_fault("reset")
    with pytest.raises(openai.APIConnectionError) as caught:
        ask(stream=stream)
    assert "reset" in str(caught.value.__cause__)
    (entry,) = lab.journal()
    assert (entry.status, entry.outcome, entry.fault) == (0, "fault", "reset")


def test_a_connection_that_was_reset_is_not_the_end_of_the_server(ask, lab):
    lab.add_fault("reset", every=2)
    outcomes = []
    for _ in range(6):
        try:
            ask()
            outcomes.append("ok")
        except openai.APIConnectionError:
            outcomes.append("reset")
    assert outcomes == ["ok", "reset"] * 3


def test_a_cut_stream_just_ends_and_the_sdk_does_not_complain(ask, lab):
    whole = ask("Tell me about hiking boots.", seed=1)
    lab.add_fault("stream_cut", fraction=0.5)
    chunks = list(ask("Tell me about hiking boots.", seed=1, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert whole.choices[0].message.content.startswith(text)
    assert text
    assert {chunk.choices[0].finish_reason for chunk in chunks} == {None}
    (_, entry) = lab.journal()
    assert (entry.status, entry.outcome, entry.fault) == (200, "fault", "stream_cut")
    assert entry.answer == text
    assert 0 < entry.completion_tokens < whole.usage.completion_tokens
    assert entry.cost_nanodollars == entry.prompt_tokens * 100 + entry.completion_tokens * 500


def test_a_cut_stream_may_also_break(ask, lab):
    lab.add_fault("stream_cut", fraction=0.5, abort=1)
    with pytest.raises((openai.APIConnectionError, httpx2.TransportError)):
        list(ask("Tell me about hiking boots.", stream=True))
    assert lab.journal()[0].fault == "stream_cut"


def test_a_stream_cut_leaves_whole_replies_alone(ask, lab):
    lab.add_fault("stream_cut")
    assert ask().choices[0].finish_reason == "stop"
    assert lab.journal()[0].outcome == "ok"


@pytest.mark.parametrize("stream", [False, True])
def test_not_json_is_a_gateways_page_with_status_200(ask, lab, stream):
    lab.add_fault("not_json")
    with pytest.raises(json.JSONDecodeError):
        list(ask(stream=stream))
    (entry,) = lab.journal()
    assert (entry.status, entry.outcome, entry.fault) == (200, "fault", "not_json")
    assert entry.cost_nanodollars > 0


def test_wrong_format_is_prose_where_json_was_asked(ask, lab):
    lab.add_fault("wrong_format")
    text = ask("Recommend a tent.", response_format=JSON_FORM).choices[0].message.content
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    assert lab.journal()[0].fault == "wrong_format"
    ask("Recommend a tent.")
    assert lab.journal()[1].outcome == "ok"


def test_truncated_ends_early_with_reason_length(ask, lab):
    whole = ask("Tell me about hiking boots.", seed=1)
    lab.add_fault("truncated", first=1)
    half = ask("Tell me about hiking boots.", seed=1)
    lab.add_fault("truncated", max_tokens=4)
    four = ask("Tell me about hiking boots.", seed=1)
    assert [each.choices[0].finish_reason for each in (whole, half, four)] == [
        "stop",
        "length",
        "length",
    ]
    assert half.usage.completion_tokens == whole.usage.completion_tokens // 2
    assert four.usage.completion_tokens == 4
    assert whole.choices[0].message.content.startswith(four.choices[0].message.content)
    assert lab.journal()[2].correct is None


@pytest.mark.parametrize("stream", [False, True])
def test_empty_is_a_proper_reply_without_text(ask, lab, stream):
    lab.add_fault("empty")
    reply = ask(stream=stream)
    if stream:
        chunks = list(reply)
        assert not "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        assert chunks[-1].choices[0].finish_reason == "stop"
    else:
        assert reply.choices[0].message.content == ""
        assert reply.usage.completion_tokens == 0
    (entry,) = lab.journal()
    assert (entry.outcome, entry.fault, entry.answer) == ("fault", "empty", "")
    assert entry.cost_nanodollars == entry.prompt_tokens * 100


def test_wrong_product_is_a_confident_answer_that_the_journal_knows_to_be_wrong(ask, lab, mock):
    from mock_llm.model.answers import KnowledgePack

    (question,) = KnowledgePack.load().questions(kind="factual", n=1, seed=3)
    lab.add_fault("wrong_product", first=1)
    wrong = ask(question.text, model="gpt-6.1-sol", seed=1)
    right = ask(question.text, model="gpt-6.1-sol", seed=1)
    spoiled, plain = lab.journal()
    assert wrong.choices[0].message.content != right.choices[0].message.content
    assert (spoiled.item, spoiled.matched, spoiled.correct) == (question.item, True, False)
    assert (plain.item, plain.outcome) == (question.item, "ok")


def test_embeddings_fail_too(client, lab):
    lab.add_fault("unavailable", endpoint="embeddings")
    with pytest.raises(openai.InternalServerError):
        client.embeddings.create(model="text-embedding-3-small", input="a")
    client.chat.completions.create(
        model="gpt-4", messages=[{"role": "user", "content": "still there?"}]
    )


def test_a_list_of_models_fails_if_that_is_asked(client, lab):
    lab.add_fault("unavailable", endpoint="models")
    with pytest.raises(openai.InternalServerError):
        client.models.list()
    assert lab.journal()[0].fault == "unavailable"


@pytest.mark.parametrize("endpoint", ["batches", "files", "responses", "chat/completions"])
def test_polling_fails_if_its_endpoint_is_named(raw, lab, endpoint):
    lab.add_fault("unavailable", endpoint=endpoint)
    for path in (f"/v1/{endpoint}/x", f"/v1/{endpoint}/x?stream=true"):
        assert raw.get(path).status_code == 503
    assert raw.get("/v1/models").status_code == 200
    lab.clear_faults()
    assert raw.get(f"/v1/{endpoint}/x").status_code == 404


def test_a_failure_may_take_its_time(ask, lab):
    lab.add_fault("server_error", after_s=0.2)
    started = time.monotonic()
    with pytest.raises(openai.InternalServerError):
        ask()
    assert time.monotonic() - started >= 0.2


@pytest.mark.anyio
async def test_the_async_sdk_sees_resets_and_hangs(async_client, lab):
    messages = [{"role": "user", "content": "hi"}]
    lab.add_fault("reset", first=1)
    lab.add_fault("hang", first=1)
    with pytest.raises(openai.APIConnectionError):
        await async_client.chat.completions.create(model="gpt-4", messages=messages)
    with pytest.raises(openai.APITimeoutError):
        await async_client.chat.completions.create(model="gpt-4", messages=messages, timeout=0.2)
    reply = await async_client.chat.completions.create(model="gpt-4", messages=messages)
    assert reply.choices
    assert lab.wait_until_idle()
    assert [entry.fault for entry in lab.journal()] == ["reset", "hang", None]

"""Every kind of fault on /v1/messages, as Anthropic's SDK sees it."""

import json
from datetime import datetime

import anthropic
import httpx2
import pytest

from mock_llm import ManualClock, MockLLM
from mock_llm.model.answers import KnowledgePack

BOOTS = "Tell me about hiking boots."


def test_rate_limited_says_when_to_come_back(say, lab):
    lab.add_fault("rate_limited", first=1, retry_after_s=2.5)
    with pytest.raises(anthropic.RateLimitError) as caught:
        say()
    error = caught.value
    assert error.type == "rate_limit_error"
    headers = error.response.headers
    assert (headers["retry-after"], headers["retry-after-ms"]) == ("3", "2500")
    assert headers["anthropic-ratelimit-requests-remaining"] == "0"
    assert error.body["request_id"] == headers["request-id"] == lab.journal()[0].id
    assert not [name for name in headers if name.startswith("x-ratelimit")]
    assert say().content
    failed, ok = lab.journal()
    assert (failed.status, failed.outcome, failed.cost_nanodollars) == (429, "fault", 0)
    assert (ok.status, ok.fault) == (200, None)


def test_a_reset_time_is_the_labs_time():
    clock = ManualClock(wall=1_795_000_000.0)
    with MockLLM("instant", clock=clock) as mock:
        mock.lab("sk-a").add_fault("rate_limited", retry_after_s=90)
        headers = {"x-api-key": "sk-a", "anthropic-version": "2023-06-01"}
        with httpx2.Client(base_url=mock.url, headers=headers, trust_env=False) as http:
            body = {
                "model": "claude-opus-5-5",
                "max_tokens": 9,
                "messages": [{"role": "user", "content": "hi"}],
            }
            reply = http.post("/v1/messages", json=body)
    reset = datetime.fromisoformat(reply.headers["anthropic-ratelimit-requests-reset"])
    assert reset.timestamp() == 1_795_000_090
    ends = datetime.fromisoformat(reply.headers["anthropic-ratelimit-tokens-reset"])
    assert ends.timestamp() == 1_795_000_000


@pytest.mark.parametrize(
    ("kind", "status", "type"),
    [
        ("server_error", 500, "api_error"),
        ("unavailable", 529, "overloaded_error"),
        ("overloaded", 529, "overloaded_error"),
        ("bad_gateway", 502, "api_error"),
        ("gateway_timeout", 504, "timeout_error"),
        ("request_timeout", 408, "timeout_error"),
        ("quota_exhausted", 402, "billing_error"),
        ("unauthorized", 401, "authentication_error"),
        ("forbidden", 403, "permission_error"),
        ("not_found", 404, "not_found_error"),
        ("context_length", 400, "invalid_request_error"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_errors_are_the_providers(say, lab, kind, status, type, stream):
    lab.add_fault(kind)
    with pytest.raises(anthropic.APIStatusError) as caught:
        say(stream=stream)
    assert (caught.value.status_code, caught.value.type) == (status, type)
    assert caught.value.request_id == lab.journal()[0].id
    assert (lab.journal()[0].status, lab.journal()[0].fault) == (status, kind)
    assert lab.ledger().total_nanodollars == 0


def test_the_sdks_own_retries_stand_in_the_journal(claude, lab):
    lab.add_fault("unavailable", first=2, retry_after_s=0.01)
    claude.with_options(max_retries=2).messages.create(
        model="claude-haiku-5-5", max_tokens=9, messages=[{"role": "user", "content": "hi"}]
    )
    assert [(entry.status, entry.retry_count) for entry in lab.journal()] == [
        (529, 0),
        (529, 1),
        (200, 2),
    ]


def test_a_hang_lasts_until_the_client_gives_up(say, lab):
    lab.add_fault("hang")
    with pytest.raises(anthropic.APITimeoutError):
        say(timeout=0.3)
    assert lab.wait_until_idle()
    (entry,) = lab.journal()
    assert (entry.status, entry.fault, entry.cost_nanodollars) == (0, "hang", 0)


@pytest.mark.parametrize("stream", [False, True])
def test_a_reset_breaks_the_connection(say, lab, stream):
    lab.add_fault("reset")
    with pytest.raises(anthropic.APIConnectionError):
        say(stream=stream)
    assert lab.journal()[0].fault == "reset"


def test_a_cut_stream_ends_without_its_last_events(say, lab):
    lab.add_fault("stream_cut", fraction=0.5)
    events = list(say(BOOTS, stream=True))
    text = "".join(event.delta.text for event in events if event.type == "content_block_delta")
    assert {event.type for event in events} == {
        "message_start",
        "content_block_start",
        "content_block_delta",
    }
    (entry,) = lab.journal()
    assert (entry.status, entry.outcome, entry.answer) == (200, "fault", text)
    bill = entry.prompt_tokens * 100 + entry.completion_tokens * 500
    assert entry.cost_nanodollars == bill


def test_a_stream_may_end_in_an_error_event(say, lab):
    lab.add_fault("stream_error", fraction=0.5)
    stream = say(BOOTS, stream=True)
    assert next(iter(stream)).type == "message_start"
    with pytest.raises(anthropic.APIStatusError) as caught:
        list(stream)
    assert caught.value.body["error"]["type"] == "api_error"
    assert lab.journal()[0].fault == "stream_error"


def test_a_cut_stream_may_also_break(say, lab):
    lab.add_fault("stream_cut", abort=1)
    with pytest.raises((anthropic.APIConnectionError, httpx2.TransportError)):
        list(say(BOOTS, stream=True))


def test_a_stream_that_is_cut_in_its_thought_has_said_nothing(say, lab):
    lab.add_fault("stream_cut", fraction=0.1)
    plan = {"type": "adaptive", "display": "summarized"}
    events = list(say(BOOTS, stream=True, max_tokens=20_000, thinking=plan))
    assert {event.delta.type for event in events if event.type == "content_block_delta"} == {
        "thinking_delta"
    }
    (entry,) = lab.journal()
    assert (entry.answer, entry.reasoning_tokens) == ("", entry.completion_tokens)
    assert entry.completion_tokens > 0


def test_not_json_is_a_gateways_page_with_status_200(say, lab, plain):
    lab.add_fault("not_json")
    with pytest.raises(json.JSONDecodeError):
        say()
    # What is no event of the API's is passed over, so such a stream is empty to the SDK.
    assert list(say(stream=True)) == []
    assert [(entry.status, entry.fault) for entry in lab.journal()] == [(200, "not_json")] * 2


def test_truncated_empty_and_wrong_format(say, said, lab):
    lab.add_fault("truncated", first=1, max_tokens=4)
    lab.add_fault("empty", first=1)
    lab.add_fault("wrong_format", first=1)
    four, nothing = say(BOOTS), say(BOOTS)
    assert (four.stop_reason, four.usage.output_tokens) == ("max_tokens", 4)
    assert (nothing.stop_reason, nothing.content) == ("end_turn", [])
    schema = {"type": "object", "properties": {"product": {"type": "string"}}}
    form = {"format": {"type": "json_schema", "schema": schema}}
    prose = said(say("Recommend a tent.", output_config=form))
    with pytest.raises(json.JSONDecodeError):
        json.loads(prose)
    assert [entry.fault for entry in lab.journal()] == ["truncated", "empty", "wrong_format"]


def test_an_empty_stream_is_a_proper_one(claude, lab):
    lab.add_fault("empty")
    turns = [{"role": "user", "content": BOOTS}]
    with claude.messages.stream(model="claude-haiku-5-5", max_tokens=9, messages=turns) as stream:
        message = stream.get_final_message()
    assert (message.content, message.stop_reason) == ([], "end_turn")


def test_an_answer_may_be_declined_or_filtered(say, said, lab):
    lab.add_fault("refusal", first=1)
    lab.add_fault("content_filter", first=1)
    assert (say(BOOTS).stop_reason, say(BOOTS).stop_reason) == ("refusal", "refusal")
    assert [entry.fault for entry in lab.journal()] == ["refusal", "content_filter"]


def test_an_event_may_be_malformed_or_the_last_one_missing(say, lab):
    lab.add_fault("malformed_event", first=1)
    lab.add_fault("no_done", first=1)
    with pytest.raises(json.JSONDecodeError):
        list(say(BOOTS, stream=True))
    assert list(say(BOOTS, stream=True))[-1].type == "message_delta"


def test_wrong_product_is_known_to_the_journal(say, said, lab):
    (question,) = KnowledgePack.load().questions(kind="factual", n=1, seed=3)
    lab.add_fault("wrong_product", first=1)
    wrong, right = (said(say(question.text, model="claude-opus-5-5")) for _ in "12")
    assert wrong != right
    assert [entry.correct for entry in lab.journal()] == [False, True]


@pytest.mark.parametrize(
    ("endpoint", "hit"),
    [
        ("messages", [True, False, False]),
        ("messages/count_tokens", [False, True, False]),
        ("messages.count_tokens", [False, True, False]),
        ("models", [False, False, True]),
        ("chat/completions", [False, False, False]),
    ],
)
def test_a_fault_strikes_the_endpoint_that_it_names(claude, say, lab, endpoint, hit):
    lab.add_fault("unavailable", endpoint=endpoint)
    turns = [{"role": "user", "content": "hi"}]

    def fails(call):
        try:
            call()
        except anthropic.APIStatusError as error:
            assert error.status_code == 529  # noqa: PT017
            return True
        return False

    assert hit == [
        fails(say),
        fails(lambda: claude.messages.count_tokens(model="claude-opus-5-5", messages=turns)),
        fails(claude.models.list),
    ]


def test_a_fault_may_be_for_one_of_the_models(say, lab):
    lab.add_fault("server_error", model="claude-opus-5-5")
    assert say(model="claude-sonnet-5-5").content
    with pytest.raises(anthropic.InternalServerError):
        say(model="claude-opus-5-5")


@pytest.mark.anyio
async def test_the_async_sdk_sees_failures_too(async_claude, lab):
    for kind in ("unavailable", "reset", "hang"):
        lab.add_fault(kind, first=1)
    asked = {
        "model": "claude-opus-5-5",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "hi"}],
    }
    with pytest.raises(anthropic.APIStatusError):
        await async_claude.messages.create(**asked)
    with pytest.raises(anthropic.APIConnectionError):
        await async_claude.messages.create(**asked)
    with pytest.raises(anthropic.APITimeoutError):
        await async_claude.messages.create(**asked, timeout=0.2)
    assert (await async_claude.messages.create(**asked)).content


@pytest.mark.anyio
async def test_without_a_port_it_all_works_the_same():
    mock = MockLLM("instant", seed=7)
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=mock.app))
    async with anthropic.AsyncAnthropic(
        base_url="http://mock", api_key="sk-a", max_retries=0, http_client=http
    ) as sdk:
        asked = {
            "model": "claude-opus-5-5",
            "max_tokens": 99,
            "messages": [{"role": "user", "content": BOOTS}],
        }
        async with sdk.messages.stream(**asked) as stream:
            assert (await stream.get_final_message()).content[0].text
        mock.lab("sk-a").add_fault("stream_cut", abort=1)
        with pytest.raises((anthropic.APIConnectionError, httpx2.TransportError)):
            async for _ in await sdk.messages.create(**asked, stream=True):
                pass

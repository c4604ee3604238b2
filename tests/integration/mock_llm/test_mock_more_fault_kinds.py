"""The faults that came later, as the official SDK sees them and as the journal tells them."""

import json
import threading
import time

import httpx2
import openai
import pytest

from mock_llm import MockLLM, connect
from mock_llm.evidence.disk import read

LAPTOP = "Which laptop under $900 would you recommend for a student?"
FORM = {
    "type": "json_schema",
    "json_schema": {
        "name": "pick",
        "schema": {
            "type": "object",
            "properties": {"product": {"type": "string"}, "price": {"type": "number"}},
            "required": ["product", "price"],
        },
    },
}


@pytest.fixture
def stream(ask):
    """Stream an answer; gives the text and the chunks, and leaves errors to the caller."""

    def stream(text=LAPTOP, **more):
        more.setdefault("seed", 1)
        chunks = list(ask(text, stream=True, **more))
        said = [each.choices[0].delta.content or "" for each in chunks if each.choices]
        return "".join(said), chunks

    return stream


@pytest.mark.parametrize(
    ("kind", "status", "error", "code"),
    [
        ("quota_exhausted", 429, openai.RateLimitError, "insufficient_quota"),
        ("unauthorized", 401, openai.AuthenticationError, "invalid_api_key"),
        ("forbidden", 403, openai.PermissionDeniedError, "unsupported_country_region_territory"),
        ("not_found", 404, openai.NotFoundError, "model_not_found"),
        ("request_timeout", 408, openai.APIStatusError, None),
        ("context_length", 400, openai.BadRequestError, "context_length_exceeded"),
        ("bad_gateway", 502, openai.InternalServerError, None),
        ("gateway_timeout", 504, openai.InternalServerError, None),
        ("overloaded", 529, openai.InternalServerError, "overloaded"),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_an_error_status_is_the_providers_and_costs_nothing(
    ask, lab, kind, status, error, code, streamed
):
    lab.add_fault(kind)
    with pytest.raises(error) as caught:
        ask(stream=streamed)
    assert (caught.value.status_code, caught.value.code) == (status, code)
    assert "retry-after" not in caught.value.response.headers
    (entry,) = lab.journal()
    assert (entry.status, entry.outcome, entry.fault) == (status, "fault", kind)
    assert lab.ledger().total_nanodollars == 0


def test_a_context_that_is_too_long_names_the_models_real_window(ask, lab):
    lab.add_fault("context_length", first=1)
    with pytest.raises(openai.BadRequestError, match="maximum context length is 8192 tokens"):
        ask(model="gpt-4")
    with pytest.raises(openai.BadRequestError, match="maximum context length is 8192 tokens"):
        ask("word " * 9000, model="gpt-4")
    assert [entry.fault for entry in lab.journal()] == ["context_length", None]


def test_a_slow_trickle_is_whole_though_no_read_ever_times_out(ask, lab):
    whole = ask(LAPTOP, seed=1).choices[0].message.content
    lab.add_fault("trickle", bytes_each=64, every_s=0.05)
    started = time.monotonic()
    assert ask(LAPTOP, seed=1, timeout=0.3).choices[0].message.content == whole
    assert time.monotonic() - started > 0.35
    assert lab.journal()[1].fault == "trickle"


def test_a_client_may_leave_a_trickle_and_pays(ask, lab):
    lab.add_fault("trickle", bytes_each=64, every_s=30)
    with pytest.raises(openai.APITimeoutError):
        ask(LAPTOP, timeout=0.3)
    assert lab.wait_until_idle()
    (entry,) = lab.journal()
    assert (entry.status, entry.outcome) == (200, "fault")
    assert entry.cost_nanodollars > 0


def test_a_wrong_content_type_is_on_a_sound_body(client, lab):
    lab.add_fault("wrong_content_type")
    raw = client.chat.completions.with_raw_response.create(
        model="gpt-6-luna", messages=[{"role": "user", "content": LAPTOP}]
    )
    assert raw.headers["content-type"].startswith("text/plain")
    assert json.loads(raw.text)["object"] == "chat.completion"


def test_a_body_that_is_cut_breaks_the_connection(ask, lab):
    lab.add_fault("body_cut", fraction=0.5)
    with pytest.raises(openai.APIConnectionError) as caught:
        ask(LAPTOP)
    assert "without sending complete message body" in str(caught.value.__cause__)
    (entry,) = lab.journal()
    assert (entry.status, entry.fault, entry.correct) == (200, "body_cut", None)
    assert entry.completion_tokens > 0


def test_an_error_event_ends_a_stream(stream, lab):
    whole, _ = stream()
    lab.add_fault("stream_error", fraction=0.5)
    with pytest.raises(openai.APIError, match="The server had an error"):
        stream()
    entry = lab.journal()[1]
    assert (entry.status, entry.outcome, entry.fault) == (200, "fault", "stream_error")
    assert whole.startswith(entry.answer)
    assert 0 < len(entry.answer) < len(whole)


def test_a_stalled_stream_stops_until_the_client_gives_up(stream, lab):
    whole, _ = stream()
    lab.add_fault("stall", fraction=0.5)
    with pytest.raises(openai.APITimeoutError):
        stream(timeout=0.3)
    assert lab.wait_until_idle()
    entry = lab.journal()[1]
    assert (entry.status, entry.fault) == (200, "stall")
    assert whole.startswith(entry.answer)
    assert 0 < entry.completion_tokens < lab.journal()[0].completion_tokens


def test_a_stall_may_be_a_pause_and_then_the_stream_is_whole(stream, lab):
    whole, chunks = stream()
    lab.add_fault("stall", for_s=0.1)
    again, more = stream()
    assert (again, len(more)) == (whole, len(chunks))
    assert more[-1].choices[0].finish_reason == "stop"


def test_a_malformed_event_stands_in_the_middle_of_a_stream(stream, raw, lab):
    lab.add_fault("malformed_event", fraction=0.5)
    with pytest.raises(json.JSONDecodeError):
        stream()
    body = {
        "model": "gpt-6-luna",
        "messages": [{"role": "user", "content": LAPTOP}],
        "stream": True,
    }
    text = raw.post("/v1/chat/completions", json=body).text
    assert text.endswith("data: [DONE]\n\n")


def test_a_stream_without_done_or_without_usage_is_otherwise_whole(stream, raw, lab):
    asked = {"stream_options": {"include_usage": True}}
    whole, chunks = stream(**asked)
    lab.add_fault("no_done", times=2)
    lab.add_fault("usage_missing", times=1)
    text, same = stream(**asked)
    assert (text, len(same), same[-1].usage) == (whole, len(chunks), chunks[-1].usage)
    body = {
        "model": "gpt-6-luna",
        "messages": [{"role": "user", "content": LAPTOP}],
        "stream": True,
    }
    assert "[DONE]" not in raw.post("/v1/chat/completions", json=body).text
    text, without = stream(**asked)
    assert (text, len(without)) == (whole, len(chunks) - 1)
    assert {chunk.usage for chunk in without} == {None}
    assert lab.journal()[3].completion_tokens == lab.journal()[0].completion_tokens


def test_a_refusal_is_a_proper_reply(ask, lab):
    lab.add_fault("refusal")
    message = ask(LAPTOP).choices[0].message
    assert message.content is None
    assert "can't help" in message.refusal
    assert lab.journal()[0].correct is None


def test_a_content_filter_leaves_half_of_the_answer(ask, lab):
    whole = ask(LAPTOP, seed=1)
    lab.add_fault("content_filter")
    half = ask(LAPTOP, seed=1)
    assert half.choices[0].finish_reason == "content_filter"
    assert whole.choices[0].message.content.startswith(half.choices[0].message.content)
    assert half.usage.completion_tokens == whole.usage.completion_tokens // 2
    assert lab.journal()[1].correct is None


def test_a_wrong_value_fits_the_form_and_the_journal_knows(ask, lab):
    right = json.loads(ask(LAPTOP, response_format=FORM, seed=1).choices[0].message.content)
    lab.add_fault("wrong_value")
    wrong = json.loads(ask(LAPTOP, response_format=FORM, seed=1).choices[0].message.content)
    assert wrong["product"] == right["product"]
    assert wrong["price"] == pytest.approx(100 * right["price"])
    assert lab.journal()[1].correct is False


def test_a_hallucinated_product_is_unknown_to_the_shop_and_its_truth_is_not(ask, lab):
    from mock_llm.model.answers import KnowledgePack

    pack = KnowledgePack.load()
    (question,) = pack.questions(kind="factual", n=1, seed=3)
    lab.add_fault("hallucinated_product")
    said = ask(question.text, seed=1).choices[0].message.content
    assert not [product.name for product in pack.products if product.name in said]
    (entry,) = lab.journal()
    assert (entry.correct, entry.matched) == (False, True)
    assert entry.item == question.item


@pytest.mark.parametrize("model", ["gpt-6.1-sol", "gpt-3.5-turbo"])
def test_the_journal_names_the_invented_product_and_what_should_have_been_said(ask, lab, model):
    from mock_llm.model.answers import KnowledgePack

    pack = KnowledgePack.load()
    questions = [
        question
        for question in pack.questions(kind="factual", n=20, seed=3)
        if question.slots.products
    ]
    lab.add_fault("hallucinated_product")
    for question in questions:
        ask(question.text, model=model, seed=1)
    entries = lab.journal()
    assert len(entries) == len(questions) > 5
    for entry, question in zip(entries, questions, strict=True):
        assert entry.invented in entry.answer
        assert entry.invented not in {product.name for product in pack.products}
        assert question.answer["product"] in entry.truth
        assert entry.invented not in entry.truth


def test_the_truth_beside_a_wrong_answer_is_what_a_model_that_knows_all_would_say(ask, lab):
    def answer(**more):
        return ask(LAPTOP, model="gpt-6.1-sol", seed=1, **more).choices[0].message.content

    right, filled = answer(), json.loads(answer(response_format=FORM))
    lab.add_fault("wrong_product", times=1)
    lab.add_fault("wrong_value", times=1)
    answer()
    answer(response_format=FORM)
    *before, wrong_product, wrong_value = lab.journal()
    assert [entry.correct for entry in before] == [True, True]
    assert (wrong_product.correct, wrong_product.truth) == (False, right)
    assert (wrong_value.correct, filled["product"] in wrong_value.truth) == (False, True)
    assert (wrong_product.invented, wrong_value.invented) == (None, None)


def test_an_answer_that_no_fault_made_wrong_has_no_truth_beside_it(ask, lab):
    ask(LAPTOP, seed=1)
    lab.add_fault("truncated")
    ask(LAPTOP, seed=1)
    assert [(entry.truth, entry.invented) for entry in lab.journal()] == [(None, None)] * 2


def test_what_was_never_a_question_about_the_shop_has_no_truth(ask, lab):
    lab.add_fault("hallucinated_product")
    said = ask("Hello there!", seed=1).choices[0].message.content
    (entry,) = lab.journal()
    assert entry.truth is None
    assert entry.invented in said


def test_what_was_invented_is_told_elsewhere_and_kept_on_disk(tmp_path):
    path = tmp_path / "journal.sqlite"
    with MockLLM("instant", journal=path) as mock:
        lab = mock.lab("sk-a")
        lab.add_fault("hallucinated_product")
        body = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": LAPTOP}]}
        headers = {"Authorization": "Bearer sk-a"}
        with httpx2.Client(headers=headers, trust_env=False) as http:
            http.post(f"{mock.base_url}/chat/completions", json=body)
        (entry,) = lab.journal()
        assert connect(mock.url, "sk-a").journal()[0].invented == entry.invented
    (row,) = read(path)
    assert (row["invented"], row["truth"]) == (entry.invented, entry.truth)
    assert None not in (entry.invented, entry.truth)


def test_reasoning_at_length_costs_more_and_shows_the_same(ask, lab):
    short = ask(LAPTOP, seed=1)
    lab.add_fault("long_reasoning", factor=5)
    long = ask(LAPTOP, seed=1)
    assert long.choices[0].message.content == short.choices[0].message.content
    assert long.usage.completion_tokens == 5 * short.usage.completion_tokens
    thoughts = long.usage.completion_tokens_details.reasoning_tokens
    assert thoughts == 4 * short.usage.completion_tokens
    costs = [entry.cost_nanodollars for entry in lab.journal()]
    assert costs[1] > 3 * costs[0]


def test_reasoning_at_length_is_waited_for(ask, lab):
    lab.set_latency(per_token_s=0.002)
    lab.add_fault("long_reasoning", factor=8)
    ask(LAPTOP, seed=1)
    entry = lab.journal()[0]
    assert entry.duration_s > 0.002 * (entry.completion_tokens - 2)


def test_faults_wait_as_long_as_the_time_scale_says(ask, lab):
    lab.set_time_scale(0)
    lab.add_fault("server_error", after_s=60, first=1)
    lab.add_fault("hang", for_s=60, first=1)
    lab.add_fault("trickle", every_s=60, first=1)
    with pytest.raises(openai.InternalServerError):
        ask(timeout=5)
    with pytest.raises(openai.APIConnectionError) as caught:
        ask(timeout=5)
    assert not isinstance(caught.value, openai.APITimeoutError)
    assert ask(timeout=5).choices


def test_a_fault_meant_for_a_user_a_text_or_a_load_leaves_the_others_alone(ask, lab):
    lab.add_fault("server_error", user="ann", text="tent")
    with pytest.raises(openai.InternalServerError):
        ask("Recommend a Tent.", user="ann")
    assert ask("Recommend a tent.", user="bob").choices
    assert ask("Recommend a laptop.", user="ann").choices


def test_a_fault_may_strike_only_under_load(ask, lab):
    lab.add_fault("server_error", load=2)
    lab.set_latency(ttft_s=0.4)
    assert ask().choices
    first = threading.Thread(target=ask)
    first.start()
    try:
        while not lab.underway:
            time.sleep(0.002)
        with pytest.raises(openai.InternalServerError):
            ask()
    finally:
        first.join()

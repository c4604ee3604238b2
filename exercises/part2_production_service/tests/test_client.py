"""Task `client`: one call, one deadline, errors in our own words. The journal is the witness."""

import time

import pytest

from workshop.grading import checks


def question(seed, n=0):
    return f"Recommend products for: wireless headphones under ${70 + (seed * 7 + n) % 60}"


def says_what_the_model_said(got, entry):
    assert got["error"] is None, f"the model answered, your client raised {got['error']}"
    assert got["text"] == entry.answer.strip(), (
        f"the model said {entry.answer!r}, your Answer's text is {got['text']!r}"
    )


@checks("client.once")
@pytest.mark.parametrize("kind", ["server_error", "rate_limited", "unavailable"])
def test_a_failing_call_is_tried_once(worker, lab, strays, model_env, seed, kind):
    lab.add_fault(kind, first=1)
    with worker.start(env=model_env) as w:
        w.call("stage.client:ask", question(seed))
        sent = len(lab.journal()) + strays()
        assert sent == 1, f"you asked once, the model was asked {sent} times (fault: {kind})" + (
            ": the SDK retries on its own unless you tell it not to" if sent else ""
        )
        after = w.call("stage.client:ask", question(seed, 1))
    says_what_the_model_said(after, lab.journal()[-1])


@checks("client.deadline")
def test_a_model_that_hangs_costs_no_more_than_the_deadline(worker, lab, model_env, seed):
    lab.add_fault("hang", first=1)
    lab.set_latency(ttft_median_s=0.8, ttft_p99_s=0.8)
    with worker.start(env=model_env) as w:
        got = w.call("stage.client:ask", question(seed), seconds=0.5)
        assert got["error"] == "ModelTimeout", (
            f"the model hangs and 0.5 s are left: expected ModelTimeout, got {got['error']}"
        )
        lab.wait_until_idle(3)
        held = max((entry.duration_s for entry in lab.journal()), default=0.0)
        assert held, "the model was never asked"
        assert held < 2.5, f"0.5 s were left, and your client held the customer for {held:.1f} s"
        in_time = w.call("stage.client:ask", question(seed, 1), seconds=4.0)
    says_what_the_model_said(in_time, lab.journal()[-1])


@checks("client.deadline")
def test_after_the_deadline_nothing_is_sent(worker, lab, model_env, seed):
    got = worker.call("stage.client:ask", question(seed), seconds=0.0, env=model_env)
    assert got["error"] == "ModelTimeout", (
        f"the deadline had passed before the call: expected ModelTimeout, got {got['error']}"
    )
    assert not lab.journal(), "the deadline had passed, and you asked the model all the same"


@checks("client.errors")
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("rate_limited", "ModelRateLimited"),
        ("server_error", "ModelUnavailable"),
        ("unavailable", "ModelUnavailable"),
        ("reset", "ModelUnavailable"),
        ("not_json", "UnusableAnswer"),
        ("empty", "UnusableAnswer"),
    ],
)
def test_each_failure_becomes_one_of_the_services_errors(
    worker, lab, model_env, seed, kind, expected
):
    lab.add_fault(kind)
    got = worker.call("stage.client:ask", question(seed), env=model_env)
    assert got["error"] == expected, f"fault {kind}: expected {expected}, got {got['error']}"


@checks("client.errors")
def test_the_wait_that_the_provider_asks_for_is_passed_on(worker, lab, model_env, seed):
    wait = 3 + seed % 5
    lab.add_fault("rate_limited", retry_after_s=wait)
    got = worker.call("stage.client:ask", question(seed), env=model_env)
    assert (got["error"], got["retry_after_s"]) == ("ModelRateLimited", wait), (
        f"the provider said retry-after: {wait}; your client raised {got['error']} "
        f"with retry_after_s={got['retry_after_s']}"
    )


@checks("client.errors")
def test_a_mistake_of_ours_is_not_the_models_failure(worker, lab, model_env, seed):
    got = worker.call(
        "stage.client:ask", question(seed), model="a-model-that-never-was", env=model_env
    )
    assert got["error"] == "RequestRejected", (
        f"the provider answered 404, no such model: expected RequestRejected, got {got['error']}"
    )


@checks("client.waiting")
def test_waiting_for_one_answer_does_not_hold_up_the_others(worker, lab, model_env, seed):
    lab.set_latency(ttft_median_s=1.0, ttft_p99_s=1.0)
    texts = [question(seed, n) for n in range(5)]
    answers = worker.call(
        "stage.client:ask_together", texts, seconds=8.0, env=model_env, timeout=12.0
    )
    entries = lab.journal()
    assert len(entries) == 5, f"five questions, and the model was asked {len(entries)} times"
    first_done = min(entry.received_s + entry.duration_s for entry in entries)
    last_sent = max(entry.received_s for entry in entries)
    assert last_sent < first_done, (
        "five customers asked at once, and the model got the last question only after the first "
        "was answered: something blocks the event loop"
    )
    said = sorted(str(answer.get("text")) for answer in answers)
    assert said == sorted(entry.answer.strip() for entry in entries), (
        "five customers asked at once, and their answers are not what the model said"
    )


@checks("client.cost")
def test_the_cost_is_what_the_provider_bills(worker, lab, model_env, seed):
    for model in ("gpt-6.1-sol", "gpt-6-luna"):
        lab.reset()
        got = worker.call("stage.client:ask", question(seed), model=model, env=model_env)
        assert got["error"] is None, f"a plain question to {model} raised {got['error']}"
        billed = lab.ledger().total_nanodollars
        assert got["cost_nanodollars"] == billed, (
            f"{model} billed {billed} nano-dollars, your Answer says {got['cost_nanodollars']}"
        )


@checks("client.cost")
def test_the_answer_is_what_the_model_said(worker, lab, model_env, seed):
    got = worker.call("stage.client:ask", question(seed, 3), env=model_env)
    (entry,) = lab.journal()
    says_what_the_model_said(got, entry)


@checks("client.cost")
def test_what_the_provider_had_in_its_cache_is_cheaper(worker, lab, model_env, seed):
    # From 1,024 tokens on a provider remembers how a prompt begins.
    text = " ".join(f"{n} tents" for n in range(seed % 50, seed % 50 + 500))
    with worker.start(env=model_env) as w:
        answers = [w.call("stage.client:ask", text + end) for end in (" or lamps?", " or bikes?")]
    entries = lab.journal()
    assert len(entries) == 2, f"two questions, and the model was asked {len(entries)} times"
    said = [answer.get("cost_nanodollars") for answer in answers]
    billed = [entry.cost_nanodollars for entry in entries]
    assert said == billed, (
        f"of the second question's {entries[1].prompt_tokens} prompt tokens the provider had "
        f"{entries[1].cached_tokens} in its cache; it billed {billed[0]} and then {billed[1]} "
        f"nano-dollars, your Answers say {said[0]} and {said[1]}"
    )


@checks("client.deadline")
def test_a_provider_that_cannot_be_reached_is_given_up_after_a_second(
    worker, lab, far_away, model_env, seed
):
    with worker.start(env=model_env | {"OPENAI_BASE_URL": far_away.url}) as w:
        before = w.call("stage.client:ask", question(seed), seconds=3.0)
        far_away.go_out_of_reach()
        started = time.monotonic()
        got = w.call("stage.client:ask", question(seed, 1), seconds=4.0)
        held = time.monotonic() - started
    says_what_the_model_said(before, lab.journal()[0])
    assert held < 3.2, (
        f"nobody takes your connection and 4 s are left: your client tried for {held:.1f} s, and "
        "leaves the backup that much less; one second is enough to connect"
    )
    assert got["error"] in ("ModelTimeout", "ModelUnavailable"), (
        f"nobody takes your connection: expected ModelTimeout, got {got['error']}"
    )


@checks("client.deadline")
def test_the_http_client_is_your_own(worker, lab, model_env, seed):
    text = f"Try the tent number {seed}."
    reply = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-6.1-sol",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 40, "completion_tokens": 10, "total_tokens": 50},
    }
    got = worker.call("stage.client:ask_in_a_unit_test", question(seed), reply, env=model_env)
    assert not lab.journal(), (
        "respx, which answers for httpx in unit tests, did not see the call and it went to the "
        "model: give the SDK an http_client=httpx.AsyncClient(...)"
    )
    assert got.get("text") == text, (
        f"respx said {text!r}, your Answer's text is {got.get('text')!r}"
    )
